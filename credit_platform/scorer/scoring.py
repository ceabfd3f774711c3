"""From checked records to what the engine is given: entity states joined, warnings gathered; and to answers."""

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit_platform.contracts.decision import Decision, Role
from credit_platform.contracts.release import Release, StateTable
from credit_platform.engine.states import Found
from credit_platform.scorer.answers import AnswerWriter
from credit_platform.scorer.champions import Served
from credit_platform.scorer.errors import RequestError
from credit_platform.scorer.options import DEFAULT, Options

Row = dict[str, object]


@dataclass(frozen=True)
class Looked:
    """What the engine is given for each record, what was said of its look-ups, and the day that states are as of."""

    rows: Sequence[Row]
    told: Sequence[Sequence[str]]
    state_as_of: Mapping[str, dt.date | None]


def looked_up(served: Served, records: Sequence[dict[str, Any]]) -> Looked:
    """Checked records with their entities' states.

    Raises RequestError 422 where a record does not fit the fields, 503 where states that are read are not published:
    everybody would look like a newcomer. Raises StateError where a store does not answer.
    """
    release = served.loaded.release
    rows: list[Row] = served.records.checked(list(records))
    warnings: list[list[str]] = [[] for _ in rows]
    state_as_of: dict[str, dt.date | None] = {}
    for table in release.states:
        found = served.store.get_many(table.name, [row[table.key] for row in rows if row[table.key] is not None])
        state_as_of[table.name] = found.as_of
        names = tuple(column.name for column in table.columns if column.name != table.key)
        _refuse_unpublished(table, names, found)
        for row, told in zip(rows, warnings, strict=True):
            told += _join(row, table, names, found, decided_on=row.get(release.decision_date or ""))
    return Looked(rows, warnings, state_as_of)


def written(
    writer: AnswerWriter,
    decisions: Sequence[Decision],
    looked: Looked,
    records: Sequence[dict[str, Any]],
    identifiers: Sequence[str],
    *,
    options: Options = DEFAULT,
    role: Role = "champion",
) -> list[bytes]:
    """The bytes of each answer; the same inputs and identifiers give the same ones, also when replayed."""
    return writer.answers(
        decisions,
        told=looked.told,
        identifiers=identifiers,
        records=records if options.input else None,
        state_as_of=looked.state_as_of,
        role=role,
    )


def identifiers(count: int) -> list[str]:
    """New decision ids: 128 random bits each, drawn at once."""
    drawn = os.urandom(16 * count).hex()
    return [drawn[at : at + 32] for at in range(0, len(drawn), 32)]


def _join(row: Row, table: StateTable, names: Sequence[str], found: Found, *, decided_on: object) -> list[str]:
    """Adds the ``names`` of an entity's state to a row, nulls where there is none, and says what is to be known."""
    state: Mapping[str, object] = found.states.get(str(row[table.key]), {}) if row[table.key] is not None else {}
    row.update({name: state.get(name) for name in names})
    told = [] if found.note is None else [found.note]
    if not state:
        return [*told, f"{table.name}: no history of this entity"]
    if not isinstance(decided_on, dt.date) or found.as_of is None:
        return told
    if found.as_of < decided_on:
        told.append(f"{table.name}: state is as of {found.as_of}; what happened until {decided_on} is not in it")
    if found.as_of > decided_on:
        told.append(f"{table.name}: state is as of {found.as_of}, later than the decision date {decided_on}")
    return told


def _refuse_unpublished(table: StateTable, names: Sequence[str], found: Found) -> None:
    if found.as_of is None:
        raise RequestError(503, "no_states", f"the states of {table.name!r} have not been published yet")
    if found.columns is not None and (absent := sorted(set(names) - found.columns)):
        message = f"the published states of {table.name!r} lack {absent}; those of this release are not published yet"
        raise RequestError(503, "no_states", message)


def columns(rows: Sequence[Row], release: Release, identifiers: Sequence[str]) -> dict[str, list[object]]:
    """What the engine is given, by input."""
    found = {name: [row[name] for row in rows] for name in rows[0]}
    # A unit sent without its own key is known by its decision.
    keys = found.get(release.key, [None] * len(rows))
    found[release.key] = [own if own is not None else made for own, made in zip(keys, identifiers, strict=True)]
    return found
