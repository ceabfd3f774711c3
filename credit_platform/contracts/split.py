"""How a portfolio's labelled units become training and test rows."""

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from credit_platform.contracts.base import Frozen


class TimeSplit(Frozen):
    """Train on units whose label is final before the out-of-time window opens; test inside the window."""

    kind: Literal["time"]
    column: str
    history_until: dt.date
    oot_from: dt.date
    oot_until: dt.date
    folds: int = Field(default=5, ge=2, le=20)
    population: str = "oot"

    @model_validator(mode="after")
    def _ordered(self) -> "TimeSplit":
        if not self.oot_from <= self.oot_until <= self.history_until:
            raise ValueError(
                f"split: found oot_from {self.oot_from}, oot_until {self.oot_until} and history_until "
                f"{self.history_until}, expected them in this order; correct the dates"
            )
        return self


class StratifiedSplit(Frozen):
    """For a portfolio without time or entity: a stratified hold-out, named so in every metric."""

    kind: Literal["stratified"]
    test_share: float = Field(default=0.25, gt=0, lt=1)
    folds: int = Field(default=5, ge=2, le=20)
    seed: int = 7
    population: str = "stratified"
