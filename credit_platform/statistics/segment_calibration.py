"""Whether probabilities mean what they say within each segment: one that is right overall can be wrong in all parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, labels, probabilities, same_length, weights
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap
from credit_platform.statistics.calibration import expected_calibration_error

FEWEST = 20
"""Bads, and goods, that a segment needs: with 20 the standard error of its bad rate is 22% of it."""
_BINS = 5


@dataclass(frozen=True, kw_only=True)
class SegmentCalibration:
    """One segment; ``gap`` is its bad rate minus its mean probability, 95% by resampling whole entities.

    ``gap`` and ``expected_calibration_error`` (five equal-frequency bins) are None where the segment has too few bads
    or goods to say anything. ``rows`` and ``bads`` are counts; everything else is weighted where rows weigh.
    """

    segment: str
    rows: int
    bads: int
    mean_probability: float
    bad_rate: float
    gap: Interval | None
    expected_calibration_error: float | None

    @property
    def is_judged(self) -> bool:
        return self.gap is not None

    @property
    def is_off(self) -> bool:
        """The interval of the gap does not hold zero."""
        return self.gap is not None and (self.gap.is_above_zero or self.gap.is_below_zero)


def calibration_by_segment(
    label: ArrayLike,
    probability: ArrayLike,
    segment: AnyArray,
    *,
    entity: AnyArray | None,
    seed: int,
    count: int = 200,
    weight: ArrayLike | None = None,
) -> tuple[SegmentCalibration, ...]:
    """Every value of ``segment`` (n,), most rows first, of labels and probabilities of bad (n,)."""
    y, p = labels(label), probabilities(probability)
    same_length(label=y, probability=p, segment=segment)
    w = weights(weight, rows=y.size)
    values, place, rows = np.unique(segment.astype(str), return_inverse=True, return_counts=True)
    found = []
    for number in np.argsort(-rows, kind="stable").tolist():
        inside = place == number
        bads, goods = int(y[inside].sum()), int((1 - y[inside]).sum())
        gap = error = None
        if min(bads, goods) >= FEWEST:
            of = None if entity is None else entity[inside]
            gap = entity_bootstrap(_gap, (y[inside] - p[inside], w[inside]), of, count=count, seed=seed)["gap"]
            error = expected_calibration_error(y[inside], p[inside], bins=_BINS, weight=w[inside])
        found.append(
            SegmentCalibration(
                segment=str(values[number]),
                rows=bads + goods,
                bads=bads,
                mean_probability=float(np.average(p[inside], weights=w[inside])),
                bad_rate=float(np.average(y[inside], weights=w[inside])),
                gap=gap,
                expected_calibration_error=error,
            )
        )
    return tuple(found)


def _gap(difference: Floats, weight: Floats) -> dict[str, float]:
    return {"gap": float(np.average(difference, weights=weight))}
