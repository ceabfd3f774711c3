"""Concept drift: whether matured outcomes still follow the probabilities that were given before them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, labels, probabilities, same_length, weights
from credit_platform.statistics.bootstrap import entity_codes
from credit_platform.statistics.discrimination import auc
from credit_platform.statistics.multiplicity import benjamini_hochberg

MATERIAL_RATIO = 1.2
"""Observed bads below 1/1.2 or above 1.2 times the expected ones matter."""
MATERIAL_BRIER = 0.02
"""Relative rise of the Brier score over the one that true probabilities would have."""
MATERIAL_AUC = 0.03


@dataclass(frozen=True)
class ReferenceAuc:
    """AUC of the release on its test rows, with the ends of its 95% interval (None where unknown)."""

    value: float
    low: float | None
    high: float | None

    @property
    def error(self) -> float:
        """Standard error; 0 where the interval is unknown."""
        return 0.0 if self.low is None or self.high is None else (self.high - self.low) / (2 * 1.96)


@dataclass(frozen=True)
class ConceptResult:
    """One statistic of a window of matured units: its value, what was expected, and the value from which it alarms."""

    statistic: str
    value: float
    expected: float
    threshold: float
    p_value: float
    is_material: bool
    is_alarm: bool = False


def concept_tests(
    label: ArrayLike,
    probability: ArrayLike,
    *,
    reference: ReferenceAuc,
    entity: AnyArray | Sequence[object] | None = None,
    weight: ArrayLike | None = None,
    level: float,
) -> tuple[ConceptResult, ...]:
    """Calibration, Brier score and AUC of matured labels (n,), judged together at ``level`` (Benjamini-Hochberg).

    calibration: observed over expected bads, two-sided, variance of the sum of residuals by whole entities (Liang and
    Zeger 1986) where that is larger. brier: Spiegelhalter's z (1986), one-sided: worse than true probabilities would
    be. auc: below the release's own, Hanley and McNeil's variance (1982) plus that of the reference; counted by
    ``weight`` (n,), all one where None, which is to be what the release's own was counted by.
    Both classes must be there (OneClassError).
    """
    y, p = labels(label), np.clip(probabilities(probability), 1e-6, 1 - 1e-6)
    same_length(label=y, probability=p)
    w = weights(weight, rows=y.size)
    deff = _design_effect(y - p, p, entity)
    found = (_calibration(y, p, deff, level), _brier(y, p, deff, level), _auc(y, p, w, deff, reference, level))
    rejected = benjamini_hochberg(np.array([r.p_value if r.is_material else 1.0 for r in found]), level)
    return tuple(replace(r, is_alarm=bool(is_on)) for r, is_on in zip(found, rejected, strict=True))


def _design_effect(residual: Floats, p: Floats, entity: AnyArray | Sequence[object] | None) -> float:
    """How many times the variance of the sum of residuals exceeds that of independent units; at least 1."""
    codes = entity_codes(entity, rows=residual.size)
    sums = np.bincount(codes, weights=residual)
    return max(1.0, float((sums**2).sum() / (p * (1 - p)).sum()))


def _calibration(y: Floats, p: Floats, deff: float, level: float) -> ConceptResult:
    expected, error = float(p.sum()), float(np.sqrt(deff * (p * (1 - p)).sum()))
    z = (float(y.sum()) - expected) / error
    ratio = float(y.sum()) / expected
    side = 1.0 if z >= 0 else -1.0
    limit = 1 + side * float(scipy.stats.norm.isf(level / 2)) * error / expected
    is_material = ratio > MATERIAL_RATIO or ratio < 1 / MATERIAL_RATIO
    return ConceptResult("calibration", ratio, 1.0, limit, float(2 * scipy.stats.norm.sf(abs(z))), is_material)


def _brier(y: Floats, p: Floats, deff: float, level: float) -> ConceptResult:
    expected = float((p * (1 - p)).mean())
    error = float(np.sqrt(deff * ((1 - 2 * p) ** 2 * p * (1 - p)).sum())) / y.size
    value = float(((y - p) ** 2).mean())
    p_value = float(scipy.stats.norm.sf((value - expected) / error)) if error > 0 else 1.0
    limit = expected + float(scipy.stats.norm.isf(level)) * error
    return ConceptResult("brier", value, expected, limit, p_value, value > (1 + MATERIAL_BRIER) * expected)


def _auc(y: Floats, p: Floats, w: Floats, deff: float, reference: ReferenceAuc, level: float) -> ConceptResult:
    value, a = auc(y, p, weight=w), reference.value
    bads, goods = float(y.sum()), float(y.size - y.sum())
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    variance = (a * (1 - a) + (bads - 1) * (q1 - a**2) + (goods - 1) * (q2 - a**2)) / (bads * goods)
    error = float(np.sqrt(deff * variance + reference.error**2))
    p_value = float(scipy.stats.norm.sf((a - value) / error)) if error > 0 else 1.0
    limit = a - float(scipy.stats.norm.isf(level)) * error
    return ConceptResult("auc", value, a, limit, p_value, a - value > MATERIAL_AUC)
