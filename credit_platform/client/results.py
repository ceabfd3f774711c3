"""An answer of the scorer, typed; fields that a newer scorer adds are left aside."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict

from credit_platform.contracts.decision import ModelUsed, ReasonGiven


class Scored(BaseModel):
    """One decision: prediction 1 is bad (decline), probability of bad, points (higher is better)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    decision_id: str
    prediction: int
    probability: float
    score: int
    band: str
    reasons: tuple[ReasonGiven, ...]
    warnings: tuple[str, ...]
    model: ModelUsed
    state_as_of: dict[str, dt.date | None]
    input: dict[str, Any] | None = None
