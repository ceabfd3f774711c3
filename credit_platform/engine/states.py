"""Entity states as every store keeps them: by pseudonym (design 6.13), under a header that says what they are."""

import datetime as dt
import json
import math
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from credit_platform.contracts.base import Frozen
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.errors import StateError
from credit_platform.engine.pseudonyms import Pseudonyms

State = dict[str, object]
Stored = tuple[str, str]
"""Pseudonym and JSON of one entity's state."""


class Header(Frozen):
    """One publication of a table: a name of its own, the first decision day it holds for, and the state's columns."""

    generation: str
    as_of: dt.date
    columns: tuple[str, ...]
    entities: int

    @property
    def known_columns(self) -> frozenset[str] | None:
        """The columns, where there is an entity to tell them by."""
        return frozenset(self.columns) if self.entities else None


@dataclass(frozen=True)
class Found:
    """Answer of one look-up: the states of the known entities by key, and what they are."""

    as_of: dt.date | None
    """First decision day that the states hold for; None where the table was never published."""
    states: Mapping[str, State]
    columns: frozenset[str] | None = None
    """Of the states that are published; None where a publication holds nobody."""
    note: str | None = None
    """What a reader of the answer should know of where they come from."""


class StateStore(Protocol):
    """States by (table, entity key). A table is replaced whole: readers see the old or the new one."""

    is_at_hand: bool
    """Whether a look-up is a matter of microseconds on this machine, for which no thread is worth it."""

    def replace(self, table: str, *, as_of: dt.date, key: str, rows: Iterable[Mapping[str, object]]) -> int:
        """Publishes the states of a table and returns how many; column ``key`` is not kept. Raises StateError."""
        ...

    def get_many(self, table: str, values: Sequence[object]) -> Found:
        """States of many entities of one table from one publication; keys are compared as text. Raises StateError."""
        ...

    def counted(self) -> Mapping[str, int]:
        """How many entities were looked up since the start, by where their state came from."""
        ...

    def close(self) -> None:
        """Closes what is open; the next look-up opens it again."""
        ...


def header_of(as_of: dt.date, columns: Sequence[str], entities: int) -> Header:
    """The header of a new publication."""
    return Header(generation=secrets.token_hex(8), as_of=as_of, columns=tuple(sorted(columns)), entities=entities)


def written(
    table: str, *, key: str, rows: Iterable[Mapping[str, object]], pseudonyms: Pseudonyms, columns: set[str]
) -> Iterator[Stored]:
    """Pseudonym and JSON of each row; ``columns`` gathers the names of their columns.

    Raises StateError for a row without key, or a value that is no SQL scalar.
    """
    for number, row in enumerate(rows):
        if row.get(key) is None:
            raise StateError(f"states of {table!r}, row {number}: no value of {key!r}; found {sorted(row)}")
        state = {name: _stored(value, table, number, name) for name, value in row.items() if name != key}
        columns.update(state)
        yield pseudonyms.of(table, str(row[key])), json_bytes(state).decode("ascii")


def loaded(text: str | bytes) -> State:
    """The state that a row of JSON holds."""
    found: State = json.loads(text)
    return {name: _value(value) for name, value in found.items()}


def _stored(value: object, table: str, row: int, name: str) -> object:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return {"date": value.isoformat()}
    if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise StateError(
        f"states of {table!r}, row {row}, column {name!r}: found a {type(value).__name__}, "
        "expected str, bool, int, finite float, datetime.date or None"
    )


def _value(value: object) -> object:
    return dt.date.fromisoformat(value["date"]) if isinstance(value, dict) else value
