"""Intervals of a share."""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import Floats


class Bounds(NamedTuple):
    """Lower and upper bound, each of the shape of what was counted."""

    low: Floats
    high: Floats


def wilson_interval(events: ArrayLike, rows: ArrayLike, *, level: float = 0.95) -> Bounds:
    """Score interval of events / rows (Wilson 1927): (2np + z^2 -+ z sqrt(z^2 + 4np(1-p))) / 2(n + z^2).

    Both arguments may be arrays of one shape; (0, 1) where there are no rows.
    """
    x, n = np.asarray(events, dtype=np.float64), np.asarray(rows, dtype=np.float64)
    if (x < 0).any() or (x > n).any():
        raise ValueError(f"wilson interval: found events {x} of rows {n}, expected 0 <= events <= rows")
    z = float(scipy.stats.norm.ppf((1 + level) / 2))
    rate = np.divide(x, n, out=np.zeros_like(x * n), where=n > 0)
    middle, half = 2 * n * rate + z**2, z * np.sqrt(z**2 + 4 * n * rate * (1 - rate))
    # At 0 and n events the exact bound is 0 and 1; the formula misses them by rounding alone.
    low = np.where(x == 0, 0.0, (middle - half) / (2 * (n + z**2)))
    high = np.where(x == n, 1.0, (middle + half) / (2 * (n + z**2)))
    return Bounds(low, high)
