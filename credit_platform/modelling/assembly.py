"""From a library's own trees to a forest: one node order, one comparison (x < threshold), one rule for NaN."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Indices

LARGEST = float(np.finfo(np.float32).max)
SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, eq=False, kw_only=True)
class RawTree:
    """One tree in its library's node order, root first; arrays (nodes,), children -1 at a leaf."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    left: Indices
    right: Indices
    value: Floats


def strictly_below(threshold: ArrayLike) -> NDArray[np.float32]:
    """Float32 ``s`` with (x <= threshold) == (x < s) for every float32 x that is 0 or a normal finite number.

    That is the successor of the largest float32 not above the threshold. Beyond the float32 range, where a
    library splits missing from everything else, it is +-the largest float32; it is never subnormal, because a
    processor may flush those to zero.
    """
    exact = np.asarray(threshold, dtype=np.float64)
    floor = np.clip(exact, -LARGEST, LARGEST).astype(np.float32)
    with np.errstate(over="ignore", under="ignore"):  # beyond the largest float32 is infinity, clipped at once
        floor = np.where(floor > exact, np.nextafter(floor, np.float32(-np.inf)), floor)
        successor = np.clip(np.nextafter(floor, np.float32(np.inf)), np.float32(-LARGEST), np.float32(LARGEST))
    subnormal = (np.abs(successor) < SMALLEST_NORMAL) & (successor != 0)
    return np.where(subnormal, np.where(successor > 0, SMALLEST_NORMAL, 0), successor).astype(np.float32)


def assemble(trees: Sequence[RawTree], *, bias: float, width: int) -> Forest:
    """Join trees into a forest over a matrix of ``width`` columns; siblings become neighbours."""
    ordered = [_siblings_adjacent(tree) for tree in trees]
    counts = [len(tree.left) for tree in ordered]
    return Forest(
        offsets=np.cumsum([0, *counts]).astype(np.int64),
        feature=_joined([tree.feature for tree in ordered], np.int32),
        threshold=_joined([tree.threshold for tree in ordered], np.float32),
        missing_left=_joined([tree.missing_left for tree in ordered], np.bool_),
        left=_joined([tree.left for tree in ordered], np.int32),
        value=_joined([tree.value for tree in ordered], np.float64),
        bias=bias,
        width=width,
    )


def _joined(parts: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)


def _siblings_adjacent(tree: RawTree) -> RawTree:
    """The tree in breadth-first order, so that right child = left child + 1 as XGBoost's predictor assumes."""
    order, level = [np.zeros(1, dtype=np.int64)], np.zeros(1, dtype=np.int64)
    while True:
        inner = level[tree.left[level] >= 0]
        if not inner.size:
            break
        level = np.stack([tree.left[inner], tree.right[inner]], axis=1).ravel()
        order.append(level)
    old = np.concatenate(order)
    new = np.full(len(tree.left), -1, dtype=np.int64)
    new[old] = np.arange(len(old))
    is_leaf = tree.left[old] < 0
    left = np.where(is_leaf, -1, new[tree.left[old]])
    return RawTree(
        feature=np.where(is_leaf, -1, tree.feature[old]),
        threshold=np.where(is_leaf, np.float32(0), tree.threshold[old]),
        missing_left=tree.missing_left[old] & ~is_leaf,
        left=left,
        right=np.where(is_leaf, -1, left + 1),
        value=np.where(is_leaf, tree.value[old], 0.0),
    )
