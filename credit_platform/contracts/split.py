"""How a portfolio's labelled units become four samples, each of them used once."""

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from credit_platform.contracts.base import Frozen


class TimeSplit(Frozen):
    """Four windows of decision dates in order, each unit used only if its label is final by then.

    Members and meta-model learn from before ``calibration_from`` (labels final before that day), the calibrator from
    then on, candidate and cut-off are chosen from ``selection_from`` on (labels of both final before ``oot_from``,
    when both are made), and the out-of-time window up to ``oot_until`` is read once. All ``_from`` are first days of
    their window; ``oot_until`` and ``history_until`` are last days. Folds inside training expand in time as well,
    unless ``expanding`` is false: ``folds`` periods, each scored by models of the labels that were final before it,
    customers dealt into ``entity_groups`` so that none is on both sides (``folds`` times ``entity_groups`` models).
    """

    kind: Literal["time"]
    column: str
    history_until: dt.date
    calibration_from: dt.date
    selection_from: dt.date
    oot_from: dt.date
    oot_until: dt.date
    folds: int = Field(default=2, ge=2, le=20)
    entity_groups: int = Field(default=4, ge=2, le=20)
    expanding: bool = True
    population: str = "oot"

    @model_validator(mode="after")
    def _ordered(self) -> "TimeSplit":
        opening = self.calibration_from < self.selection_from < self.oot_from
        if not opening or not self.oot_from <= self.oot_until <= self.history_until:
            raise ValueError(
                f"split: found calibration_from {self.calibration_from}, selection_from {self.selection_from}, "
                f"oot_from {self.oot_from}, oot_until {self.oot_until} and history_until {self.history_until}, "
                "expected them in this order; correct the dates"
            )
        return self


class StratifiedSplit(Frozen):
    """For a portfolio without time or entity: disjoint stratified shares of all rows, named so in every metric."""

    kind: Literal["stratified"]
    test_share: float = Field(default=0.25, gt=0, lt=1)
    calibration_share: float = Field(default=0.15, gt=0, lt=1)
    selection_share: float = Field(default=0.15, gt=0, lt=1)
    folds: int = Field(default=5, ge=2, le=20)
    seed: int = 7
    population: str = "stratified"

    @model_validator(mode="after")
    def _leaves_training_rows(self) -> "StratifiedSplit":
        held_out = self.test_share + self.calibration_share + self.selection_share
        if held_out >= 1:
            raise ValueError(
                f"split: test_share, calibration_share and selection_share add up to {held_out:.2f}, expected less "
                "than 1, so that rows are left to train on; lower them"
            )
        return self
