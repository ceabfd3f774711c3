"""Incidents: runs of alarming days that end after enough calm ones."""

import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class WatchedDay:
    """One judged day and what alarmed on it; nothing alarmed: a calm day. Days without rows are not watched."""

    day: dt.date
    alarmed: tuple[str, ...]


@dataclass(frozen=True)
class Incident:
    """From its first alarming day to the calm day that closed it; ``alarmed`` gathers what alarmed meanwhile."""

    opened: dt.date
    last_alarm: dt.date
    alarmed_days: int
    alarmed: tuple[str, ...]
    calm_days: int = 0
    closed: dt.date | None = None

    @property
    def is_open(self) -> bool:
        return self.closed is None


def incidents_of(days: Iterable[WatchedDay], *, calm_days: int) -> list[Incident]:
    """Every incident of the days, oldest first, whatever order the days are given in.

    The first alarm opens one, further alarms belong to it, ``calm_days`` judged days in a row without an alarm close
    it, and an alarm after that opens a new one. ValueError for a day that is given twice.
    """
    ordered = sorted(days, key=lambda watched: watched.day)
    twice = {a.day for a, b in itertools.pairwise(ordered) if a.day == b.day}
    if twice:
        raise ValueError(f"incidents: found several verdicts of {sorted(map(str, twice))}, expected one a day")
    found: list[Incident] = []
    for watched in ordered:
        if found and found[-1].is_open:
            found[-1] = _followed(found[-1], watched, calm_days)
        elif watched.alarmed:
            found.append(Incident(watched.day, watched.day, 1, tuple(sorted(watched.alarmed))))
    return found


def _followed(incident: Incident, watched: WatchedDay, calm_days: int) -> Incident:
    if watched.alarmed:
        gathered = tuple(sorted({*incident.alarmed, *watched.alarmed}))
        return replace(
            incident,
            last_alarm=watched.day,
            alarmed_days=incident.alarmed_days + 1,
            alarmed=gathered,
            calm_days=0,
        )
    calm = incident.calm_days + 1
    return replace(incident, calm_days=calm, closed=watched.day if calm >= calm_days else None)
