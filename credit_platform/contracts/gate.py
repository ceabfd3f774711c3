"""Gates: bounds on what is measured of a candidate, declared per use case."""

from typing import Literal

from pydantic import model_validator

from credit_platform.contracts.base import Frozen

Metric = Literal[
    "auc",
    "gini",
    "ks",
    "brier",
    "log_loss",
    "f1",
    "average_precision",
    "calibration_slope",
    "calibration_intercept",
    "expected_calibration_error",
]
"""Of one scored sample, with an interval, for every contender of the leaderboard."""
FairnessMetric = Literal["fairness_selection_ratio", "fairness_opportunity_gap", "fairness_calibration_gap"]
FAIRNESS = "fairness_"
"""How the names of metrics begin that compare the groups of protected attributes."""
GateMetric = Metric | FairnessMetric | Literal["auc_lift", "auc_lift_p_value", "worst_month_auc", "score_psi"]
"""What a gate may bound. Against the champion on the same test rows, by a paired test that knows entities: the gain in
AUC and the one-sided p-value of no gain. Over time: the lowest AUC of a month of the test rows, and the PSI of their
scores against those of the selection rows."""

JUDGED_BY: dict[str, str] = {
    "fairness_selection_ratio": "upper end of the lowest interval",
    "fairness_opportunity_gap": "distance of the furthest interval from 0",
    "fairness_calibration_gap": "distance of the furthest interval from 0",
}
"""What a gate looks at where it is not an estimate: groups are judged by what is beyond doubt."""


class Gate(Frozen):
    """A bound on one metric of the candidate, on the population that the split declares."""

    metric: GateMetric
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Gate":
        if self.minimum is None and self.maximum is None:
            raise ValueError(f"gate on {self.metric!r} names neither minimum nor maximum; give it one, or remove it")
        return self

    @property
    def is_of_fairness(self) -> bool:
        """Whether groups of protected attributes are compared, and not the leaderboard's rows measured."""
        return self.metric.startswith(FAIRNESS)

    @property
    def measure(self) -> str:
        """The metric, and what of it is judged where that is not its estimate."""
        return f"{self.metric} ({JUDGED_BY[self.metric]})" if self.metric in JUDGED_BY else self.metric

    @property
    def bounds(self) -> str:
        """``at least 0.7``."""
        bounds = {"at least": self.minimum, "at most": self.maximum}
        return " and ".join(f"{word} {value:g}" for word, value in bounds.items() if value is not None)

    @property
    def rule(self) -> str:
        """The bound in words: ``auc at least 0.7``."""
        return f"{self.measure} {self.bounds}"
