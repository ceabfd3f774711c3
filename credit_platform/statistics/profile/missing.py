"""Which columns are missing together, and whether a row without them turns out differently."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import Integers
from credit_platform.statistics.profile.rates import RateBin, rates

_MOST_PATTERNS = 12
_SMALLEST_PATTERN = 5


@dataclass(frozen=True)
class MissingPattern:
    """Rows in which exactly these groups are missing (positions in ``Missingness.groups``), and their bad rate."""

    groups: tuple[int, ...]
    outcome: RateBin


@dataclass(frozen=True)
class Missingness:
    """Columns with gaps, those missing in the very same rows as one group; and the commonest patterns of groups.

    Patterns beyond the 12 commonest, or of fewer than 5 rows, are only counted: ``other_patterns``, ``other_rows``.
    """

    groups: tuple[tuple[str, ...], ...]
    group_rows: tuple[int, ...]
    patterns: tuple[MissingPattern, ...]
    other_patterns: int
    other_rows: int


def missingness(frame: pd.DataFrame, y: ArrayLike | None) -> Missingness:
    """Of a frame (n, k) and its labels (n,) or None; groups and patterns come commonest first."""
    gaps = frame.isna().to_numpy()
    columns = np.flatnonzero(gaps.any(axis=0))
    if columns.size == 0:
        return Missingness((), (), (), 0, 0)
    _, member, first = _alike(gaps[:, columns].T)
    rows = gaps[:, columns[first]].sum(axis=0)
    order = np.argsort(-rows, kind="stable")
    names = [str(name) for name in frame.columns[columns]]
    groups = tuple(tuple(n for n, m in zip(names, member, strict=True) if m == g) for g in order)
    grouped = gaps[:, columns[first[order]]]
    counts, pattern, example = _alike(grouped)
    common = [p for p in np.argsort(-counts, kind="stable")[:_MOST_PATTERNS] if counts[p] >= _SMALLEST_PATTERN]
    place = np.full(counts.size, -1, dtype=np.int64)
    place[common] = np.arange(len(common))
    outcomes = rates(place[pattern], y, [str(i) for i in range(len(common))])
    patterns = tuple(
        MissingPattern(tuple(int(g) for g in np.flatnonzero(grouped[example[p]])), outcome)
        for p, outcome in zip(common, outcomes, strict=True)
    )
    left = counts.sum() - counts[common].sum()
    return Missingness(groups, tuple(int(r) for r in rows[order]), patterns, counts.size - len(common), int(left))


def _alike(flags: np.ndarray) -> tuple[Integers, Integers, Integers]:
    """Equal rows of flags (n, k): how many of each kind, the kind of every row, and an example of each kind."""
    packed = np.ascontiguousarray(np.packbits(flags, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, example, kind, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return counts, kind.ravel(), example
