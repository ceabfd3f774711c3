"""Means of two arms, by row and by whole clusters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, dot, floats, same_length
from credit_platform.statistics.bootstrap import entity_codes


@dataclass(frozen=True)
class MeanComparison:
    """Means of control and treatment and their difference (treatment - control) with a t interval."""

    control_rows: int
    treatment_rows: int
    control_mean: float
    treatment_mean: float
    difference: float
    standard_error: float
    dof: float
    low: float
    high: float
    p_value: float
    level: float

    @property
    def is_significant(self) -> bool:
        return self.p_value < 1 - self.level


@dataclass(frozen=True)
class Arms:
    """Values and arm of every row, (n,) each, and the entity of each as 0..e-1."""

    value: Floats
    is_treatment: AnyArray
    entity: AnyArray

    @property
    def influence(self) -> Floats:
        """What each row adds to the error of the difference of means: (y - mean of its arm) / rows of its arm."""
        out = np.empty_like(self.value)
        for chosen, sign in ((self.is_treatment, 1.0), (~self.is_treatment, -1.0)):
            out[chosen] = sign * (self.value[chosen] - self.value[chosen].mean()) / chosen.sum()
        return out

    @property
    def cluster_variance(self) -> float:
        """Variance of the difference when whole entities are drawn: G / (G - 1) sum of U_e^2, U the sum of influence.

        Source: Liang and Zeger 1986, in the notation of Cameron and Miller 2015, section II; an entity with rows in
        both arms counts once.
        """
        sums: Floats = np.bincount(self.entity, weights=self.influence).astype(np.float64)
        return dot(sums, sums) * sums.size / (sums.size - 1)


def arms(value: ArrayLike, is_treatment: ArrayLike, entity: AnyArray | Sequence[object] | None = None) -> Arms:
    """Checked arms; ValueError where one holds fewer than two rows or all rows are of one entity."""
    y, treated = floats(value, name="outcome"), np.asarray(is_treatment, dtype=bool)
    same_length(outcome=y, is_treatment=treated)
    rows = int((~treated).sum()), int(treated.sum())
    codes = entity_codes(entity, rows=y.size)
    if min(rows) < 2 or codes.max() == 0:
        raise ValueError(
            f"experiment: found {rows[0]} control and {rows[1]} treatment rows of {codes.max() + 1} entities, expected "
            "two rows at least in each arm and two entities"
        )
    return Arms(y, treated, codes)


def compare_means(
    value: ArrayLike,
    is_treatment: ArrayLike,
    entity: AnyArray | Sequence[object] | None = None,
    *,
    level: float = 0.95,
) -> MeanComparison:
    """Difference of means: Welch's t without entities, cluster-robust with them (as many dof as entities less two).

    Source: Welch 1947, dof = (v1 + v2)^2 / (v1^2 / (n1 - 1) + v2^2 / (n2 - 1)) with v = s^2 / n; Cameron and Miller
    2015, section II.
    """
    both = arms(value, is_treatment, entity)
    control, treatment = both.value[~both.is_treatment], both.value[both.is_treatment]
    if entity is None:
        v = control.var(ddof=1) / control.size, treatment.var(ddof=1) / treatment.size
        parts = v[0] ** 2 / (control.size - 1) + v[1] ** 2 / (treatment.size - 1)
        variance, dof = float(sum(v)), float(sum(v) ** 2 / parts) if parts else float(both.value.size - 2)
    else:
        variance, dof = both.cluster_variance, float(max(1, both.entity.max() - 1))
    difference, error = float(treatment.mean() - control.mean()), float(np.sqrt(variance))
    half = error * float(scipy.stats.t.ppf((1 + level) / 2, dof))
    # Two constant arms differ for certain or not at all.
    p = float(2 * scipy.stats.t.sf(abs(difference) / error, dof)) if error else float(difference == 0)
    return MeanComparison(
        control_rows=control.size,
        treatment_rows=treatment.size,
        control_mean=float(control.mean()),
        treatment_mean=float(treatment.mean()),
        difference=difference,
        standard_error=error,
        dof=dof,
        low=difference - half,
        high=difference + half,
        p_value=p,
        level=level,
    )


def difference_effect(value: ArrayLike, is_treatment: ArrayLike, entity: AnyArray | Sequence[object]) -> float:
    """Design effect of a difference of means or rates: its variance by entities over that by rows, at least 1."""
    both = arms(value, is_treatment, entity)
    by_row = dot(both.influence, both.influence)
    return max(1.0, both.cluster_variance / by_row) if by_row else 1.0
