"""scikit-learn's trees on the link scale: each leaf's rate or mean smoothed, and monotone where that is declared."""

from typing import TYPE_CHECKING

import numpy as np

from credit_platform.modelling.assembly import RawTree
from credit_platform.modelling.missing_fill import MissingFill
from credit_platform.modelling.sample import Floats, Indices

if TYPE_CHECKING:
    from sklearn.tree._tree import Tree


def to_raw_tree(tree: "Tree", value: Floats, *, fill: MissingFill, signs: tuple[int, ...]) -> RawTree:
    """A fitted tree with ``value`` (nodes,) at its nodes, clipped where a sign is declared."""
    feature = np.maximum(tree.feature, 0).astype(np.int64)
    left, right = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
    if any(signs):
        value = _within_bounds(value, left=left, right=right, sign=np.array(signs)[feature])
    return RawTree(
        feature=feature,
        threshold=fill.served_threshold(feature, tree.threshold),
        missing_left=fill.goes_left(feature, tree.threshold),
        left=left,
        right=right,
        value=value,
    )


def smoothed_log_odds(tree: "Tree", *, bad_rate: float, prior: float) -> Floats:
    """Log-odds of (bads + prior * bad_rate) / (weight + prior) at every node, (nodes,): never infinite."""
    weight = np.asarray(tree.weighted_n_node_samples)
    shares = np.asarray(tree.value)[:, 0, :]
    bads = weight * shares[:, 1] / shares.sum(axis=1)
    rate = (bads + prior * bad_rate) / (weight + prior)
    return np.log(rate) - np.log1p(-rate)


def smoothed_means(tree: "Tree", *, mean: float, prior: float) -> Floats:
    """Mean label of every node of a regression tree, (nodes,), with ``prior`` pseudo-rows at the overall mean."""
    weight = np.asarray(tree.weighted_n_node_samples)
    own = np.asarray(tree.value)[:, 0, 0]
    return np.asarray((weight * own + prior * mean) / (weight + prior))


def _within_bounds(value: Floats, *, left: Indices, right: Indices, sign: Indices) -> Floats:
    """Node values clipped so that every leaf left of a constrained split is on its side of every leaf right of it.

    Smoothing pulls a small leaf further than a large one and can turn the order that the tree was grown in. The
    bound between two siblings is the middle of their values, as scikit-learn's own tree builder sets it.
    """
    out = value.copy()
    low, high = np.full(value.size, -np.inf), np.full(value.size, np.inf)
    # scikit-learn numbers a parent before its children.
    for node in range(value.size):
        out[node] = min(max(value[node], low[node]), high[node])
        if left[node] < 0:
            continue
        children = [int(left[node]), int(right[node])]
        for child in children:
            low[child], high[child] = low[node], high[node]
        if sign[node]:
            middle = min(max((value[children[0]] + value[children[1]]) / 2, low[node]), high[node])
            lower, upper = children if sign[node] > 0 else children[::-1]
            high[lower], low[upper] = middle, middle
    return out
