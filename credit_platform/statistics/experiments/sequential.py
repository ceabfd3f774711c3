"""Intervals that hold at every look: an experiment may be read each morning and stopped when its answer is clear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, floats
from credit_platform.statistics.bootstrap import entity_codes
from credit_platform.statistics.experiments.means import arms

_CAPITAL_AT_RISK = 0.5
"""Largest part of the capital that one bet may lose (c in Waudby-Smith and Ramdas 2024, section 4.4)."""
_STEPS = 40


@dataclass(frozen=True)
class AlwaysValid:
    """An estimate with an interval that covers the truth at all times at once with probability ``level``."""

    estimate: float
    low: float
    high: float
    level: float
    rows: int

    @property
    def is_significant(self) -> bool:
        return self.low > 0 or self.high < 0


def always_valid_factor(looks: float, *, tightest_at: float, level: float = 0.95) -> float:
    """By how many standard errors a confidence sequence is wide after so many independent units.

    sqrt(2 (t r^2 + 1) / (t r^2) ln(sqrt(t r^2 + 1) / alpha)), r^2 = (-2 ln alpha + ln(1 - 2 ln alpha)) / t*: Robbins'
    normal mixture, narrowest at about t* units. Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024,
    Time-uniform central limit theory and asymptotic confidence sequences, theorem 2.2 and appendix B.2.
    """
    alpha = 1 - level
    scaled = looks * (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / tightest_at
    return float(np.sqrt(2 * (scaled + 1) / scaled * np.log(np.sqrt(scaled + 1) / alpha)))


def always_valid_difference(
    value: ArrayLike,
    is_treatment: ArrayLike,
    entity: AnyArray | None = None,
    *,
    tightest_at: float,
    level: float = 0.95,
) -> AlwaysValid:
    """Difference of means or rates (treatment - control) as an asymptotic confidence sequence, whole entities as units.

    ``tightest_at`` is the planned number of units; coverage does not depend on it. The first hundred units or so are
    too few for the law of large samples: look from there on.
    """
    both = arms(value, is_treatment, entity)
    treated = both.is_treatment
    difference = float(both.value[treated].mean() - both.value[~treated].mean())
    factor = always_valid_factor(float(both.entity.max() + 1), tightest_at=tightest_at, level=level)
    half = factor * float(np.sqrt(both.cluster_variance))
    return AlwaysValid(difference, difference - half, difference + half, level, both.value.size)


def always_valid_mean(
    value: ArrayLike, entity: AnyArray | None = None, *, tightest_at: float, level: float = 0.95
) -> AlwaysValid:
    """A mean as an asymptotic confidence sequence, whole entities as units (paired differences, for one)."""
    y = floats(value, name="outcome")
    codes = entity_codes(entity, rows=y.size)
    sums = np.bincount(codes, weights=(y - y.mean()) / y.size)
    if sums.size < 2:
        raise ValueError(f"confidence sequence: found {y.size} rows of {sums.size} entities, expected two entities")
    error = float(np.sqrt((sums**2).sum() * sums.size / (sums.size - 1)))
    half = error * always_valid_factor(float(sums.size), tightest_at=tightest_at, level=level)
    return AlwaysValid(float(y.mean()), float(y.mean()) - half, float(y.mean()) + half, level, y.size)


def betting_interval(
    value: ArrayLike, *, lowest: float = 0.0, highest: float = 1.0, level: float = 0.95
) -> AlwaysValid:
    """A mean of bounded independent values in their order of arrival; exact at every look, from the first row on.

    A mean m is left out once half the capital of bets that the mean is higher, prod(1 + l (x - m)), or lower,
    prod(1 - l (x - m)), ever reaches 1 / alpha, with l from the values before (predictable plug-in). Source:
    Waudby-Smith and Ramdas 2024, Estimating means of bounded random variables by betting, theorem 3 and equation 26.
    Both capitals are monotone in m, so each end is found by bisection.
    """
    x = (floats(value, name="outcome") - lowest) / (highest - lowest)
    if x.min() < 0 or x.max() > 1:
        raise ValueError(f"betting interval: found values beyond {lowest} to {highest}; name the bounds of the outcome")
    bets, wall = _bets(x, 1 - level), np.log(2 / (1 - level))
    low, high = _lowest_mean(x, bets, wall), 1 - _lowest_mean(1 - x, bets, wall)
    mean = float(x.mean())
    # Values of no single mean may leave out every mean; the estimate then stays alone.
    found, below, above = (lowest + part * (highest - lowest) for part in (mean, min(low, mean), max(high, mean)))
    return AlwaysValid(found, below, above, level, x.size)


def _lowest_mean(x: Floats, bets: Floats, wall: float) -> float:
    """Smallest mean against which bets that the truth is higher never won the wall (log capital)."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        stake = np.minimum(bets, _CAPITAL_AT_RISK / middle)
        won = np.cumsum(np.log1p(stake * (x - middle))).max() >= wall
        low, high = (middle, high) if won else (low, middle)
    return low


def _bets(x: Floats, alpha: float) -> Floats:
    """sqrt(2 ln(2 / alpha) / (s^2 t ln(t + 1))), s^2 of the values before row t, (n,)."""
    t = np.arange(1, x.size + 1)
    mean = (0.5 + np.cumsum(x)) / (t + 1)
    variance = (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    return np.sqrt(2 * np.log(2 / alpha) / (before * t * np.log(t + 1)))
