"""How a use case is watched: which segments are judged apart, and when an incident ends."""

from pydantic import Field

from credit_platform.contracts.base import Frozen


class Monitoring(Frozen):
    """Segments are columns of the inputs model whose values are judged apart (country, product)."""

    segments: tuple[str, ...] = ()
    minimum_rows: int = Field(default=100, ge=20)
    """A segment with fewer rows on a day is named as too small and not judged."""
    calm_days: int = Field(default=3, ge=1)
    """Scored days without an alarm after which an incident is closed; fewer would let a noisy week open several."""
    false_incidents_a_year: float = Field(default=1.0, gt=0)
    """What chance alone may open: a night's level is this over 365, shared by all columns and segments."""
    evidently: bool = False
    """Adds the report of that library as an asset of its own."""
