"""Contributions of the folded forest without walking it: each twig is solved once for every way past its conditions.

What a leaf gives its columns depends on the row by a bit a column (``shapley``), so 2^d answers a leaf are all there
are: they are computed when a release is loaded, summed over the few leaves of a twig (``twigs``), and a row looks its
own up (as in Nadel and Wettenstein 2025, "From Decision Trees to Boolean Logic", arXiv 2511.09376). XGBoost walks every
path of every tree anew instead: some ten times the processor time for a row of 724 trees and 18,148 leaves.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from credit_platform.engine.crowd import Crowd, crowd_of
from credit_platform.engine.passing import Passing, passing_of
from credit_platform.engine.shapley import Floats, shapley
from credit_platform.engine.twigs import Condition, Leaf, Twig, summed, twigs_of

if TYPE_CHECKING:
    import xgboost

_T = TypeVar("_T")
_Given = Iterator[tuple[NDArray[np.intp], Floats]]
"""Columns and what rows give them, (rows, columns)."""

MOST_CELLS = 16_000_000
"""Sums kept, 4 bytes each. Twigs whose sums do not fit are solved for each row, leaf by leaf."""
_WORDS = {16: "<u2", 8: "u1"}
"""Bits of a twig, many or few, and the number that what passes is packed into; the longer ones come first."""
_ROWS_AT_ONCE = 16
_ROWS_OF_A_CROWD, _MOST_OF_A_CROWD = 192, 2_048
"""From here on all rows go past one twig after the other; so many at most, whose totals fit into a near cache."""


@dataclass(frozen=True, eq=False)
class _Asked:
    """Conditions, one after the other."""

    column: NDArray[np.intp]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    takes_missing: NDArray[np.bool_]

    def passed(self, rows: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of them rows pass, (n, conditions)."""
        value = rows.take(self.column, axis=1)
        found = (value >= self.low) & (value < self.high)
        if np.isnan(rows).any():
            found |= np.isnan(value) & self.takes_missing
        return found


@dataclass(frozen=True, eq=False)
class _Table:
    """Twigs that read d columns each: their places among those of ``bits``, the sums (ways, d), where theirs begin."""

    bits: int
    twigs: slice
    solved: NDArray[np.float32]
    starts: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Leaves:
    """n leaves that read d columns and are solved for each row: what they ask (n * d), values (n,), ratios (n, d)."""

    asked: _Asked
    value: Floats
    ratios: Floats

    def given(self, rows: NDArray[np.float32]) -> Floats:
        """Contributions (rows, n * d)."""
        passed = self.asked.passed(rows).reshape(len(rows), *self.ratios.shape).astype(np.float64)
        return shapley(self.value, self.ratios, passed.transpose(1, 0, 2)).transpose(1, 0, 2).reshape(len(rows), -1)


@dataclass(frozen=True, eq=False)
class Explainer:
    """A whole forest's twigs with their sums, and the leaves of those for whose sums there was no room."""

    passing: Passing
    """Of the conditions of the twigs, a word each."""
    words: Mapping[int, slice]
    """Where the words of so many bits lie among all bytes."""
    tables: tuple[_Table, ...]
    columns: NDArray[np.intp]
    """Of the sums of all tables, twig by twig."""
    crowd: Crowd
    """The twigs once more, for many rows."""
    unsolved: tuple[_Leaves, ...]
    feature_count: int
    baseline: float

    def contributions(self, matrix: NDArray[np.float32]) -> Floats:
        """Log-odds (n, k + 1), the baseline last, of a float32 matrix (n, k) with NaN for missing.

        A row has the same bytes whatever rows it comes with: its sums are taken twig by twig, one row after another.
        """
        out = np.zeros((len(matrix), self.feature_count + 1))
        out[:, -1] = self.baseline
        for start in range(0, len(matrix), _MOST_OF_A_CROWD):
            rows = matrix[start : start + _MOST_OF_A_CROWD]
            if len(rows) >= _ROWS_OF_A_CROWD:
                out[start : start + len(rows), :-1] = self.crowd.sums(rows)
            else:
                self._add(out[start:], self._of_twigs, rows)
            self._add(out[start:], self._of_leaves, rows)
        return out

    def _add(self, out: Floats, given: Callable[[NDArray[np.float32]], _Given], rows: NDArray[np.float32]) -> None:
        """Adds up by column what is ``given`` a few rows at a time."""
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            for columns, found in given(rows[start : start + _ROWS_AT_ONCE]):
                for row, own in enumerate(found, start):
                    out[row, :-1] += np.bincount(columns, own, minlength=self.feature_count)

    def _of_twigs(self, rows: NDArray[np.float32]) -> _Given:
        passed = np.array([self.passing.of(row) for row in rows.tolist()])
        ways = {bits: passed[:, at].view(_WORDS[bits]).T for bits, at in self.words.items()}
        given, end = np.empty((len(rows), len(self.columns))), 0
        for table in self.tables:
            begin, end = end, end + len(table.starts) * table.solved.shape[1]
            # Twig by twig, not row by row: rows often go the same way, and what they look up lies close together.
            at = ways[table.bits][table.twigs] + table.starts[:, None]
            own = given[:, begin:end].reshape(len(rows), len(table.starts), -1)
            own[...] = table.solved.take(at, axis=0).swapaxes(0, 1)
        yield self.columns, given

    def _of_leaves(self, rows: NDArray[np.float32]) -> _Given:
        for leaves in self.unsolved:
            yield leaves.asked.column, leaves.given(rows)


