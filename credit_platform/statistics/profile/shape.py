"""The outline of a numeric column: a fine histogram between its outer percentiles."""

from dataclasses import dataclass

import numpy as np

from credit_platform.statistics.arrays import Floats

BINS = 32
SMALLEST_CELL = 5
"""Cells of fewer rows are not told."""
_TAIL = 0.005
_SKEWED = 20.0


@dataclass(frozen=True)
class Shape:
    """Rows in equal steps from ``low`` to ``high`` (of the value, or of its logarithm); small cells count 0.

    What lies outside, half a percent on either side, is counted in the outer steps.
    """

    low: float
    high: float
    is_log: bool
    counts: tuple[int, ...]


def shape(numbers: Floats) -> Shape | None:
    """Outline of the values present (n,); None where all are alike.

    The axis is logarithmic where every value is positive and the 99.5% quantile is over 20 times the median.
    """
    low, middle, high = (float(q) for q in np.quantile(numbers, [_TAIL, 0.5, 1 - _TAIL]))
    if not low < high:
        low, high = float(numbers.min()), float(numbers.max())
    if not low < high or not np.isfinite(high - low):
        return None
    is_log = low > 0 and high > _SKEWED * middle
    placed = np.log(np.clip(numbers, low, high)) if is_log else np.clip(numbers, low, high)
    counts, _ = np.histogram(placed, bins=BINS, range=(float(placed.min()), float(placed.max())))
    return Shape(low, high, is_log, tuple(int(c) if c >= SMALLEST_CELL else 0 for c in counts))
