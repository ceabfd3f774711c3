"""How much of the warehouse a build makes anew: all of it, or what the rows of some days affect."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse

STEPS = ("star", "features")
"""dbt runs in steps, because one failing error-test skips everything else in its command; models name theirs in
``meta.step``. (A selection by exclusion would run tests whose other parent is only built by a later step.)"""

Verdicts = Mapping[tuple[str, dt.date | None], str]
"""(source, day) -> hash of its verdict; the day of a file that is read whole is None."""


@dataclass(frozen=True)
class Past:
    """The last build of a step: ``verdicts`` are those of its last passed build; ``since`` is the state that its window
    started from, None for a whole build."""

    is_passed: bool
    project: str
    state: str
    since: str | None
    verdicts: Verdicts


@dataclass(frozen=True)
class Plan:
    """One build of one step. ``window`` is None for a whole build, and ``why`` says what makes it whole."""

    step: str
    project: str
    verdicts: Verdicts
    window: tuple[dt.date, ...] | None
    why: str
    since: str | None
    refused: tuple[str, ...]

    @property
    def state(self) -> str:
        return state_of(self.verdicts)

    @property
    def arguments(self) -> list[str]:
        """What dbt is told: the days of the window, or to build every table anew."""
        if self.window is None:
            return ["--full-refresh"]
        return ["--vars", json.dumps({"window_days": [day.isoformat() for day in self.window]})]

    @property
    def text(self) -> str:
        if self.window is None:
            return f"whole: {self.why}"
        return f"by window, {len(self.window)} changed days: {', '.join(map(str, self.window)) or 'none'}"


def state_of(verdicts: Verdicts) -> str:
    """One hash over all verdicts."""
    return hashlib.sha256(repr(sorted(verdicts.items(), key=repr)).encode()).hexdigest()


def plan_build(use_case: UseCase, warehouse: Warehouse, step: str, *, project: str, past: Mapping[str, Past]) -> Plan:
    """By window, if nothing but daily files changed since the step's last build and that build passed.

    ``project`` is the hash of the dbt project, ``past`` the last build of each step that was ever built.
    """
    verdicts, refused = present_verdicts(use_case, warehouse)
    why = _why_whole(step, project, verdicts, past)
    changed = [] if why else changed_keys(past[step].verdicts, verdicts)
    return Plan(
        step=step,
        project=project,
        verdicts=verdicts,
        window=None if why else tuple(sorted({day for _, day in changed if day is not None})),
        why=why,
        since=None if why else past[step].state,
        refused=refused,
    )


def present_verdicts(use_case: UseCase, warehouse: Warehouse) -> tuple[Verdicts, tuple[str, ...]]:
    """Every verdict by source and day, hashed over all that it says of its rows; and the refusals among them.

    Not when it was made; nor the hash of its file, which changes for every day of a file that holds several.
    """
    found = warehouse.columns(use_case.name, f"select * from {use_case.raw_schema}.verdicts")
    found = {name: values for name, values in found.items() if name not in {"recorded_at", "file_sha256"}}
    rows = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
    hashes = {
        (row["source"], row["source_day"]): hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()
        for row in rows
    }
    refused = sorted(f"{row['source_file']}: {row['refusal']}" for row in rows if not row["is_accepted"])
    return hashes, tuple(refused)


def changed_keys(before: Verdicts, after: Verdicts) -> list[tuple[str, dt.date | None]]:
    """Sources and days whose verdict is another one, is new, or is gone."""
    return [key for key in {**before, **after} if before.get(key) != after.get(key)]


def _why_whole(step: str, project: str, verdicts: Verdicts, past: Mapping[str, Past]) -> str:
    last = past.get(step)
    if last is None:
        return "nothing was built before"
    if not last.is_passed:
        return "the last build did not pass"
    if last.project != project:
        return "the dbt project changed"
    if whole_files := sorted({source for source, day in changed_keys(last.verdicts, verdicts) if day is None}):
        return f"the file of {', '.join(whole_files)} changed"
    earlier, later = STEPS[: STEPS.index(step)], STEPS[STEPS.index(step) + 1 :]
    # Models of this step may look back at what a later one held: half of it would be a wrong past, or none.
    if unfinished := [name for name in later if name not in past or not past[name].is_passed]:
        return f"the last build of {', '.join(unfinished)} did not pass"
    if broken := [name for name in earlier if not _continues(past.get(name), last, state_of(verdicts))]:
        return f"the last build of {', '.join(broken)} did not continue from the last of {step}"
    return ""


def _continues(earlier: Past | None, last: Past, present: str) -> bool:
    """Did the earlier step go by window from the state that this step was last built of to the present one?

    Only then do the keys that it left as touched say all that has changed for this step.
    """
    return earlier is not None and earlier.is_passed and earlier.state == present and earlier.since == last.state
