"""One declared comparison from end to end: split, difference, interval, and what could have been seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray
from credit_platform.statistics.bootstrap import entity_codes
from credit_platform.statistics.experiments.design import (
    SRM_LEVEL,
    minimum_detectable_difference,
    sample_ratio_mismatch,
)
from credit_platform.statistics.experiments.means import Arms, arms, compare_means, difference_effect
from credit_platform.statistics.experiments.proportions import compare_proportions
from credit_platform.statistics.experiments.sequential import always_valid_difference


class Planned:
    """Whether arms have the sizes that were planned."""

    split_p_value: float | None

    @property
    def is_split_broken(self) -> bool:
        """Whether the split is too unlikely to be luck; never where none was planned."""
        return self.split_p_value is not None and self.split_p_value < SRM_LEVEL


@dataclass(frozen=True)
class NotCompared(Planned):
    """Arms of which one is too small to be compared: why, and whether just that is against the plan."""

    why: str
    split_p_value: float | None

    @property
    def verdict(self) -> str:
        return f"{self.why}: not the planned sizes" if self.is_split_broken else self.why


@dataclass(frozen=True)
class ArmComparison(Planned):
    """Two arms and their difference (treatment - control); ``p_value`` is None for an interval that holds at any time.

    ``detectable``: smallest difference that so many rows and entities find 80% of the time. ``split_p_value`` is None
    where no split was planned.
    """

    control_rows: int
    treatment_rows: int
    control_mean: float
    treatment_mean: float
    difference: float
    low: float
    high: float
    p_value: float | None
    design_effect: float
    detectable: float
    split_p_value: float | None

    @property
    def verdict(self) -> str:
        if self.is_split_broken:
            return "not read: the arms have not the planned sizes"
        return "different" if self.low > 0 or self.high < 0 else "no difference shown"


def compare_arms(
    value: ArrayLike,
    is_treatment: ArrayLike,
    entity: AnyArray | None = None,
    *,
    control_share: float | None = None,
    planned_units: int | None = None,
    level: float = 0.95,
) -> ArmComparison:
    """Difference of means, or of rates where the outcome is 0 or 1, each (n,).

    Read once: Newcombe's interval with the design effect of the entities for rates, Welch's or the cluster-robust t for
    means. With ``planned_units`` the interval holds at any time (``sequential``). ``control_share`` is the planned
    split of entities (``split_p_value``).
    """
    both = arms(value, is_treatment, entity)
    deff = difference_effect(both.value, both.is_treatment, both.entity)
    low, high, p_value = _interval(both, entity, deff, planned_units, level)
    control, treatment = both.value[~both.is_treatment], both.value[both.is_treatment]
    spread = float(both.value.std())
    return ArmComparison(
        control_rows=control.size,
        treatment_rows=treatment.size,
        control_mean=float(control.mean()),
        treatment_mean=float(treatment.mean()),
        difference=float(treatment.mean() - control.mean()),
        low=low,
        high=high,
        p_value=p_value,
        design_effect=deff,
        detectable=spread * minimum_detectable_difference(control.size, treatment.size, level=level, deff=deff),
        split_p_value=split_p_value(both.is_treatment, both.entity, control_share=control_share),
    )


def _interval(
    both: Arms, entity: AnyArray | None, deff: float, planned_units: int | None, level: float
) -> tuple[float, float, float | None]:
    if planned_units is not None:
        always = always_valid_difference(
            both.value, both.is_treatment, both.entity, tightest_at=planned_units, level=level
        )
        return always.low, always.high, None
    if bool(((both.value == 0) | (both.value == 1)).all()):
        counts = [(int(both.value[arm].sum()), int(arm.sum())) for arm in (~both.is_treatment, both.is_treatment)]
        rates = compare_proportions(*counts, level=level, deff=deff)
        return rates.low, rates.high, rates.p_value
    means = compare_means(both.value, both.is_treatment, entity, level=level)
    return means.low, means.high, means.p_value


def split_p_value(
    is_treatment: ArrayLike, entity: AnyArray | None = None, *, control_share: float | None
) -> float | None:
    """p-value of the sizes of two arms under the planned split, also where one is empty; None where none was planned.

    Entities are assigned, not rows: each counts once, and not at all where it has rows in both arms.
    """
    if control_share is None:
        return None
    treated = np.asarray(is_treatment, dtype=bool)
    codes = entity_codes(entity, rows=treated.size)
    share = np.bincount(codes, weights=treated) / np.bincount(codes)
    return sample_ratio_mismatch(int((share == 0).sum()), int((share == 1).sum()), control_share=control_share)
