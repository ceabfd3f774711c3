"""The margin of a few rows by walking all trees at once, level by level: XGBoost's bits in a fifth of its time.

For one row of 725 trees XGBoost spends most of its 0.6 ms on preparing to predict; many rows are its business. The sum
is taken in float32 from the first tree to the last, as XGBoost takes it, so that a row has the same bytes either way.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xgboost

Nodes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Routes:
    """The nodes of all trees, one after the other. A leaf is its own left child and everything goes left there."""

    roots: Nodes
    """Of the trees, the deepest first."""
    deep: tuple[int, ...]
    """How many trees go on below each level."""
    in_order: Nodes
    """Place of each tree, first to last, among the roots."""
    column: Nodes
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    left: Nodes
    """The right child is the next node."""
    value: NDArray[np.float32]

    def margin(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds of bad (n,) of a matrix (n, k) in C order, NaN for missing, no infinity."""
        size, width = rows.shape
        cells, own = rows.ravel(), (np.arange(size) * width)[:, None]
        has_missing = bool(np.isnan(cells).any())
        at = np.repeat(self.roots[None], size, axis=0)
        for trees in self.deep:
            here = at[:, :trees]
            value = cells.take(self.column.take(here) + own)
            goes_left = value < self.threshold.take(here)
            if has_missing:
                goes_left |= np.isnan(value) & self.missing_left.take(here)
            at[:, :trees] = self.left.take(here) + ~goes_left
        found: NDArray[np.float32] = np.add.accumulate(self.value.take(at.take(self.in_order, axis=1)), axis=1)[:, -1]
        return found


def routes_of(booster: "xgboost.Booster") -> Routes:
    """The trees of a booster of regression trees whose base score is 0 and whose siblings are adjacent."""
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    sizes = [len(tree["left_children"]) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    left = np.concatenate([np.array(tree["left_children"]) for tree in trees])
    is_leaf, own = left < 0, np.arange(len(left))
    conditions = _joined(trees, "split_conditions", np.float32)
    depths = np.array([_depth(tree) for tree in trees])
    deepest_first = np.argsort(-depths, kind="stable")
    return Routes(
        roots=roots[deepest_first],
        deep=tuple(int((depths > level).sum()) for level in range(int(depths.max(initial=0)))),
        in_order=np.argsort(deepest_first),
        column=np.where(is_leaf, 0, _joined(trees, "split_indices", np.intp)),
        threshold=np.where(is_leaf, np.float32(np.inf), conditions),
        missing_left=is_leaf | _joined(trees, "default_left", np.bool_),
        left=np.where(is_leaf, own, left + np.repeat(roots, sizes)),
        value=conditions,
    )


def _joined(trees: list[dict[str, Any]], name: str, kind: type) -> Any:
    return np.concatenate([np.array(tree[name], dtype=kind) for tree in trees])


def _depth(tree: dict[str, Any]) -> int:
    level, depth = [0], -1
    while level:
        depth += 1
        splits = [node for node in level if tree["left_children"][node] >= 0]
        level = [child for node in splits for child in (tree["left_children"][node], tree["right_children"][node])]
    return depth
