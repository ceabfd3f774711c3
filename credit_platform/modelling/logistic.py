"""Logistic regression with bounds: what the scorecard, the meta-model and the calibrator share."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from credit_platform.modelling.one_core import one_core
from credit_platform.modelling.sample import Floats

FLATNESS = 1e-8
"""Largest gradient of the mean log-loss, per coefficient that is free to move, at an accepted solution."""
MOST_STEPS = 60
"""Newton needs about 8 from a cold start; more means that there is no minimum to find."""


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """log(p / (1 - p)) = intercept + matrix @ coefficient, coefficient of shape (k,).

    ``deviation`` (k + 1,), intercept first: roots of the diagonal of the inverse Hessian of the penalised loss, which
    are standard errors as far as rows are independent, and posterior ones where the ridge is a prior.
    """

    coefficient: Floats
    intercept: float
    deviation: Floats

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
    intercept_ridge: float = 0.0,
    intercept_centre: float = 0.0,
    period: NDArray[np.int64] | None = None,
) -> LogisticFit:
    """Minimise sum(weight * log-loss) + ridge / 2 * |coefficient - centre|^2 with every coefficient >= lower.

    The intercept is unbounded, and penalised in the same way by ``intercept_ridge`` where that is not 0. Without such
    a ridge, a bound and a centre, and with ridge = 1 / C, this is scikit-learn's L2 LogisticRegression. Newton steps,
    each a bounded least-squares problem (Bertsekas 1982): members of an ensemble are nearly collinear, and
    quasi-Newton stalls there. With ``period`` (n,) each period has an intercept of its own, free of ridge and bound,
    and ``intercept`` is the last one's. Raises ValueError when no minimum was reached.
    """
    bad, share = np.asarray(label, dtype=np.float64), weight / weight.sum()
    columns, earlier = matrix.shape[1], _earlier_periods(period, len(matrix))
    free = np.zeros(earlier.shape[1])
    penalty = np.concatenate([[intercept_ridge], np.full(columns, ridge), free]) / weight.sum()
    middle = np.concatenate([[intercept_centre], np.full(columns, centre), free])
    problem = _Problem(np.column_stack([np.ones(len(matrix)), matrix, earlier]), bad, share, penalty, middle)
    rate = float(np.average(bad, weights=share))
    point = np.concatenate([[np.log(rate / (1 - rate))], np.full(columns, max(centre, lower, 0.0)), free])
    low = np.concatenate([[-np.inf], np.full(columns, lower), free - np.inf])
    with one_core():
        point, hessian = _minimum(problem, point, low)
        deviation = np.sqrt(np.diag(np.linalg.pinv(hessian)) / weight.sum())[: columns + 1]
    return LogisticFit(coefficient=point[1 : columns + 1], intercept=float(point[0]), deviation=deviation)


def _minimum(problem: "_Problem", point: Floats, low: Floats) -> tuple[Floats, Floats]:
    """The minimum above ``low`` from a start, (k + 1,), and the Hessian there."""
    for _ in range(MOST_STEPS):
        gradient, hessian = problem.slopes(point)
        if _steepness(gradient, at_bound=point <= low) <= FLATNESS:
            return point, hessian
        point = problem.descend(point, gradient, _newton_step(gradient, hessian, room=low - point), low)
    raise ValueError(
        f"logistic regression: no minimum after {MOST_STEPS} steps, the steepest gradient is "
        f"{_steepness(gradient, at_bound=point <= low):.2e} (expected at most {FLATNESS}); look for a column that is "
        "infinite or separates the classes, or raise the ridge"
    )


def _earlier_periods(period: NDArray[np.int64] | None, rows: int) -> Floats:
    """A column of 0 and 1 for each period but the last, (n, periods - 1)."""
    known = np.zeros(rows, dtype=np.int64) if period is None else period
    return (known[:, None] == np.unique(known)[:-1]).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Problem:
    """Mean log-loss with its ridge; the first column of ``matrix`` is the intercept's."""

    matrix: Floats
    bad: Floats
    share: Floats
    penalty: Floats
    centre: Floats

    def loss(self, point: Floats) -> float:
        margin, away = self.matrix @ point, point - self.centre
        return float(self.share @ (np.logaddexp(0, margin) - self.bad * margin) + (self.penalty / 2 * away) @ away)

    def slopes(self, point: Floats) -> tuple[Floats, Floats]:
        """Gradient (k + 1,) and Hessian (k + 1, k + 1)."""
        p = scipy.special.expit(self.matrix @ point)
        gradient = self.matrix.T @ (self.share * (p - self.bad)) + self.penalty * (point - self.centre)
        hessian = (self.matrix * (self.share * p * (1 - p))[:, None]).T @ self.matrix + np.diag(self.penalty)
        return gradient, hessian

    def descend(self, point: Floats, gradient: Floats, step: Floats, low: Floats) -> Floats:
        """Halve the step until the loss falls by a share of what the gradient promises (Armijo 1966)."""
        start, length = self.loss(point), 1.0
        while length > 1e-9 and self.loss(point + length * step) > start + 1e-4 * length * float(gradient @ step):
            length /= 2
        moved = point + length * step
        return np.where(moved - low < 1e-12, low, moved)


def _newton_step(gradient: Floats, hessian: Floats, *, room: Floats) -> Floats:
    """argmin of the quadratic model over steps >= room. A trace-sized jitter keeps a constant column solvable."""
    jitter = 1e-10 * float(np.trace(hessian)) * np.eye(gradient.size)
    factor = np.linalg.cholesky(hessian + jitter).T
    target = -np.linalg.solve(factor.T, gradient)
    return np.asarray(
        scipy.optimize.lsq_linear(factor, target, bounds=(np.minimum(room, 0.0), np.inf), method="bvls").x
    )


def _steepness(gradient: Floats, *, at_bound: NDArray[np.bool_]) -> float:
    # At a bound a positive gradient is as it should be: the loss would fall only outside.
    return float(np.abs(np.where(at_bound, np.minimum(gradient, 0), gradient)).max())
