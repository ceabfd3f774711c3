"""How columns of any kind go together: one matrix of comparable strengths, with neighbours side by side."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import scipy

from credit_platform.statistics.arrays import Floats, Integers
from credit_platform.statistics.association import corrected_v

_MOST_LEVELS = 50
"""Rarer levels of a category count as one: a table of thousands of cells estimates nothing."""


@dataclass(frozen=True)
class Associations:
    """Names and the matrix row by row, in the order of an average-linkage clustering of 1 - |strength|.

    Two numbers: Spearman's rank correlation (-1 to 1). Two categories: bias-corrected Cramer's V (0 to 1, Bergsma
    2013). A number and a category: the correlation ratio of the ranks, sqrt(H / (n - 1)) with Kruskal and Wallis' H
    (0 to 1, Kelley 1935), so that one extreme value changes nothing.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]

    def strongest(self, at_least: float) -> list[tuple[str, str, float]]:
        """Pairs of at least this absolute strength, strongest first."""
        pairs = [(self.names[i], self.names[j], self.matrix[i][j]) for i, j in combinations(range(len(self.names)), 2)]
        return sorted((p for p in pairs if abs(p[2]) >= at_least), key=lambda p: -abs(p[2]))


def associations(frame: pd.DataFrame, kinds: dict[str, str]) -> Associations:
    """Of the columns named in ``kinds``, each numeric or category and not constant.

    A missing number takes the middle rank, a missing level counts as a level beside a number and leaves its row out of
    a table of two categories.
    """
    if len(kinds) < 2:
        return Associations((), (), ())
    numeric = [name for name, kind in kinds.items() if kind == "numeric"]
    categories = [name for name in kinds if name not in numeric]
    # One product over all numbers: 37 columns of a million rows took a second, pair by pair 33.
    centred = np.column_stack([_centred_ranks(frame[n]) for n in numeric]) if numeric else np.empty((len(frame), 0))
    codes = [_codes(frame[name]) for name in categories]
    split = len(numeric)
    matrix = np.eye(len(kinds))
    matrix[:split, :split] = np.clip(centred.T @ centred, -1, 1)
    for i, level in enumerate(codes, start=split):
        matrix[i, :split] = matrix[:split, i] = _correlation_ratios(centred, level)
        for j, other in enumerate(codes[: i - split], start=split):
            matrix[i, j] = matrix[j, i] = _cramers_v(level, other)
    names = [*numeric, *categories]
    order = _clustered(matrix)
    return Associations(
        tuple(names[i] for i in order),
        tuple(kinds[names[i]] for i in order),
        tuple(tuple(float(matrix[i, j]) for j in order) for i in order),
    )


def _centred_ranks(values: pd.Series) -> Floats:
    """Ranks around their mean with length 1, so that a product is a correlation; 0 for a missing value."""
    ranks = values.rank()
    centred = (ranks - ranks.mean()).fillna(0.0).to_numpy(dtype=np.float64)
    return centred / np.sqrt((centred**2).sum())


def _codes(values: pd.Series) -> Integers:
    """Level of each row, commonest first, those beyond the 50th as one; -1 where missing."""
    found, levels = pd.factorize(values)
    counts = np.bincount(found[found >= 0], minlength=len(levels))
    place = np.empty(len(levels), dtype=np.int64)
    place[np.argsort(-counts, kind="stable")] = np.arange(len(levels))
    return np.where(found < 0, -1, np.minimum(place, _MOST_LEVELS)[found])


def _cramers_v(first: Integers, second: Integers) -> float:
    both = (first >= 0) & (second >= 0)
    width = int(second.max()) + 1
    table = np.bincount(first[both] * width + second[both], minlength=(int(first.max()) + 1) * width).astype(float)
    table = table.reshape(-1, width)
    return corrected_v(table[np.ix_(table.sum(axis=1) > 0, table.sum(axis=0) > 0)])


def _correlation_ratios(centred: Floats, codes: Integers) -> Floats:
    """sqrt(between-level sum of squares / total) of each column (n, k) of length 1."""
    level = codes + 1
    rows = np.bincount(level)
    held = rows > 0
    between = [float((np.bincount(level, weights=ranks)[held] ** 2 / rows[held]).sum()) for ranks in centred.T]
    return np.sqrt(np.minimum(1.0, between))


def _clustered(matrix: Floats) -> Integers:
    distance = np.clip(1 - np.abs(matrix), 0, 1)
    np.fill_diagonal(distance, 0.0)
    condensed = scipy.spatial.distance.squareform(distance, checks=False)
    tree = scipy.cluster.hierarchy.linkage(condensed, "average", optimal_ordering=True)
    return np.asarray(scipy.cluster.hierarchy.leaves_list(tree))
