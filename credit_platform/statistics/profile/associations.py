"""How columns of any kind go together: one matrix of comparable strengths, with neighbours side by side."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

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
    """Of the numeric and category columns (by ``kinds``) that vary; missing values take the middle rank, or no cell."""
    varied = [n for n in frame if kinds[str(n)] in ("numeric", "category") and frame[n].nunique() > 1]
    if len(varied) < 2:
        return Associations((), (), ())
    numeric = [str(n) for n in varied if kinds[str(n)] == "numeric"]
    centred = {name: _centred_ranks(frame[name]) for name in numeric}
    codes = {str(n): _codes(frame[n]) for n in varied if str(n) not in centred}
    names = [str(n) for n in varied]
    matrix = np.eye(len(names))
    for i, j in combinations(range(len(names)), 2):
        matrix[i, j] = matrix[j, i] = _strength(names[i], names[j], centred, codes)
    order = _clustered(matrix)
    return Associations(
        tuple(names[i] for i in order),
        tuple(kinds[names[i]] for i in order),
        tuple(tuple(float(matrix[i, j]) for j in order) for i in order),
    )


def _strength(first: str, second: str, centred: dict[str, Floats], codes: dict[str, Integers]) -> float:
    if first in centred and second in centred:
        return float(np.clip(centred[first] @ centred[second], -1, 1))
    if first in codes and second in codes:
        return _cramers_v(codes[first], codes[second])
    number, category = (first, second) if first in centred else (second, first)
    return _correlation_ratio(centred[number], codes[category])


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


def _correlation_ratio(centred: Floats, codes: Integers) -> float:
    """sqrt(between-level sum of squares / total); a missing level is a level of its own."""
    level = codes + 1
    sums, rows = np.bincount(level, weights=centred), np.bincount(level)
    between = float((sums[rows > 0] ** 2 / rows[rows > 0]).sum())
    return float(np.sqrt(min(1.0, between)))


def _clustered(matrix: Floats) -> Integers:
    distance = np.clip(1 - np.abs(matrix), 0, 1)
    np.fill_diagonal(distance, 0.0)
    return np.asarray(leaves_list(linkage(squareform(distance, checks=False), "average", optimal_ordering=True)))
