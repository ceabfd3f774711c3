"""The ledger's table on SQLite or Postgres: rows are added under a lock and, by triggers, never changed or removed."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg2

from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError
from credit_platform.engine.ledger import StoredEntry
from credit_platform.resources.engines.postgres_url import PostgresPlace, postgres_place

WAIT_SECONDS = 60
_TABLE = """
create table if not exists promotion_ledger (
    use_case text not null,
    sequence bigint not null,
    previous_sha256 text not null,
    sha256 text not null,
    body text not null,
    primary key (use_case, sequence),
    unique (use_case, previous_sha256)
)
"""
"""The unique hash of the entry before makes an append a compare-and-set: of two that follow one entry, one fails."""
_REPLACED = """
create trigger if not exists promotion_ledger_no_replace before insert on promotion_ledger
when exists (
    select 1 from promotion_ledger as kept
    where kept.rowid = new.rowid or (
        kept.use_case = new.use_case
        and (kept.sequence = new.sequence or kept.previous_sha256 = new.previous_sha256)
    )
)
begin select raise(abort, 'the promotion ledger is append-only'); end
"""
"""The rows that ``insert or replace`` takes away fire no delete trigger unless a connection asks for it."""
_SQLITE = (
    _TABLE,
    _REPLACED,
    *(
        f"create trigger if not exists promotion_ledger_no_{verb} before {verb} on promotion_ledger "
        "begin select raise(abort, 'the promotion ledger is append-only'); end"
        for verb in ("update", "delete")
    ),
)
_REFUSED = "execute function promotion_ledger_refuse()"
_POSTGRES = (
    # Two first connections that create one table at once would trip over each other.
    "select pg_advisory_xact_lock(hashtextextended('promotion_ledger', 0))",
    _TABLE,
    """
    create or replace function promotion_ledger_refuse() returns trigger language plpgsql as $$
    begin raise exception 'the promotion ledger is append-only'; end $$
    """,
    f"""
    create or replace trigger promotion_ledger_no_change before update or delete on promotion_ledger
    for each row {_REFUSED}
    """,
    f"""
    create or replace trigger promotion_ledger_no_truncate before truncate on promotion_ledger
    for each statement {_REFUSED}
    """,
)
_GUARDS = """
select count(*) from pg_trigger
where tgrelid = to_regclass('promotion_ledger') and tgname like 'promotion_ledger_no_%' and tgenabled <> 'D'
"""
_COLUMNS = "use_case, sequence, previous_sha256, sha256, body"


class LedgerError(EngineError):
    """The ledger cannot be reached. Its text never holds a password."""


class LedgerConflictError(RuntimeError):
    """Another entry was added first: what this one was based on is no longer in force."""


@dataclass(frozen=True)
class LedgerTable:
    """The open table inside one transaction."""

    connection: Any
    mark: str

    def rows(self, use_case: str) -> list[StoredEntry]:
        """The entries of a use case by sequence."""
        cursor = self.connection.cursor()
        order = f"select {_COLUMNS} from promotion_ledger where use_case = {self.mark} order by sequence"
        cursor.execute(order, (use_case,))
        return [StoredEntry(*row) for row in cursor.fetchall()]

    def add(self, row: StoredEntry) -> None:
        """Append; LedgerConflictError if an entry of this sequence, or after the same one, is there already."""
        cursor = self.connection.cursor()
        marks = ", ".join([self.mark] * 5)
        values = (row.use_case, row.sequence, row.previous_sha256, row.sha256, row.body)
        try:
            cursor.execute(f"insert into promotion_ledger ({_COLUMNS}) values ({marks})", values)
        except (sqlite3.IntegrityError, psycopg2.IntegrityError) as error:
            raise LedgerConflictError(
                f"entry {row.sequence} of {row.use_case} is in the ledger already; read it again and decide anew"
            ) from error


class LedgerStore(Protocol):
    """A database that holds the table."""

    def locked(self, use_case: str) -> AbstractContextManager[LedgerTable]:
        """A transaction that shuts out every other writer of the use case until its end."""
        ...


@dataclass(frozen=True)
class SqliteStore:
    """A file; a writer shuts out writers of every use case, for milliseconds."""

    path: Path

    @contextmanager
    def locked(self, use_case: str) -> Iterator[LedgerTable]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            # A commit is on the disk before the pointer moves, also when the power fails.
            connection.execute("pragma synchronous = full")
            connection.execute("begin immediate")
            for statement in _SQLITE:
                connection.execute(statement)
            yield LedgerTable(connection, "?")
            connection.execute("commit")
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise LedgerError(
                f"{self.path}: {error}. Check that it is the ledger's SQLite file and that this user may write it, or "
                "restore it from a backup; credit-platform ledger shows what it holds"
            ) from error
        finally:
            # An open transaction ends with its connection, undone.
            connection.close()


@dataclass(frozen=True)
class PostgresStore:
    """A database on a server; one use case's writers wait for each other."""

    place: PostgresPlace

    @contextmanager
    def locked(self, use_case: str) -> Iterator[LedgerTable]:
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                # Also a table that was restored, or left, without them gets its triggers back.
                cursor.execute(_GUARDS)
                if cursor.fetchone()[0] < 2:
                    for statement in _POSTGRES:
                        cursor.execute(statement)
                    connection.commit()
                cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 1))", (use_case,))
            yield LedgerTable(connection, "%s")
            connection.commit()
        except psycopg2.IntegrityError:
            raise
        except psycopg2.Error as error:
            raise LedgerError(
                f"the ledger, {self.place}: {str(error).strip().partition(chr(10))[0]}. Check the server, the rights "
                "of this user and who holds a lock; credit-platform ledger shows what it holds"
            ) from error
        finally:
            connection.close()

    def _connect(self) -> Any:
        place = self.place
        try:
            return psycopg2.connect(
                host=place.host,
                port=place.port,
                dbname=place.database,
                user=place.user,
                password=place.password or None,
                sslmode=place.sslmode,
                connect_timeout=10,
                application_name="credit_platform ledger",
                options=f"-c lock_timeout={WAIT_SECONDS}s",
            )
        except psycopg2.OperationalError as error:
            raise LedgerError(
                f"cannot reach the ledger, {place}: {str(error).strip()}. Check that the server runs and that "
                "CREDIT_PLATFORM_LEDGER_URL names its host, port, database, user and password."
            ) from None


def ledger_store(settings: Settings) -> LedgerStore:
    """The database that the settings name."""
    url = settings.ledger.get_secret_value()
    kind, _, rest = url.partition("://")
    if kind == "sqlite" and rest.startswith("/"):
        return SqliteStore(settings.project / rest.removeprefix("/"))
    if kind in ("postgresql", "postgres"):
        return PostgresStore(postgres_place(url, setting="CREDIT_PLATFORM_LEDGER_URL"))
    # What stands in it may be a piece of a password, so it is not repeated.
    raise LedgerError(
        "CREDIT_PLATFORM_LEDGER_URL is neither sqlite:///FILE nor postgresql://USER:PASSWORD@HOST/DATABASE"
    )
