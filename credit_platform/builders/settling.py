"""Units that two days delivered: the earliest day has them, in whatever order the files came.

A row that is good by itself is in its raw table or, while an earlier day (or the history) has its unit, set aside in
``<source>_set_aside`` and named in the quarantine. After every load the rows that share a unit are looked at again: a
row goes when an earlier day turns up late, and comes back when that day's correction no longer has the unit. A day that
loses too many rows is refused: all of it is set aside, and it keeps no unit from later days.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from credit_platform.builders.ledger import Verdict, has_columns, read_ledger, verdict_rows
from credit_platform.builders.raw_tables import HISTORY, Delivered, RawTables, unique_columns
from credit_platform.contracts.source import Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.engines.base import Session
from credit_platform.resources.warehouse import utc_now

Shared = Mapping[tuple[str, str], list[Delivered]]
"""(canonical column, value) -> the rows that have it."""


@dataclass
class Decision:
    """Which rows lose their unit to an earlier day, and which days lose so many that they are refused."""

    losers: dict[dt.date, dict[Delivered, list[tuple[str, str, Delivered]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """Day -> row -> (column, value, the row that has it)."""
    refused: set[dt.date] = field(default_factory=set)


def settle(session: Session, use_case: UseCase, source: Source, *, loaded: Collection[dt.date | None]) -> None:
    """Put every row that shares a unit with another day where it belongs, inside the transaction of the load.

    ``loaded``: days whose rows have just been replaced, None for the history.
    """
    if not source.has_units or not has_columns(session, use_case.raw_schema, source.name):
        return
    tables = RawTables(session, use_case, source)
    ledger = {day: row for day, row in read_ledger(session, use_case, source.name).items() if day is not None}
    days = [HISTORY if day is None else day for day in loaded]
    shared = {
        (column.canonical, value): rows
        for column in unique_columns(source)
        for value, rows in tables.shared(column.canonical, days).items()
    }
    aside = tables.aside()
    decision = decide(shared, ledger, source)
    moved = set(days)
    for day in sorted({*decision.losers, *aside, *(day for day in days if day != HISTORY)}):
        losers, was_refused = decision.losers[day], day in ledger and _is_refused_for_repeats(ledger[day])
        if was_refused != (day in decision.refused):
            moved.add(day)
        firsts = {first.day for found in losers.values() for _, _, first in found}
        stays = was_refused or aside.get(day, set()) == set(losers)
        if day in moved or firsts & moved or not stays:
            _move(tables, day, decision, ledger.get(day))


def decide(shared: Shared, ledger: Mapping[dt.date, Verdict], source: Source) -> Decision:
    """Go through the days in order: a row loses where an earlier day that is not refused has one of its values."""
    by_day: dict[dt.date, list[tuple[tuple[str, str], Delivered]]] = defaultdict(list)
    for key, rows in shared.items():
        for row in rows:
            by_day[row.day].append((key, row))
    decision, held = Decision(), dict[tuple[str, str], Delivered]()
    for day in sorted(by_day):
        losers: dict[Delivered, list[tuple[str, str, Delivered]]] = defaultdict(list)
        for key, row in by_day[day]:
            if key in held:
                losers[row].append((*key, held[key]))
        decision.losers[day] = dict(losers)
        if day in ledger and stands_by_itself(ledger[day]):
            verdict = ledger[day]
            if _own_bad(verdict) + len(losers) > source.max_bad_share * verdict.total_rows:
                decision.refused.add(day)
                continue
        for key, row in by_day[day]:
            held.setdefault(key, row)
    return decision


def stands_by_itself(verdict: Verdict) -> bool:
    """Whether a day's own file is good enough; other days may still have too many of its units."""
    return verdict.is_accepted or _is_refused_for_repeats(verdict)


def _is_refused_for_repeats(verdict: Verdict) -> bool:
    return not verdict.is_accepted and bool(verdict.repeated_rows)


def _own_bad(verdict: Verdict) -> int:
    return verdict.bad_rows - (verdict.repeated_rows or 0)


def _move(tables: RawTables, day: dt.date, decision: Decision, verdict: Verdict | None) -> None:
    losers, is_refused = decision.losers[day], day in decision.refused
    tables.forget_repeats(day)
    tables.put_back(day)
    tables.set_aside(day, None if is_refused else sorted(losers))
    if verdict is None or not stands_by_itself(verdict):
        return  # The rows are those of an earlier file; what is said of the day is said of its last one.
    tables.name_repeats(day, losers)
    settled = replace(
        verdict,
        sha256=_in_force(verdict.lines_sha256 or verdict.sha256, losers),
        bad_rows=_own_bad(verdict) + len(losers),
        repeated_rows=len(losers),
        is_accepted=not is_refused,
        refusal=tables.refusal(day, _own_bad(verdict) + len(losers), verdict.total_rows) if is_refused else None,
    )
    if settled != verdict:
        for rows in verdict_rows(tables.use_case, [replace(settled, recorded_at=utc_now())]):
            tables.session.apply(rows)


def _in_force(lines_sha256: str, losers: Collection[Delivered]) -> str:
    """Hash of a batch's own lines and of those among them that are not its own to keep."""
    if not losers:
        return lines_sha256
    listed = "".join(f"\n{row.file}:{row.line}" for row in sorted(losers))
    return hashlib.sha256(f"{lines_sha256}{listed}".encode()).hexdigest()
