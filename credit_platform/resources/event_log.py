"""Dagster's SQLite event log with its databases kept open while runs write to them.

Dagster's own opens every database anew for each event: an engine without a single compiled statement, and, as the last
connection of a write-ahead log closes, a checkpoint. 127 events of a run of 12 trivial assets took 2.9 s of processor
time; with the databases kept open, 1.2 s. The files are the same: the web server, the daemon and other processes may
use Dagster's own class on them at the same time.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

DATABASES_KEPT = 4
"""The index and the latest runs: a run has a database of its own, and a process may make many runs."""

_of_a_parent: list[Engine] = []
"""SQLite forbids even to close what was opened before a fork, so nothing may collect these."""


class KeptEventLog(SqliteEventLogStorage):
    """Keeps the connections of the latest databases until ``dispose``."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._process = os.getpid()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        if self._process != os.getpid():
            _of_a_parent.extend(self._engines.values())
            self._engines, self._process = OrderedDict(), os.getpid()
        if shard not in self._engines:
            engine = self._open(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        while len(self._engines) > DATABASES_KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def _open(self, shard: str) -> Engine:
        # One connection is enough below the lock; making the tables takes a second one for a moment.
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=1,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
        )
        event.listen(engine, "connect", _sync_at_checkpoints)
        return engine

    def _close(self) -> None:
        with self._db_lock:
            while self._process == os.getpid() and self._engines:
                self._engines.popitem()[1].dispose()

    def wipe(self) -> None:
        """Delete every event; the files are closed first."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close every database; one that no other process has open is left without a write-ahead log."""
        super().dispose()
        self._close()


def _sync_at_checkpoints(connection: Any, _: object) -> None:
    """What is committed outlives the process, killed or not; the last moments before a power cut may be lost."""
    connection.execute("pragma synchronous = normal")


class EmbeddedStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage below one folder, with the event log that keeps its databases open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptEventLog(os.path.join(base_dir, "history", "runs", ""))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "EmbeddedStorage":
        return cls.from_local(inst_data=inst_data, **config_value)
