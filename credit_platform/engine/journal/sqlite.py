"""The journal in one SQLite file for all workers: a write-ahead log with full sync, writers in a queue.

One file and not one a worker: one chain in which nothing can be dropped unnoticed, one place to look a decision up and
to erase an entity. Workers do not hinder each other much, since each takes all that waits into one commit.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.tables import APPEND_ONLY, TABLES, Tables

LOG_BYTES = 48 * 2**20
"""Length of the log that tidy() makes: a sync of what overwrites a file took 0.17 ms, of what lengthens it 0.3, and 12
while the disk was busy."""
_WAIT_SECONDS = 60.0
_TRIGGERS = tuple(
    f"create trigger if not exists {table}_no_{verb} before {verb} on {table} "
    f"begin select raise(abort, '{table} is append-only'); end"
    for table in APPEND_ONLY
    for verb in ("update", "delete")
)


class _Connection:
    """The driver of one connection."""

    mark = "?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, tuple(values)).fetchall()

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return self.connection.execute(sql)

    def insert(self, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        marks = ", ".join("?" * len(columns.split(",")))
        self.connection.executemany(f"insert into {table} ({columns}) values ({marks})", rows)

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        self.connection.execute(sql, tuple(values))


class SqliteJournal:
    """The file; threads of one process take turns at an instance, but for tidy(), which comes beside."""

    is_at_hand = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._turn: IO[bytes] | None = None

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """A transaction that shuts out every other writer; what it wrote is on the disk when the block has ended."""
        with self._told():
            connection, turn = self._opened()
            # A lock of the system wakes the next worker at once; SQLite's own would have it sleep and look again.
            fcntl.flock(turn, fcntl.LOCK_EX)
            try:
                connection.execute("begin immediate")
                yield Tables(_Connection(connection))
                connection.execute("commit")
            finally:
                fcntl.flock(turn, fcntl.LOCK_UN)

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """One snapshot; writers go on meanwhile."""
        with self._told():
            connection, _ = self._opened()
            connection.execute("begin")
            yield Tables(_Connection(connection))
            connection.execute("rollback")

    def tidy(self) -> None:
        """Moves the log into the file and gives it its full length, while a transaction may be written meanwhile."""
        try:
            # A connection of its own, so that it takes its time beside the one that writes.
            with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
                connection.execute("pragma synchronous = full")
                connection.execute("pragma wal_checkpoint(passive)")
            self._lengthen()
        except (sqlite3.Error, OSError) as error:
            raise JournalError(f"journal {self.path}: {error}; its log could not be moved into it") from error

    def _lengthen(self) -> None:
        """Zeros behind what the log holds: SQLite knows its own pages by their checksums and overwrites the rest.

        Written and not only reserved, for the first sync of a reserved block is as slow as one that lengthens.
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        if not log.exists() or log.stat().st_size >= LOG_BYTES:
            return
        with self._lock().open("ab") as turn, log.open("r+b") as stream:
            fcntl.flock(turn, fcntl.LOCK_EX)
            missing = LOG_BYTES - stream.seek(0, os.SEEK_END)
            while missing > 0:
                missing -= stream.write(bytes(min(missing, 2**20)))
            stream.flush()
            os.fsync(stream.fileno())

    def forget(self) -> None:
        """After an erasure: no page of the log holds the destroyed keys any more. Raises JournalError where one does,
        because somebody is reading."""
        with self._told():
            busy = self._opened()[0].execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        if busy:
            raise JournalError(
                f"{self.path}: the keys are destroyed, but somebody reads the journal and its log still holds their "
                "wrapped form; run the same command again when they are done"
            )

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
        if self._turn is not None:
            self._turn.close()
        self._connection = self._turn = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            # An open transaction ends with its connection, undone; the next one starts clean.
            self.close()
            raise JournalError(f"journal {self.path}: {error}; nothing of this was written") from error
        except BaseException:
            self.close()
            raise

    def _opened(self) -> tuple[sqlite3.Connection, IO[bytes]]:
        if self._connection is None or self._turn is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._turn = self._lock().open("ab")
            self._connection = self._connected(self._turn)
        return self._connection, self._turn

    def _lock(self) -> Path:
        return self.path.with_name(f"{self.path.name}.lock")

    def _connected(self, turn: IO[bytes]) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            connection.execute("pragma journal_mode = wal")
            # Every commit is on the disk before it is said to be, also when the power fails.
            connection.execute("pragma synchronous = full")
            # Destroyed keys are overwritten with zeros, not only marked free.
            connection.execute("pragma secure_delete = on")
            # By default a commit would now and then have to move 1,000 pages while requests wait; tidy() does it.
            connection.execute("pragma wal_autocheckpoint = 0")
            for statement in (*TABLES.format(bytes="blob").split(";\n"), *_TRIGGERS):
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)
        return connection
