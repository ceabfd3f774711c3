"""Amounts (a price, a loss): the counterparts of the algorithms on an identity or log link, as the same forest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from credit_platform.contracts.release import Feature
from credit_platform.modelling.algorithms import (
    decision_tree,
    lightgbm,
    linear_regression,
    prepared,
    random_forest,
    xgboost,
)
from credit_platform.modelling.algorithms.base import Algorithm, Parameter
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.rows import Rows
from credit_platform.modelling.sample import Floats, Indices, Matrix

Link = Literal["identity", "log"]

REGRESSORS: dict[str, Algorithm[Rows]] = {
    algorithm.name: algorithm
    for algorithm in (
        linear_regression.REGRESSOR,
        decision_tree.REGRESSOR,
        random_forest.REGRESSOR,
        lightgbm.REGRESSOR,
        xgboost.REGRESSOR,
    )
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Amounts:
    """Rows with an amount each: ``label`` and ``weight`` (n,), ``matrix`` float32 (n, k) as in a sample."""

    label: Floats
    weight: Floats
    matrix: Matrix
    features: tuple[Feature, ...]

    def __post_init__(self) -> None:
        rows = len(self.label)
        if self.matrix.dtype != np.float32 or self.matrix.shape != (rows, len(self.features)):
            raise ValueError(
                f"amounts: matrix is {self.matrix.dtype} {self.matrix.shape}, "
                f"expected float32 {(rows, len(self.features))}"
            )
        if not rows or len(self.weight) != rows:
            raise ValueError(f"amounts: {rows} amounts and {len(self.weight)} weights, expected as many, at least one")
        if not (np.isfinite(self.label).all() and np.isfinite(self.weight).all() and (self.weight > 0).all()):
            raise ValueError("amounts: an amount is missing or infinite, or a weight is not above zero")

    def __len__(self) -> int:
        return len(self.label)

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in matrix order."""
        return tuple(feature.name for feature in self.features)

    def take(self, rows: Indices) -> "Amounts":
        """The rows at positions ``rows`` (m,), in that order."""
        return replace(self, label=self.label[rows], weight=self.weight[rows], matrix=self.matrix[rows])


def fit_amounts(
    name: str,
    rows: Amounts,
    *,
    link: Link,
    params: Mapping[str, Parameter],
    seed: int,
    threads: int,
    monotone: Mapping[str, int],
) -> Forest:
    """Fit one regressor by squared error on the link scale; ``predict_amounts`` reads the forest back as amounts.

    On the log link the bias is then moved until the predicted amounts of the rows add up to theirs: the mean of logs
    says nothing of the mean (the smearing estimate of Duan 1983, as one ratio). Raises KeyError for an unknown
    regressor, ValueError for an unknown parameter, a bad sign, or an amount of zero or below under a log link.
    """
    if link == "identity":
        return _fitted(known(name), rows, params, seed, threads, monotone)
    if (rows.label <= 0).any():
        raise ValueError(
            f"log link: {int((rows.label <= 0).sum())} of {len(rows)} amounts are zero or below; "
            "leave those rows out, or use the identity link"
        )
    forest = _fitted(known(name), replace(rows, label=np.log(rows.label)), params, seed, threads, monotone)
    predicted = predict_amounts(forest, rows.matrix, link=link, threads=threads)
    return replace(forest, bias=forest.bias + float(np.log(rows.weight @ rows.label / (rows.weight @ predicted))))


def known(name: str) -> str:
    """The name itself, or a KeyError that lists the regressors there are."""
    if name not in REGRESSORS:
        raise KeyError(f"no regressor {name!r}; there are {sorted(REGRESSORS)}")
    return name


def predict_amounts(forest: Forest, matrix: Matrix, *, link: Link, threads: int = 1) -> Floats:
    """Amount of each row, (n,): the forest's sum, or its exponential under a log link."""
    margin = forest.margin(matrix, threads=threads)
    return margin if link == "identity" else np.exp(margin)


def _fitted(
    name: str, rows: Amounts, params: Mapping[str, Parameter], seed: int, threads: int, monotone: Mapping[str, int]
) -> Forest:
    return REGRESSORS[name].fit(rows, prepared(REGRESSORS[name], rows, params, seed, threads, monotone))
