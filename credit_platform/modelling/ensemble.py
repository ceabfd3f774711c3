"""Ensembles on the link scale: a weighted sum of the members' log-odds, which folds into one forest."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from credit_platform.contracts.release import Member
from credit_platform.modelling.forest import Forest, combine
from credit_platform.modelling.logistic import fit_logistic
from credit_platform.modelling.one_core import one_core
from credit_platform.modelling.sample import Floats, Indices

RIDGE_ROWS = 1e-3
"""Ridge of the meta-model per row of training: enough to settle members that are nearly the same."""


@dataclass(frozen=True)
class Ensemble:
    """Log-odds = bias + sum of weight * member's log-odds; weights >= 0. A single model is one member of weight 1."""

    name: str
    members: tuple[Member, ...]
    bias: float

    def margin(self, margins: Mapping[str, Floats]) -> Floats:
        """Log-odds (n,) from each member's log-odds (n,)."""
        return self.bias + sum((m.weight * margins[m.algorithm] for m in self.members), np.zeros(1))

    def fold(self, forests: Mapping[str, Forest]) -> Forest:
        """One forest of the members' trees; a member of weight 0 leaves no tree."""
        return combine([(forests[m.algorithm], m.weight) for m in self.members], bias=self.bias)

    def calibrated(self, *, slope: float, intercept: float) -> "Ensemble":
        """The ensemble of slope * log-odds + intercept: an affine calibrator is only other weights and bias."""
        members = tuple(Member(algorithm=m.algorithm, weight=m.weight * slope) for m in self.members)
        return Ensemble(name=self.name, members=members, bias=self.bias * slope + intercept)


def single(algorithm: str) -> Ensemble:
    """One algorithm on its own."""
    return Ensemble(name=algorithm, members=(Member(algorithm=algorithm, weight=1.0),), bias=0.0)


def voting(oof: Mapping[str, Floats]) -> Ensemble:
    """Equal weights on log-odds."""
    return _ensemble("voting", tuple(oof), np.full(len(oof), 1 / len(oof)), 0.0)


def weighted_average(
    oof: Mapping[str, Floats], label: ArrayLike, weight: Floats, *, period: Indices | None = None
) -> Ensemble:
    """The convex combination (weights >= 0 that add up to 1) with the least out-of-fold log-loss.

    With ``period`` (n,) each has an intercept of its own, as in ``stacked``; the bias stays 0.
    """
    members, bad, share = _stacked_columns(oof), np.asarray(label, dtype=np.float64), weight / weight.sum()
    count, levels = members.shape[1], np.zeros((len(members), 0)) if period is None else _one_hot(period)
    matrix = np.column_stack([members, levels])

    def loss(point: Floats) -> tuple[float, Floats]:
        margin = matrix @ point
        value = float(share @ (np.logaddexp(0, margin) - bad * margin))
        return value, np.asarray(matrix.T @ (share * (scipy.special.expit(margin) - bad)))

    is_weight = np.arange(matrix.shape[1]) < count
    adds_up = {"type": "eq", "fun": lambda point: point[:count].sum() - 1, "jac": lambda point: is_weight.astype(float)}
    start = np.where(is_weight, 1 / count, 0.0)
    bounds = [(0.0, 1.0) if each else (None, None) for each in is_weight]
    with one_core():
        found = scipy.optimize.minimize(
            loss, start, jac=True, method="SLSQP", bounds=bounds, constraints=adds_up, tol=1e-10
        )
    if not found.success:
        raise ValueError(f"weighted average of {sorted(oof)}: no minimum found: {found.message}")
    point = np.clip(np.asarray(found.x)[:count], 0, None)
    return _ensemble("weighted_average", tuple(oof), point / point.sum(), 0.0)


def stacked(oof: Mapping[str, Floats], label: ArrayLike, weight: Floats, *, period: Indices | None = None) -> Ensemble:
    """Non-negative logistic meta-model on out-of-fold log-odds (Wolpert 1992; Breiman 1996 for the bound).

    A small ridge pulls the weights to equal shares, so two members that say the same share their weight. With
    ``period`` (n,), of folds that expand in time, each period has an intercept of its own (``levels`` says why), and
    the bias is the latest one's.
    """
    matrix = _stacked_columns(oof)
    ridge = RIDGE_ROWS * len(matrix)
    model = fit_logistic(matrix, label, weight, ridge=ridge, centre=1 / matrix.shape[1], lower=0.0, period=period)
    return _ensemble("stacked", tuple(oof), model.coefficient, model.intercept)


def _one_hot(period: Indices) -> Floats:
    return (period[:, None] == np.unique(period)).astype(np.float64)


def _stacked_columns(oof: Mapping[str, Floats]) -> Floats:
    if not oof:
        raise ValueError("ensemble: no members; pass out-of-fold log-odds of at least one algorithm")
    return np.stack(list(oof.values()), axis=1)


def _ensemble(name: str, algorithms: tuple[str, ...], weights: NDArray[np.float64], bias: float) -> Ensemble:
    members = tuple(
        Member(algorithm=algorithm, weight=float(weight)) for algorithm, weight in zip(algorithms, weights, strict=True)
    )
    return Ensemble(name=name, members=members, bias=bias)
