"""Whether probabilities mean what they say. Bad = 1; probabilities of bad of shape (n,)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import (
    Floats,
    Ranked,
    dot,
    expit,
    floats,
    labels,
    logit,
    probabilities,
    ranked,
    same_length,
    weights,
)

_MAXIMUM_STEPS = 60
_NEAR = 1e-6
"""Newton converges quadratically: a step this small leaves an error near 1e-12."""


class Recalibration(NamedTuple):
    """logit P(bad) = intercept + slope * log-odds; (1, 0) is perfect calibration."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class ReliabilityTable:
    """Equal-frequency bins, lowest probability first; arrays of shape (b,). Weight is the rows in a bin."""

    mean_probability: Floats
    bad_rate: Floats
    weight: Floats


def brier(label: ArrayLike, probability: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Mean of (p - y)^2 (Brier 1950)."""
    y, p = labels(label), probabilities(probability)
    same_length(label=y, probability=p)
    return float(np.average((p - y) ** 2, weights=weights(weight, rows=y.size)))


def log_loss(label: ArrayLike, probability: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """-Mean of y log p + (1 - y) log(1 - p), natural logarithm, p held 1e-15 away from 0 and 1."""
    y, p = labels(label), probabilities(probability)
    same_length(label=y, probability=p)
    return log_loss_of_log_odds(y, logit(p), weight=weight)


def log_loss_of_log_odds(label: ArrayLike, log_odds: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Log-loss from the margin: mean of log(1 + e^x) - y x, exact however large the margin is."""
    y, x = labels(label), floats(log_odds, name="log_odds")
    same_length(label=y, log_odds=x)
    return float(np.average(np.logaddexp(0, x) - y * x, weights=weights(weight, rows=y.size)))


def calibration_slope_intercept(
    label: ArrayLike, log_odds: ArrayLike, *, weight: ArrayLike | None = None
) -> Recalibration:
    """Logistic regression of the label on the log-odds (Cox 1958, Two further applications of a model).

    A slope below 1 says that the scores are too extreme. The slope is +-inf where one score separates the classes
    (the likelihood has no maximum) and nan where the scores are constant. Raises OneClassError.
    """
    sample = ranked(label, log_odds, weight=weight)
    return recalibration_of(sample)


def recalibration_of(sample: Ranked) -> Recalibration:
    """As calibration_slope_intercept, from a sample that is already ranked by log-odds."""
    bads, goods = sample.score[sample.bad > 0], sample.score[sample.good > 0]
    if sample.score.size == 1:
        return Recalibration(np.nan, np.nan)
    if goods[-1] <= bads[0] or bads[-1] <= goods[0]:
        return Recalibration(np.inf if goods[-1] <= bads[0] else -np.inf, np.nan)
    total = sample.bad + sample.good
    centre = float(np.average(sample.score, weights=total))
    spread = float(np.sqrt(np.average((sample.score - centre) ** 2, weights=total)))
    # The base rate without slope is always a safe start, the score as it stands is mostly the nearer one.
    x, base = (sample.score - centre) / spread, float(logit(sample.bads / total.sum()))
    starts = ((centre, spread), (base, 0.0))
    start = max(starts, key=lambda at: _fit(at[0] + at[1] * x, sample.bad, total)[1])
    intercept, slope = _newton(x, sample.bad, total, start)
    return Recalibration(slope / spread, intercept - slope * centre / spread)


def calibration_in_the_large(label: ArrayLike, log_odds: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Intercept with the slope held at 1 (Van Calster et al. 2019, Calibration: the Achilles heel), shape ().

    Above 0 the probabilities are too low.
    """
    return in_the_large_of(ranked(label, log_odds, weight=weight))


def in_the_large_of(sample: Ranked) -> float:
    """As calibration_in_the_large: the shift a at which sum of expit(x + a) equals the bads, by bracketed Newton."""
    total, bads = sample.bad + sample.good, sample.bads
    centre = float(logit(bads / (bads + sample.goods)))
    low, high = centre - float(sample.score[-1]), centre - float(sample.score[0])
    shift = min(max(0.0, low), high)
    for _ in range(_MAXIMUM_STEPS):
        p = expit(sample.score + shift)
        excess = dot(total, p) - bads
        low, high = (low, shift) if excess > 0 else (shift, high)
        slope = dot(total, p * (1 - p))
        newton = shift - excess / slope if slope > 0 else np.inf
        step = newton if low <= newton <= high else (low + high) / 2
        if abs(step - shift) < _NEAR:
            return step
        shift = step
    return shift


def _newton(x: Floats, bad: Floats, total: Floats, start: tuple[float, float]) -> tuple[float, float]:
    """Maximum likelihood of logit P = a + b x by Newton steps, halved while they lower the likelihood."""
    a, b = start
    p, best = _fit(a + b * x, bad, total)
    for _ in range(_MAXIMUM_STEPS):
        residual, w = bad - total * p, total * p * (1 - p)
        wx = w * x
        h0, h1, h2 = float(w.sum()), float(wx.sum()), dot(wx, x)
        g0, g1 = float(residual.sum()), dot(residual, x)
        determinant = h0 * h2 - h1 * h1
        da, db = (h2 * g0 - h1 * g1) / determinant, (h0 * g1 - h1 * g0) / determinant
        p, reached = _fit(a + da + (b + db) * x, bad, total)
        while reached < best - 1e-9 * abs(best) and max(abs(da), abs(db)) > 1e-10:
            da, db = da / 2, db / 2
            p, reached = _fit(a + da + (b + db) * x, bad, total)
        a, b, best = a + da, b + db, reached
        if max(abs(da), abs(db)) < _NEAR:
            break
    return a, b


def _fit(margin: Floats, bad: Floats, total: Floats) -> tuple[Floats, float]:
    """Probabilities and log-likelihood of a margin from one exponential; log is several times faster than log1p."""
    small = np.exp(-np.abs(margin))
    softplus = np.maximum(margin, 0) + np.log(1 + small)
    p = np.where(margin >= 0, 1.0, small) / (1 + small)
    return p, dot(bad, margin) - dot(total, softplus)


def reliability_of(sample: Ranked, *, bins: int) -> ReliabilityTable:
    """Equal-frequency bins of a sample ranked by probability; a tie is never split, so row order cannot matter."""
    total = sample.bad + sample.good
    middle = (np.cumsum(total) - total / 2) / total.sum()
    place = np.minimum((middle * bins).astype(np.int64), bins - 1)
    weight: Floats = np.bincount(place, weights=total, minlength=bins).astype(np.float64)
    held = weight > 0
    mean = np.bincount(place, weights=total * sample.score, minlength=bins)[held] / weight[held]
    rate = np.bincount(place, weights=sample.bad, minlength=bins)[held] / weight[held]
    return ReliabilityTable(mean, rate, weight[held])


def reliability_table(
    label: ArrayLike, probability: ArrayLike, *, bins: int = 10, weight: ArrayLike | None = None
) -> ReliabilityTable:
    """Mean probability against bad rate in ``bins`` equal-frequency bins (fewer where ties fill several)."""
    return reliability_of(ranked(label, probabilities(probability), weight=weight), bins=bins)


def expected_calibration_error(
    label: ArrayLike, probability: ArrayLike, *, bins: int = 10, weight: ArrayLike | None = None
) -> float:
    """ECE = sum of (n_b / n) |bad rate_b - mean p_b| over equal-frequency bins (Naeini, Cooper and Hauskrecht 2015)."""
    return error_of(reliability_table(label, probability, bins=bins, weight=weight))


def error_of(table: ReliabilityTable) -> float:
    """ECE of a reliability table."""
    return float(np.average(np.abs(table.bad_rate - table.mean_probability), weights=table.weight))
