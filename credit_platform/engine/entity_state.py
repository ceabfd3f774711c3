"""Embedded store of entity states: one SQLite file a use case, keys as pseudonyms only (design 6.13)."""

import datetime as dt
import os
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import StateError
from credit_platform.engine.keys import pseudonym_key
from credit_platform.engine.pseudonyms import Pseudonyms
from credit_platform.engine.states import Found, Header, State, StateStore, Stored, header_of, loaded, written

_SCHEMA = """
create table if not exists headers (entity text primary key, header text not null);
create table if not exists states (
    entity text not null, pseudonym text not null, state text not null, primary key (entity, pseudonym)
) without rowid;
"""
_WAIT_SECONDS = 10.0
_AT_ONCE = 500
_T = TypeVar("_T")


class EmbeddedStateStore:
    """States by (table, entity key). Writers replace a table whole; readers in any process see the old or the new."""

    is_at_hand = True

    def __init__(self, path: Path, *, use_case: str, secret: bytes) -> None:
        self.path = path
        self.pseudonyms = Pseudonyms(use_case=use_case, key=secret)
        self._counts: Counter[str] = Counter(found=0, no_history=0)
        # Held to take a reader or to give it back, never while one reads: 10,000 look-ups make no single one wait.
        self._lock = threading.Lock()
        self._idle = list[sqlite3.Connection]()
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
        columns = set[str]()
        stored = written(table, key=key, rows=rows, pseudonyms=self.pseudonyms, columns=columns)
        with closing(sqlite3.connect(draft)) as connection, connection:
            connection.executescript(_SCHEMA)
            connection.execute("delete from states where entity = ?", (table,))
            count = self._insert(connection, table, key, stored)
            header = header_of(as_of, sorted(columns), count)
            connection.execute(
                "insert into headers values (?, ?) on conflict (entity) do update set header = excluded.header",
                (table, header.model_dump_json()),
            )
        return count

    def _insert(self, connection: sqlite3.Connection, table: str, key: str, stored: Iterator[Stored]) -> int:
        before = connection.total_changes
        try:
            connection.executemany("insert into states values (?, ?, ?)", ((table, *each) for each in stored))
        except sqlite3.IntegrityError as error:
            raise StateError(
                f"states of {table!r}: two rows share one {key!r}; give one row per entity, the one in force"
            ) from error
        return connection.total_changes - before

    def get(self, table: str, value: object) -> tuple[State, dt.date] | None:
        """State of one entity and the day it is as of; None where the entity or the table is unknown."""
        found = self.get_many(table, [value])
        state = found.states.get(str(value))
        return None if state is None or found.as_of is None else (state, found.as_of)

    def get_many(self, table: str, values: Sequence[object]) -> Found:
        """States of many entities of one table from one publication; keys are compared as text.

        Raises StateError where the file is no readable store.
        """
        by_pseudonym = {self.pseudonyms.of(table, text): text for text in {str(value) for value in values}}
        found = self._read(lambda connection: _found(connection, table, by_pseudonym))
        if found is None:
            return Found(as_of=None, states={})
        with self._lock:
            self._counts.update(found=len(found.states), no_history=len(by_pseudonym) - len(found.states))
        return found

    def header(self, table: str) -> Header | None:
        """What the published table is; None where there is none. Raises StateError."""
        return self._read(lambda connection: _header(connection, table))

    def stored(self, table: str, *, prefix: str) -> tuple[Header, list[Stored]] | None:
        """One publication's rows whose pseudonyms begin so; None where the table was never published."""

        def read(connection: sqlite3.Connection) -> tuple[Header, list[Stored]] | None:
            header = _header(connection, table)
            # Pseudonyms are hexadecimal: "g" comes after all that follow a prefix.
            query = "select pseudonym, state from states where entity = ? and pseudonym >= ? and pseudonym < ?"
            rows = connection.execute(query, (table, prefix, f"{prefix}g")).fetchall()
            return None if header is None else (header, rows)

        return self._read(read)

    def counted(self) -> Mapping[str, int]:
        """Entities looked up since the start: with a state, and without history."""
        return dict(self._counts)

    def _read(self, query: Callable[[sqlite3.Connection], _T | None]) -> _T | None:
        """The answer of one publication: the file that a reader has opened never changes."""
        try:
            taken = self._taken()
        except sqlite3.Error as error:
            raise self._unreadable(error) from error
        if taken is None:
            return None
        reader, identity = taken
        try:
            found = query(reader)
        except BaseException as error:
            reader.close()
            if isinstance(error, sqlite3.Error):
                raise self._unreadable(error) from error
            raise
        with self._lock:
            if identity == self._identity:
                self._idle.append(reader)
                return found
        reader.close()
        return found

    def _unreadable(self, error: sqlite3.Error) -> StateError:
        self.close()
        return StateError(f"entity states {self.path}: cannot be read: {error}; publish them again")

    def _taken(self) -> tuple[sqlite3.Connection, tuple[int, int]] | None:
        """A reader of the present file that nobody else has, and which file it is of; None where there is none."""
        try:
            info = self.path.stat()
        except FileNotFoundError:
            return None
        identity = (info.st_ino, info.st_mtime_ns)
        with self._lock:
            if identity != self._identity:
                self._close_idle()
                self._identity = identity
            if self._idle:
                return self._idle.pop(), identity
        reader = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=ro&immutable=1",
            uri=True,
            timeout=_WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        return reader, identity

    def close(self) -> None:
        """Closes the readers, one that is reading when it is done; the next look-up opens a new one."""
        with self._lock:
            self._close_idle()
            self._identity = None

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def embedded_store(settings: Settings, use_case: str) -> EmbeddedStateStore:
    """The embedded store of a use case at the place and with the key that the settings give."""
    return EmbeddedStateStore(settings.online_for(use_case), use_case=use_case, secret=pseudonym_key(settings))


def open_state_store(settings: Settings, use_case: str) -> StateStore:
    """Where a use case's states are: in Redis with an embedded copy beside it if a URL is set, else embedded."""
    embedded = embedded_store(settings, use_case)
    if settings.redis_url is None:
        return embedded
    # The client takes 0.2 s to import, which who has no Redis need not wait for.
    from credit_platform.engine.redis_state import RedisStateStore

    return RedisStateStore(settings, use_case=use_case, copy=embedded)


def _header(connection: sqlite3.Connection, table: str) -> Header | None:
    row = connection.execute("select header from headers where entity = ?", (table,)).fetchone()
    return None if row is None else Header.model_validate_json(row[0])


def _found(connection: sqlite3.Connection, table: str, by_pseudonym: Mapping[str, str]) -> Found | None:
    header = _header(connection, table)
    if header is None:
        return None
    states: dict[str, State] = {}
    wanted = list(by_pseudonym)
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(part))
        query = f"select pseudonym, state from states where entity = ? and pseudonym in ({marks})"
        for pseudonym, state in connection.execute(query, (table, *part)):
            states[by_pseudonym[pseudonym]] = loaded(state)
    return Found(as_of=header.as_of, states=states, columns=header.known_columns)
