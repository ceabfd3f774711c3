"""Logistic regression with bounds: what the scorecard, the meta-model and the calibrator share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit

from credit_platform.modelling.sample import Floats

FLATNESS = 1e-5
"""Largest gradient of the mean log-loss, per coefficient that is free to move, at an accepted solution."""


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """log(p / (1 - p)) = intercept + matrix @ coefficient, coefficient of shape (k,)."""

    coefficient: Floats
    intercept: float

    def margin(self, matrix: Floats) -> Floats:
        """Log-odds (n,) of rows (n, k)."""
        return matrix @ self.coefficient + self.intercept


def fit_logistic(
    matrix: Floats,
    label: ArrayLike,
    weight: Floats,
    *,
    ridge: float,
    centre: float = 0.0,
    lower: float = -np.inf,
) -> LogisticFit:
    """Minimise sum(weight * log-loss) + ridge / 2 * |coefficient - centre|^2 with every coefficient >= lower.

    The intercept is free and not penalised. With centre 0, no bound and ridge = 1 / C this is scikit-learn's L2
    LogisticRegression. L-BFGS-B (Byrd et al. 1995). Raises ValueError when no minimum was reached.
    """
    bad = np.asarray(label, dtype=np.float64)
    share = weight / weight.sum()
    penalty = ridge / weight.sum()

    def loss(point: Floats) -> tuple[float, Floats]:
        margin = matrix @ point[1:] + point[0]
        error = share * (expit(margin) - bad)
        away = point[1:] - centre
        value = float(share @ (np.logaddexp(0, margin) - bad * margin) + penalty / 2 * away @ away)
        return value, np.concatenate([[error.sum()], matrix.T @ error + penalty * away])

    rate = float(share @ bad)
    start = np.concatenate([[np.log(rate / (1 - rate))], np.full(matrix.shape[1], max(centre, lower, 0.0))])
    bounds = [(-np.inf, np.inf)] + [(lower, np.inf)] * matrix.shape[1]
    options = {"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-9}
    point = np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x)
    _require_minimum(loss(point)[1], at_bound=np.concatenate([[False], point[1:] <= lower]))
    return LogisticFit(coefficient=point[1:], intercept=float(point[0]))


def _require_minimum(gradient: Floats, *, at_bound: Floats) -> None:
    # At a bound a positive gradient is as it should be: the loss would fall only outside.
    uphill = np.where(at_bound.astype(bool), np.minimum(gradient, 0), gradient)
    steepest = float(np.abs(uphill).max())
    if not steepest <= FLATNESS:
        raise ValueError(
            f"logistic regression: no minimum, the steepest gradient is {steepest:.2e} (expected at most {FLATNESS}); "
            "look for a column that is infinite, constant or separates the classes, or raise the ridge"
        )
