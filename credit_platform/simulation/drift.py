"""Changes of the business that can be switched on from a date, to see whether the platform notices."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

from credit_platform.simulation.errors import SimulationError

DriftKind = Literal["amount_shift", "risk_up", "new_lender", "mix_shift"]
DRIFT_KINDS: tuple[DriftKind, ...] = get_args(DriftKind)


@dataclass(frozen=True)
class Drift:
    """One change and its first day; it stays in force from then on."""

    kind: DriftKind
    first_day: dt.date

    def __str__(self) -> str:
        return f"{self.kind}@{self.first_day.isoformat()}"


@dataclass(frozen=True)
class Effects:
    """How one day departs from the business of the history; the defaults are no drift at all."""

    amount_factor: float = 1.0
    """Multiplies every amount, so also their median."""
    log_odds: float = 0.0
    """Added to the log-odds of bad: a changed relation between features and outcome."""
    unseen_lender_share: float = 0.0
    """Share of applications that come from a lender that history does not know."""
    longer_term_share: float = 0.0
    """Share of loans moved to a longer product."""


def effects_on(day: dt.date, drift: tuple[Drift, ...]) -> Effects:
    """The sum of all drifts in force on a day."""
    kinds = {each.kind for each in drift if each.first_day <= day}
    return Effects(
        amount_factor=1.4 if "amount_shift" in kinds else 1.0,
        log_odds=1.0 if "risk_up" in kinds else 0.0,
        unseen_lender_share=0.15 if "new_lender" in kinds else 0.0,
        longer_term_share=0.35 if "mix_shift" in kinds else 0.0,
    )


def parse_drift(text: str) -> Drift:
    """Read ``KIND@DATE``, for example ``amount_shift@2022-12-03``.

    Raises:
        SimulationError: the kind is unknown, or the date is not YYYY-MM-DD.
    """
    kind, _, day = text.partition("@")
    known = next((each for each in DRIFT_KINDS if each == kind), None)
    if known is None:
        raise SimulationError(
            f"drift {text!r}: unknown kind {kind!r}, expected one of {', '.join(DRIFT_KINDS)}; "
            "write KIND@DATE, for example amount_shift@2022-12-03"
        )
    try:
        return Drift(kind=known, first_day=dt.date.fromisoformat(day))
    except ValueError as error:
        raise SimulationError(
            f"drift {text!r}: {day!r} is not a date; write {kind}@YYYY-MM-DD, for example {kind}@2022-12-03"
        ) from error
