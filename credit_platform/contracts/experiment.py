"""A comparison that a use case declares."""

from pydantic import Field

from credit_platform.contracts.base import Frozen, Name


class Experiment(Frozen):
    """An A/B comparison between two values of a feature, of the bad rate or of the mean of another feature.

    ``control_share`` is the planned split of entities, checked for a mismatch; without one nothing was assigned and
    nothing is checked. ``planned_units`` asks for intervals that hold at every look, tightest at so many entities.
    """

    name: Name
    column: str
    control: str
    treatment: str
    measure: str | None = None
    control_share: float | None = Field(default=None, gt=0, lt=1)
    planned_units: int | None = Field(default=None, ge=100)