def explainer_of(booster: "xgboost.Booster", *, feature_count: int) -> Explainer:
    """Every twig of a booster of regression trees, solved.

    Raises ReleaseError where a node has no cover, for then nothing says what its columns are worth when unknown.
    """
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    twigs = [twig for tree in model["trees"] for twig in twigs_of(tree)]
    kept, unsolved = _kept([twig for twig in twigs if twig.columns])
    in_order = [twig for group in kept for twig in group]
    words = {bits: [twig for twig in in_order if _word(twig) == bits] for bits in _WORDS}
    ends = {bits: bits // 8 * len(own) for bits, own in words.items()}
    leaves = [leaf for twig in twigs for leaf in twig.leaves]
    tables = tuple(_tables(kept))
    return Explainer(
        passing=_passing(words),
        words={16: slice(0, ends[16]), 8: slice(ends[16], ends[16] + ends[8])},
        tables=tables,
        columns=np.array([column for twig in in_order for column in twig.columns], dtype=np.intp),
        crowd=crowd_of(zip(kept, (table.solved for table in tables), strict=True)),
        unsolved=tuple(map(_of_leaves, unsolved)),
        feature_count=feature_count,
        baseline=float(sum(leaf.value * float(np.prod(tuple(leaf.ratios.values()))) for leaf in leaves)),
    )


def _kept(twigs: Sequence[Twig]) -> tuple[list[list[Twig]], list[list[Leaf]]]:
    """Twigs by number of columns, the smallest first, as many as there is room for; and the leaves of the others."""
    kept, left_over, cells = list[Twig](), list[Leaf](), 0
    for twig in sorted(twigs, key=lambda twig: (twig.bits, len(twig.columns))):
        cells += twig.cells
        if cells <= MOST_CELLS and twig.bits <= max(_WORDS):
            kept.append(twig)
        else:
            left_over += twig.leaves
    grouped = _by_size(kept, lambda twig: (_word(twig), len(twig.columns)))
    return grouped, _by_size(left_over, lambda leaf: (len(leaf.conditions),))


def _word(twig: Twig) -> int:
    """Bits of the shortest word that holds a twig's conditions."""
    return min(bits for bits in _WORDS if twig.bits <= bits)


def _passing(words: Mapping[int, Sequence[Twig]]) -> Passing:
    """The conditions of all twigs, the first of each in the lowest bit of its word."""
    conditions, places, width = list[Condition](), list[int](), 0
    for bits, twigs in words.items():
        for twig in twigs:
            conditions += twig.conditions
            places += range(8 * width, 8 * width + twig.bits)
            width += bits // 8
    at = np.array(places, dtype=np.intp)
    return passing_of(conditions, at // 8, at % 8, width)


def _by_size(found: Iterable[_T], size: Callable[[_T], tuple[int, ...]]) -> list[list[_T]]:
    groups: dict[tuple[int, ...], list[_T]] = {}
    for each in found:
        groups.setdefault(size(each), []).append(each)
    return [groups[own] for own in sorted(groups)]


def _tables(groups: Iterable[Sequence[Twig]]) -> Iterator[_Table]:
    places = dict.fromkeys(_WORDS, 0)
    for twigs in groups:
        bits, starts = _word(twigs[0]), np.cumsum([0, *(1 << twig.bits for twig in twigs[:-1])])
        begin = places[bits]
        places[bits] += len(twigs)
        yield _Table(bits, slice(begin, places[bits]), summed(twigs), starts)


def _of_leaves(leaves: Sequence[Leaf]) -> _Leaves:
    return _Leaves(
        asked=_asked(condition for leaf in leaves for condition in leaf.conditions.values()),
        value=np.array([leaf.value for leaf in leaves]),
        ratios=np.array([tuple(leaf.ratios.values()) for leaf in leaves]),
    )


def _asked(conditions: Iterable[Condition]) -> _Asked:
    columns = list(zip(*conditions, strict=True)) or [()] * 4
    kinds = (np.intp, np.float32, np.float32, np.bool_)
    return _Asked(*(np.array(values, dtype=kind) for values, kind in zip(columns, kinds, strict=True)))
