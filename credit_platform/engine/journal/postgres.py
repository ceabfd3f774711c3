"""The journal in Postgres: the same tables, writers in a queue by an advisory lock, commits that wait for the disk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.tables import APPEND_ONLY, TABLES, Tables

_WAIT_SECONDS = 60
_AT_ONCE = 500
_LOCK = "select pg_advisory_xact_lock(hashtextextended('credit_platform journal', {part}))"
_CREATE = (
    # Two first connections that create one table at once would trip over each other.
    _LOCK.format(part=0),
    TABLES.format(bytes="bytea"),
    """
    create or replace function journal_refuse() returns trigger language plpgsql as $$
    begin raise exception 'the journal is append-only'; end $$
    """,
    *(
        f"create or replace trigger {table}_{name} before {verbs} on {table} for each {each} "
        "execute function journal_refuse()"
        for table in APPEND_ONLY
        for name, verbs, each in (("no_change", "update or delete", "row"), ("no_truncate", "truncate", "statement"))
    ),
)


class _Connection:
    """The driver of one connection."""

    mark = "%s"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, tuple(values))
            return list(cursor.fetchall())

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        # A cursor with a name lives on the server: only some rows at a time come here.
        with self.connection.cursor(name=f"journal_{abs(hash(sql))}") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(sql)
            yield from cursor

    def insert(self, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with self.connection.cursor() as cursor:
            execute_values(cursor, f"insert into {table} ({columns}) values %s", rows, page_size=_AT_ONCE)

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, tuple(values))


class PostgresJournal:
    """A database on a server; a thread of one process uses an instance of its own."""

    is_at_hand = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """A transaction that shuts out every other writer; what it wrote is on the server's disk when it has ended."""
        with self._told():
            driver = _Connection(self._opened())
            driver.rows(_LOCK.format(part=1))
            yield Tables(driver)
            driver.connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """One snapshot; writers go on meanwhile."""
        with self._told():
            driver = _Connection(self._opened())
            driver.run("set transaction isolation level repeatable read read only")
            yield Tables(driver)
            driver.connection.rollback()

    def tidy(self) -> None:
        """The server does that by itself."""

    def forget(self) -> None:
        """After an erasure: the old versions of what was destroyed leave the tables."""
        with self._told():
            connection = self._opened()
            connection.autocommit = True
            for table in ("journal_keys", "journal_repeats"):
                _Connection(connection).run(f"vacuum full {table}")
            connection.autocommit = False

    def close(self) -> None:
        """Closes the connection; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg2.Error as error:
            self.close()
            text = (error.diag.message_primary or str(error)).strip()
            raise JournalError(f"the journal's database: {text}; nothing of this was written") from None
        except BaseException:
            self.close()
            raise

    def _opened(self) -> Any:
        if self._connection is None:
            self._connection = self._connected()
        return self._connection

    def _connected(self) -> Any:
        try:
            connection = psycopg2.connect(
                self._url,
                connect_timeout=5,
                application_name="credit_platform journal",
                options=f"-c lock_timeout={_WAIT_SECONDS}s -c synchronous_commit=on",
            )
        except psycopg2.ProgrammingError:
            # "from None", and no text of the cause: it quotes pieces of the URL.
            raise JournalError(
                "CREDIT_PLATFORM_JOURNAL_URL is no Postgres URL; write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
                "with characters such as @ : / ? # % in the user or the password percent-encoded"
            ) from None
        with connection.cursor() as cursor:
            # The last one that was added: a journal of before gets it when it is opened.
            cursor.execute("select to_regclass('journal_repeats')")
            if cursor.fetchone()[0] is None:
                for statement in _CREATE:
                    cursor.execute(statement)
        connection.commit()
        return connection
