"""The margin of a few rows by walking all trees at once: XGBoost's bits in a tenth of its time.

For one row of 725 trees XGBoost spends most of its 0.6 ms on preparing to predict; many rows are its business. Here a
row first says of every split where it goes, which is one slice a column when the splits of a column lie in the order of
their thresholds; then each level of all trees is one look-up. The sum is taken in float32 from the first tree to the
last, as XGBoost takes it, so that a row has the same bytes either way.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xgboost

Nodes = NDArray[np.unsignedinteger]
"""Places of nodes, two bytes each where that is enough: of eight rows one took .05 to .06 ms, with four .07 to .08."""


@dataclass(frozen=True, eq=False)
class _Column:
    """The splits on one column: their place among all, their thresholds in ascending order."""

    column: int
    start: int
    end: int
    thresholds: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Routes:
    """The nodes of all trees: splits first, column by column, then leaves."""

    columns: tuple[_Column, ...]
    below: Nodes
    """Left child of each split, and each leaf's own place: who has arrived stays."""
    right: Nodes
    """Of the splits."""
    when_missing: Nodes
    roots: Nodes
    """Of the trees, the deepest first."""
    deep: tuple[int, ...]
    """How many trees go on below each level."""
    in_order: NDArray[np.intp]
    """Place of each tree, first to last, among the roots."""
    value: NDArray[np.float32]
    """Of the leaves."""

    def margin(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds of bad (n,) of a matrix (n, k) in C order, NaN for missing, no infinity."""
        return np.array([self._sum(row) for row in rows.tolist()], dtype=np.float32)

    def _sum(self, row: list[float]) -> np.float32:
        child = self.below.copy()
        for each in self.columns:
            value, start, end = row[each.column], each.start, each.end
            if isnan(value):
                child[start:end] = self.when_missing[start:end]
                continue
            # A split sends what is below its threshold to the left.
            end = start + bisect_right(each.thresholds, value)
            child[start:end] = self.right[start:end]
        at = self.roots.copy()
        for trees in self.deep:
            at[:trees] = child.take(at[:trees])
        found: np.float32 = np.add.accumulate(self.value.take(at.take(self.in_order) - len(self.right)))[-1]
        return found


def routes_of(booster: "xgboost.Booster") -> Routes:
    """The trees of a booster of regression trees whose base score is 0."""
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    sizes = [len(tree["left_children"]) for tree in trees]
    starts = np.cumsum([0, *sizes[:-1]])
    first = np.repeat(starts, sizes)
    left, right = (_joined(trees, f"{side}_children", np.intp) for side in ("left", "right"))
    is_leaf, conditions = left < 0, _joined(trees, "split_conditions", np.float32)
    column = _joined(trees, "split_indices", np.intp)
    splits = np.flatnonzero(~is_leaf)
    splits = splits[np.lexsort((conditions[splits], column[splits]))]
    place = np.empty(len(left), dtype=np.uint16 if len(left) < 2**16 else np.uint32)
    place[splits] = np.arange(len(splits))
    place[is_leaf] = np.arange(len(splits), len(left))
    own = {side: place[(child + first)[splits]] for side, child in (("left", left), ("right", right))}
    depths = np.array([_depth(tree) for tree in trees])
    deepest_first = np.argsort(-depths, kind="stable")
    return Routes(
        columns=tuple(_columns(column[splits], conditions[splits])),
        below=np.concatenate([own["left"], place[is_leaf]]),
        right=own["right"],
        when_missing=np.where(_joined(trees, "default_left", np.bool_)[splits], own["left"], own["right"]),
        roots=place[starts[deepest_first]],
        deep=tuple(int((depths > level).sum()) for level in range(int(depths.max(initial=0)))),
        in_order=np.argsort(deepest_first),
        value=conditions[is_leaf],
    )


def _columns(column: NDArray[np.intp], threshold: NDArray[np.float32]) -> list[_Column]:
    found, starts = np.unique(column, return_index=True)
    ends = [*starts[1:].tolist(), len(column)]
    parts = zip(found.tolist(), starts.tolist(), ends, strict=True)
    return [_Column(each, start, end, tuple(threshold[start:end].tolist())) for each, start, end in parts]


def _joined(trees: list[dict[str, Any]], name: str, kind: type) -> Any:
    return np.concatenate([np.array(tree[name], dtype=kind) for tree in trees])


def _depth(tree: dict[str, Any]) -> int:
    level, depth = [0], -1
    while level:
        depth += 1
        splits = [node for node in level if tree["left_children"][node] >= 0]
        level = [child for node in splits for child in (tree["left_children"][node], tree["right_children"][node])]
    return depth
