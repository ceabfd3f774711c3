"""Embedded store of entity states: one SQLite file a use case, keys as pseudonyms only (design 6.13)."""

import datetime as dt
import json
import math
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.errors import StateError
from credit_platform.engine.keys import pseudonym_key
from credit_platform.engine.pseudonyms import Pseudonyms

State = dict[str, object]
_SCHEMA = """
create table if not exists published (entity text primary key, as_of text not null, entities integer not null);
create table if not exists states (
    entity text not null, pseudonym text not null, state text not null, primary key (entity, pseudonym)
) without rowid;
"""
_WAIT_SECONDS = 10.0
_AT_ONCE = 500


@dataclass(frozen=True)
class Found:
    """Answer of one look-up: the states of the known entities by key, and the day they are as of."""

    as_of: dt.date | None
    """First decision day that the states hold for; None where the table was never published."""
    states: Mapping[str, State]


class EmbeddedStateStore:
    """States by (table, entity key). Writers replace a table whole; readers in any process see the old or the new."""

    def __init__(self, path: Path, *, use_case: str, secret: bytes) -> None:
        self.path = path
        self.pseudonyms = Pseudonyms(use_case=use_case, key=secret)
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def replace(self, table: str, *, as_of: dt.date, key: str, rows: Iterable[Mapping[str, object]]) -> int:
        """Publishes the states of ``table`` by one atomic rename and returns how many; column ``key`` is not kept.

        Raises StateError for a row without key, two rows of one key, or a value that is no SQL scalar; then and after
        a kill the old states stay.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._only_writer():
            draft = self.path.with_name(f"{self.path.name}.draft")
            draft.unlink(missing_ok=True)
            if self.path.exists():
                shutil.copyfile(self.path, draft)
            try:
                count = self._write(draft, table, as_of, key, rows)
            except sqlite3.DatabaseError as error:
                raise StateError(f"entity states {self.path}: {error}; move the file away and publish again") from error
            # Readers hold the old file or open the new one: neither ever waits, nor needs to write beside it.
            os.replace(draft, self.path)
        return count

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        """A lock that dies with its process: two writers of different tables must not lose each other's."""
        lock = sqlite3.connect(f"{self.path}.lock", timeout=_WAIT_SECONDS, isolation_level=None)
        with closing(lock):
            lock.execute("begin exclusive")
            yield

    def _write(self, draft: Path, table: str, as_of: dt.date, key: str, rows: Iterable[Mapping[str, object]]) -> int:
        with closing(sqlite3.connect(draft)) as connection, connection:
            connection.executescript(_SCHEMA)
            connection.execute("delete from states where entity = ?", (table,))
            count = self._insert(connection, table, key, rows)
            connection.execute(
                "insert into published values (?, ?, ?) on conflict (entity) do update "
                "set as_of = excluded.as_of, entities = excluded.entities",
                (table, as_of.isoformat(), count),
            )
        return count

    def _insert(
        self, connection: sqlite3.Connection, table: str, key: str, rows: Iterable[Mapping[str, object]]
    ) -> int:
        before = connection.total_changes
        try:
            connection.executemany("insert into states values (?, ?, ?)", self._written(table, key, rows))
        except sqlite3.IntegrityError as error:
            raise StateError(
                f"states of {table!r}: two rows share one {key!r}; give one row per entity, the one in force"
            ) from error
        return connection.total_changes - before

    def _written(self, table: str, key: str, rows: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, str, str]]:
        for number, row in enumerate(rows):
            if row.get(key) is None:
                raise StateError(f"states of {table!r}, row {number}: no value of {key!r}; found {sorted(row)}")
            state = {name: _stored(value, table, number, name) for name, value in row.items() if name != key}
            yield table, self.pseudonyms.of(table, str(row[key])), json_bytes(state).decode("ascii")

    def get(self, table: str, value: object) -> tuple[State, dt.date] | None:
        """State of one entity and the day it is as of; None where the entity or the table is unknown."""
        found = self.get_many(table, [value])
        state = found.states.get(str(value))
        return None if state is None or found.as_of is None else (state, found.as_of)

    def get_many(self, table: str, values: Sequence[object]) -> Found:
        """States of many entities of one table from one snapshot; keys are compared as text.

        Raises StateError where the file is no readable store.
        """
        by_pseudonym = {self.pseudonyms.of(table, text): text for text in {str(value) for value in values}}
        with self._lock:
            try:
                return self._snapshot(table, by_pseudonym)
            except sqlite3.Error as error:
                self.close()
                raise StateError(f"entity states {self.path}: cannot be read: {error}; publish them again") from error

    def _snapshot(self, table: str, by_pseudonym: Mapping[str, str]) -> Found:
        connection = self._connected()
        if connection is None:
            return Found(as_of=None, states={})
        return _read(connection, table, by_pseudonym)

    def _connected(self) -> sqlite3.Connection | None:
        """The open reader, opened anew when another file took the path's place."""
        if not self.path.exists():
            return None
        info = self.path.stat()
        identity = (info.st_ino, info.st_mtime_ns)
        if self._reader is None or identity != self._identity:
            self.close()
            self._reader = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro&immutable=1",
                uri=True,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._identity = identity
        return self._reader

    def close(self) -> None:
        """Closes the reader; the next look-up opens it again."""
        if self._reader is not None:
            self._reader.close()
        self._reader = None


def open_state_store(settings: Settings, use_case: str) -> EmbeddedStateStore:
    """The embedded store of a use case at the place and with the key that the settings give."""
    return EmbeddedStateStore(settings.online_for(use_case), use_case=use_case, secret=pseudonym_key(settings))


def _read(connection: sqlite3.Connection, table: str, by_pseudonym: Mapping[str, str]) -> Found:
    row = connection.execute("select as_of from published where entity = ?", (table,)).fetchone()
    if row is None:
        return Found(as_of=None, states={})
    states: dict[str, State] = {}
    wanted = list(by_pseudonym)
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(part))
        query = f"select pseudonym, state from states where entity = ? and pseudonym in ({marks})"
        for pseudonym, state in connection.execute(query, (table, *part)):
            states[by_pseudonym[pseudonym]] = {name: _loaded(value) for name, value in json.loads(state).items()}
    return Found(as_of=dt.date.fromisoformat(row[0]), states=states)


def _stored(value: object, table: str, row: int, name: str) -> object:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return {"date": value.isoformat()}
    if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise StateError(
        f"states of {table!r}, row {row}, column {name!r}: found a {type(value).__name__}, "
        "expected str, bool, int, finite float, datetime.date or None"
    )


def _loaded(value: object) -> object:
    return dt.date.fromisoformat(value["date"]) if isinstance(value, dict) else value
