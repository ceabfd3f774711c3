"""Supervised bins of one feature and their weight of evidence; of an amount, how far their means lie from its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_platform.modelling.assembly import strictly_below
from credit_platform.modelling.rows import Task
from credit_platform.modelling.sample import Floats, Indices

Cuts = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Bins:
    """Bin ``i`` of ``len(cuts) + 1`` holds cuts[i - 1] <= x < cuts[i]; the last entry of the arrays is missing.

    ``evidence`` is ln(odds of bad in the bin / odds of bad overall): above zero is riskier than average. Of an
    amount, ``bad_weight`` is its weighted sum and ``evidence`` the bin's mean less the overall mean.
    """

    cuts: Cuts
    weight: Floats
    bad_weight: Floats
    evidence: Floats

    def index(self, column: NDArray[np.float32]) -> Indices:
        """Bin number of each value (n,); missing is the last."""
        return np.where(np.isnan(column), len(self.cuts) + 1, np.searchsorted(self.cuts, column, side="right"))

    def transform(self, column: NDArray[np.float32]) -> Floats:
        """Weight of evidence of each value (n,)."""
        return self.evidence[self.index(column)]


def fit_bins(
    column: NDArray[np.float32],
    label: NDArray[Any],
    weight: Floats,
    *,
    most: int,
    smallest_share: float,
    prior: float,
    sign: int,
    task: Task = "binary",
) -> Bins:
    """Bins of a column (n,) by a one-feature decision tree of at most ``most`` leaves, each with at least
    ``smallest_share`` of the rows; missing is a bin of its own. With a sign, neighbours are merged until the
    evidence is monotone. ``prior`` pseudo-rows at the overall bad rate pull small bins, and a missing bin that
    training never saw, to zero."""
    smallest = max(1, int(np.ceil(smallest_share * len(column))))
    cuts = _grown_cuts(column, label, weight, most=most, smallest=smallest, task=task)
    bins = _counted(cuts, column, label, weight, prior=prior, task=task)
    while sign and (wrong := np.flatnonzero(sign * np.diff(bins.evidence[:-1]) < 0)).size:
        bins = _counted(np.delete(bins.cuts, wrong[0]), column, label, weight, prior=prior, task=task)
    return bins


def _grown_cuts(
    column: NDArray[np.float32], label: NDArray[Any], weight: Floats, *, most: int, smallest: int, task: Task
) -> Cuts:
    seen = ~np.isnan(column)
    if most < 2 or seen.sum() < 2 * smallest:
        return np.zeros(0, dtype=np.float32)
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    leaves = {"max_leaf_nodes": most, "min_samples_leaf": smallest, "random_state": 0}
    is_binary = task == "binary"
    tree = DecisionTreeClassifier(criterion="log_loss", **leaves) if is_binary else DecisionTreeRegressor(**leaves)
    grown = tree.fit(column[seen, None], label[seen], sample_weight=weight[seen]).tree_
    return np.unique(strictly_below(grown.threshold[grown.children_left >= 0]))


def _counted(
    cuts: Cuts, column: NDArray[np.float32], label: NDArray[Any], weight: Floats, *, prior: float, task: Task
) -> Bins:
    empty = np.zeros(len(cuts) + 2)
    index = Bins(cuts, empty, empty, empty).index(column)
    total: Floats = np.bincount(index, weights=weight, minlength=empty.size).astype(np.float64)
    bad: Floats = np.bincount(index, weights=weight * label, minlength=empty.size).astype(np.float64)
    overall = bad.sum() / total.sum()
    rate = (bad + prior * overall) / (total + prior)
    return Bins(cuts, total, bad, _SCALE[task](rate) - _SCALE[task](overall))


_SCALE: dict[Task, Callable[[Any], Any]] = {
    "binary": lambda rate: np.log(rate / (1 - rate)),
    "regression": lambda mean: mean,
}
