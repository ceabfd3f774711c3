"""Event rates of two arms."""

from dataclasses import dataclass

import numpy as np
import scipy

from credit_platform.statistics.proportions import wilson_interval


@dataclass(frozen=True)
class ProportionComparison:
    """Event rates of control and treatment with Wilson intervals, and their difference (treatment - control)."""

    control_rows: int
    treatment_rows: int
    control_rate: float
    treatment_rate: float
    control_interval: tuple[float, float]
    treatment_interval: tuple[float, float]
    difference: float
    low: float
    high: float
    p_value: float
    level: float

    @property
    def is_significant(self) -> bool:
        return self.p_value < 1 - self.level


def compare_proportions(
    control: tuple[int, int], treatment: tuple[int, int], *, level: float = 0.95, deff: float = 1.0
) -> ProportionComparison:
    """Compare (events, rows) of two arms.

    Interval: Newcombe 1998 method 10 (hybrid of the Wilson bounds); p-value: pooled two-proportion z-test. ``deff``
    divides the rows where units come in clusters (several loans of one customer).
    """
    (x1, n1), (x2, n2) = control, treatment
    if min(n1, n2) <= 0:
        raise ValueError(f"experiment: found {n1} control and {n2} treatment rows, expected at least one in each arm")
    p1, p2 = x1 / n1, x2 / n2
    l1, u1 = (float(b) for b in wilson_interval(x1 / deff, n1 / deff, level=level))
    l2, u2 = (float(b) for b in wilson_interval(x2 / deff, n2 / deff, level=level))
    pooled = (x1 + x2) / (n1 + n2)
    spread = float(np.sqrt(deff * pooled * (1 - pooled) * (1 / n1 + 1 / n2)))
    return ProportionComparison(
        control_rows=n1,
        treatment_rows=n2,
        control_rate=p1,
        treatment_rate=p2,
        control_interval=(l1, u1),
        treatment_interval=(l2, u2),
        difference=p2 - p1,
        low=p2 - p1 - float(np.hypot(p2 - l2, u1 - p1)),
        high=p2 - p1 + float(np.hypot(u2 - p2, p1 - l1)),
        p_value=float(2 * scipy.stats.norm.sf(abs(p2 - p1) / spread)) if spread else 1.0,
        level=level,
    )
