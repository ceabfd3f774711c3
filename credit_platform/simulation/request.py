"""What a simulation is asked for and what it reports back."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from credit_platform.simulation.drift import Drift
from credit_platform.simulation.errors import SimulationError

FEWEST_ROWS = 500
"""Below this the customers of the first months are too few for repeat business."""


@dataclass(frozen=True)
class Policy:
    """Shares of a day's applications that are declined, and of those that are approved at random to learn from."""

    declined_share: float = 0.0
    explored_share: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.declined_share < 1 and 0 <= self.explored_share <= 1):
            raise SimulationError(
                f"simulation: declined share {self.declined_share} and explored share {self.explored_share}, expected "
                "from 0 to below 1 and from 0 to 1"
            )


NOBODY_DECLINED = Policy()


@dataclass(frozen=True)
class SimulationRequest:
    """History of ``rows`` applications before ``first_day``, then ``days`` daily files from it on."""

    rows: int
    first_day: dt.date
    days: int
    seed: int
    folder: Path
    drift: tuple[Drift, ...] = ()
    policy: Policy = NOBODY_DECLINED

    def __post_init__(self) -> None:
        for name, found, least in (("rows", self.rows, FEWEST_ROWS), ("days", self.days, 1), ("seed", self.seed, 0)):
            if found < least:
                raise SimulationError(f"simulation: {name} is {found}, expected at least {least}; ask for more")
        for drift in self.drift:
            if not self.first_day <= drift.first_day <= self.last_day:
                raise SimulationError(
                    f"simulation: drift {drift} starts outside the daily files {self.first_day} to {self.last_day}; "
                    "history never drifts: choose a date among those days, or ask for more days"
                )

    @property
    def last_day(self) -> dt.date:
        return self.first_day + dt.timedelta(days=self.days - 1)


@dataclass(frozen=True)
class SimulationSummary:
    """What was written. Rates are per approved row; ``mean_true_pd`` is their expectation under the simulator."""

    use_case: str
    folder: Path
    history_rows: int
    daily_rows: tuple[tuple[dt.date, int], ...]
    outcome_rows: tuple[tuple[dt.date, int], ...]
    customers: int
    bad_rate: float
    mean_true_pd: float
    files: tuple[Path, ...]
    declined_rows: int = 0
    """Applications without an outcome, whose truth is kept."""
