"""Trees cut into twigs: what their leaves give the columns together, for every way past the twig.

A leaf's contributions depend on the row by one bit a column. Leaves of one small subtree share the path to it and the
splits inside it: with at most three splits inside they are up to four leaves, whose sum is looked up once by the bits
of both. Of 725 trees that makes 8,622 twigs of 18,148 leaves: half of the look-ups of a row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.shapley import Floats, shapley, ways

MOST_SPLITS, MOST_BITS = 3, 10
"""Inside a twig, and with the conditions of its path together: 2^10 sums of ten columns are 40 kB."""
_CELLS_AT_ONCE = 1_000_000
Condition = tuple[int, float, float, bool]
"""Column, lowest value that passes, lowest value above that does not, whether a missing one passes."""
Asked = tuple[tuple[int, bool], ...]
"""The bits of a twig that say together whether a row passes a leaf's column, and what each has to be."""


_Shape = tuple[int, tuple[Asked, ...], tuple[int, ...]]
"""Of a leaf in its twig: the twig's conditions, what is asked for each of its columns, and their places there."""


@dataclass(frozen=True)
class Leaf:
    """Its value, and by column in the order of its path: the condition, the share of the covers, the twig's bits."""

    value: float
    conditions: Mapping[int, Condition]
    ratios: Mapping[int, float]
    asked: Mapping[int, Asked]


@dataclass(frozen=True)
class Twig:
    """A subtree with few splits: the conditions that it asks of a row, its columns and its leaves."""

    conditions: tuple[Condition, ...]
    columns: tuple[int, ...]
    leaves: tuple[Leaf, ...]

    @property
    def bits(self) -> int:
        return len(self.conditions)

    @property
    def cells(self) -> int:
        return len(self.columns) << self.bits


def twigs_of(tree: Mapping[str, Any]) -> Iterator[Twig]:
    """The twigs of a tree of XGBoost's JSON; every leaf is of one. Raises ReleaseError for a node without cover."""
    left, right = tree["left_children"], tree["right_children"]
    splits = _splits_below(left, right)
    waiting = [(0, Leaf(0.0, {}, {}, {}))]
    while waiting:
        node, path = waiting.pop()
        if splits[node] <= MOST_SPLITS and len(path.conditions) + splits[node] <= MOST_BITS or left[node] < 0:
            yield _twig(tree, node, path)
        else:
            waiting += _children(tree, node, path, bit=None)


def _splits_below(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """Number of splits in the subtree of every node."""
    found = [0] * len(left)
    order, at = [0], 0
    while at < len(order):
        if left[order[at]] >= 0:
            order += (left[order[at]], right[order[at]])
        at += 1
    for node in reversed(order):
        if left[node] >= 0:
            found[node] = 1 + found[left[node]] + found[right[node]]
    return found


def _twig(tree: Mapping[str, Any], root: int, path: Leaf) -> Twig:
    conditions = list(path.conditions.values())
    begun = {column: ((bit, True),) for bit, column in enumerate(path.conditions)}
    waiting, leaves = [(root, Leaf(0.0, path.conditions, path.ratios, begun))], list[Leaf]()
    while waiting:
        node, found = waiting.pop()
        if tree["left_children"][node] < 0:
            leaves.append(Leaf(tree["split_conditions"][node], found.conditions, found.ratios, found.asked))
            continue
        waiting += _children(tree, node, found, bit=len(conditions))
        column, threshold = tree["split_indices"][node], tree["split_conditions"][node]
        conditions.append((column, -np.inf, threshold, bool(tree["default_left"][node])))
    columns = tuple(dict.fromkeys(column for leaf in leaves for column in leaf.conditions))
    return Twig(tuple(conditions), columns, tuple(leaves))


def _children(tree: Mapping[str, Any], node: int, path: Leaf, *, bit: int | None) -> Iterator[tuple[int, Leaf]]:
    cover, column, threshold = tree["sum_hessian"], tree["split_indices"][node], tree["split_conditions"][node]
    _, low, high, takes_missing = path.conditions.get(column, (column, -np.inf, np.inf, True))
    missing_left = bool(tree["default_left"][node])
    below = (column, low, min(high, threshold), takes_missing and missing_left)
    above = (column, max(low, threshold), high, takes_missing and not missing_left)
    sides = ((tree["left_children"][node], below, True), (tree["right_children"][node], above, False))
    for child, condition, is_left in sides:
        if cover[child] <= 0:
            raise ReleaseError(f"forest.ubj: tree {tree['id']}, node {child} has no cover; fold the forest again")
        share = cover[child] / cover[node] * path.ratios.get(column, 1.0)
        asked = path.asked if bit is None else {**path.asked, column: (*path.asked.get(column, ()), (bit, is_left))}
        yield child, Leaf(0.0, {**path.conditions, column: condition}, {**path.ratios, column: share}, asked)


def summed(twigs: Sequence[Twig]) -> NDArray[np.float32]:
    """What the leaves of twigs with d columns each give them together, for every way past each twig: (ways, d)."""
    starts = np.cumsum([0, *(1 << len(twig.conditions) for twig in twigs)])
    out = np.zeros((starts[-1], len(twigs[0].columns)))
    alike: dict[_Shape, list[tuple[int, Leaf]]] = {}
    for start, twig in zip(starts.tolist(), twigs, strict=False):
        places = {column: place for place, column in enumerate(twig.columns)}
        for leaf in twig.leaves:
            shape = (len(twig.conditions), tuple(leaf.asked.values()), tuple(places[each] for each in leaf.conditions))
            alike.setdefault(shape, []).append((start, leaf))
    for (bits, asked, columns), found in alike.items():
        past, step = _ways_past(asked, bits), max(1, _CELLS_AT_ONCE // (len(columns) << bits))
        for at in range(0, len(found), step):
            part = found[at : at + step]
            rows = np.array([start for start, _ in part])[:, None] + np.arange(1 << bits)
            # Each of these leaves is of another twig: no cell comes twice.
            out[rows[:, :, None], columns] += _solved([leaf for _, leaf in part])[:, past]
    return out.astype(np.float32)


def _solved(leaves: Sequence[Leaf]) -> Floats:
    """Contributions (n, 2^d, d) of leaves that read d columns, for every way past them."""
    value = np.array([leaf.value for leaf in leaves])
    ratios = np.array([tuple(leaf.ratios.values()) for leaf in leaves])
    return shapley(value, ratios, ways(ratios.shape[1])[None].astype(np.float64))


@lru_cache(4096)
def _ways_past(asked: tuple[Asked, ...], bits: int) -> NDArray[np.intp]:
    """The way past a leaf that every way past its twig is, (2^bits,)."""
    twig = ways(bits).astype(np.bool_)
    found = np.zeros(1 << bits, dtype=np.intp)
    for place, wanted in enumerate(asked):
        passed = np.ones(1 << bits, dtype=np.bool_)
        for bit, is_set in wanted:
            passed &= twig[:, bit] == is_set
        found += passed.astype(np.intp) << place
    return found
