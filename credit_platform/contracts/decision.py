"""One scored record."""

from typing import Literal

from credit_platform.contracts.base import Frozen
from credit_platform.contracts.release import Grade, Override

ReasonsWanted = Literal["adverse", "all", "none"]
"""Whose reasons are worked out: of those that are declined, as regulation asks for, of every record, or of nobody."""

Role = Literal["champion", "challenger", "shadow"]
"""What a release was when it decided: in force, given a share of the traffic, or only asked beside."""


class ReasonGiven(Frozen):
    """A principal reason of this decision; contribution in log-odds of bad, above zero is adverse."""

    code: str
    wording: str
    contribution: float


class ModelUsed(Frozen):
    """Which release made a decision, who signed it, and the override that it is in force by, if it is by one."""

    use_case: str
    release_id: str
    role: Role = "champion"
    algorithm: str
    grade: Grade
    override: Override | None


class Decision(Frozen):
    """What one unit was given: prediction 1 is bad (decline), probability of bad, points (higher is better)."""

    key: str
    prediction: int
    probability: float
    score: int
    band: str
    reasons: tuple[ReasonGiven, ...] = ()
    warnings: tuple[str, ...] = ()
