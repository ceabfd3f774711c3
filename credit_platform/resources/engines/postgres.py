"""Postgres: one database for all use cases, a set of schemas each; rows travel by COPY in both directions."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import psycopg2

from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import ColumnType
from credit_platform.resources.engines.base import LOCK_WAIT_SECONDS, WarehouseError, contract_type
from credit_platform.resources.engines.postgres_session import PostgresSession
from credit_platform.resources.engines.postgres_url import PostgresPlace, postgres_place

CONNECT_SECONDS = 10
BYTEWISE = frozenset({"C", "POSIX", "C.UTF-8", "C.utf8"})
"""Collations of libc that sort text by its bytes, as DuckDB does; those of Postgres's builtin provider all do."""
SESSION_OPTIONS = {
    "lock_timeout": f"{LOCK_WAIT_SECONDS}s",
    "timezone": "UTC",
    "datestyle": "ISO",
    # "not in (select ...)" over 70,000 keys is hashed only where the hash fits; the default 4 MB makes it quadratic.
    "work_mem": "128MB",
    # Compiling a plan takes longer than running it at this size.
    "jit": "off",
}
_COLUMN_TYPES: Mapping[str, ColumnType] = {
    "character varying": "text", "text": "text", "bigint": "integer", "integer": "integer", "smallint": "integer",
    "double precision": "decimal", "real": "decimal", "numeric": "decimal", "date": "date", "boolean": "boolean",
}  # fmt: skip


def postgres_engine(settings: Settings, use_case: str) -> "PostgresEngine":
    """The engine on the database that ``CREDIT_PLATFORM_WAREHOUSE_URL`` names."""
    return PostgresEngine(use_case, postgres_place(settings.warehouse_for(use_case).get_secret_value()))


@dataclass(frozen=True)
class PostgresEngine:
    """The warehouse of one use case in its own schemas of a shared database."""

    use_case: str
    place: PostgresPlace
    kind: Literal["duckdb", "postgres"] = "postgres"

    @property
    def database(self) -> str:
        return self.place.database

    @property
    def dbt_environment(self) -> Mapping[str, str]:
        # dbt scrubs variables with the prefix DBT_ENV_SECRET_ from its logs and artifacts.
        return {
            "CREDIT_PLATFORM_DBT_TARGET": self.kind,
            "CREDIT_PLATFORM_DBT_PG_HOST": self.place.host,
            "CREDIT_PLATFORM_DBT_PG_PORT": str(self.place.port),
            "CREDIT_PLATFORM_DBT_PG_USER": self.place.user,
            "CREDIT_PLATFORM_DBT_PG_DATABASE": self.place.database,
            "CREDIT_PLATFORM_DBT_PG_SSLMODE": self.place.sslmode,
            "DBT_ENV_SECRET_CREDIT_PLATFORM_PG_PASSWORD": self.place.password,
            "PGOPTIONS": _options(),
        }

    @contextmanager
    def session(self) -> Iterator[PostgresSession]:
        """A connection that closes at once afterwards; the database is refused if its text sorts by a language."""
        connection = self._connect()
        try:
            session = PostgresSession(self.use_case, self.place, connection)
            self._require_bytewise_text(session)
            yield session
        finally:
            connection.close()

    def reached(self) -> str:
        with self.session():
            return f"Postgres {self.place}"

    def column_type(self, sql_type: str) -> ColumnType:
        return contract_type(sql_type, _COLUMN_TYPES)

    def _connect(self) -> "psycopg2.extensions.connection":
        place = self.place
        try:
            connection = psycopg2.connect(
                host=place.host,
                port=place.port,
                dbname=place.database,
                user=place.user,
                password=place.password or None,
                sslmode=place.sslmode,
                connect_timeout=CONNECT_SECONDS,
                application_name="credit_platform",
                options=_options(),
            )
        except psycopg2.OperationalError as error:
            raise WarehouseError(
                f"cannot reach the warehouse, {place}: {str(error).strip()}. Check that the server runs and that "
                "CREDIT_PLATFORM_WAREHOUSE_URL names its host, port, database, user and password."
            ) from None
        connection.autocommit = True
        return connection

    def _require_bytewise_text(self, session: PostgresSession) -> None:
        found = session.columns(
            "select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, "
            "coalesce(to_jsonb(entry) ->> 'datlocale', datcollate) as collation "
            "from pg_database as entry where datname = current_database()"
        )
        encoding, provider, collation = (values[0] for values in found.values())
        if not is_bytewise(encoding=encoding, provider=provider, collation=collation):
            raise WarehouseError(
                f"{self.place} has encoding {encoding} and sorts text by {collation!r}; text must be UTF8 and sort by "
                "its bytes, so that both engines build the same tables. Make a database with: create database NAME "
                "template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
            )


def is_bytewise(*, encoding: str, provider: str, collation: str) -> bool:
    """Whether text compares by its UTF-8 bytes; ``provider`` as in pg_database (b builtin, c libc, i ICU)."""
    return encoding == "UTF8" and (provider == "b" or (provider == "c" and collation in BYTEWISE))


def _options() -> str:
    return " ".join(f"-c {name}={value}" for name, value in SESSION_OPTIONS.items())
