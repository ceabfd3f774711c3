"""What a probability becomes: points, a band, a decision and its reasons."""

from typing import Literal

from pydantic import Field, model_validator

from credit_platform.contracts.base import Frozen


class Band(Frozen):
    """Named score range, from its lowest score upwards."""

    name: str
    minimum: int | None = None


class ScoreScale(Frozen):
    """Points: ``base_points`` at ``base_odds`` good:bad, ``points_to_double`` more for twice the odds."""

    base_points: float = 600
    base_odds: float = Field(default=30, gt=0)
    points_to_double: float = Field(default=20, gt=0)
    bands: tuple[Band, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _bands_descend(self) -> "ScoreScale":
        floors = [band.minimum for band in self.bands]
        inner = [floor for floor in floors[:-1] if floor is not None]
        if floors[-1] is not None or len(inner) != len(floors) - 1 or inner != sorted(set(inner), reverse=True):
            raise ValueError(
                f"score: found bands with minimum {floors}, expected falling minima and a last band without one; "
                "order them from the best score down"
            )
        return self


class CutOff(Frozen):
    """How the decline threshold is chosen: least expected cost per unit, or best F1."""

    objective: Literal["cost", "f1"] = "cost"
    cost_of_accepted_bad: float = Field(default=5, gt=0)
    cost_of_declined_good: float = Field(default=1, gt=0)


class Reason(Frozen):
    """One reason code and the features whose contributions it sums."""

    code: str
    wording: str
    features: tuple[str, ...] = Field(min_length=1)


MOST_REASONS = 4
"""Regulation B, 12 CFR 1002.9, official comment 9(b)(2)-1: more than four reasons is not likely to help."""


class Actionable(Frozen):
    """A number of the request that an applicant can change, and which way; numbers in ``together`` keep their share
    of it (half of the amount is half of what is funded of it)."""

    field: str
    direction: Literal["lower", "higher", "either"]
    together: tuple[str, ...] = ()
