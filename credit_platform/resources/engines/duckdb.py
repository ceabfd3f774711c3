"""DuckDB: one file per use case, opened in short sessions because it has one writer process."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import pandas as pd

from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import ColumnType
from credit_platform.resources.engines.base import (
    LOCK_WAIT_SECONDS,
    Replacement,
    WarehouseError,
    contract_type,
    lacking_columns,
    missing_table,
)
from credit_platform.resources.engines.rows import arrow_tables
from credit_platform.resources.tables import matching, qualified, quoted, table_definition

_COLUMN_TYPES: Mapping[str, ColumnType] = {
    "varchar": "text", "bigint": "integer", "integer": "integer", "hugeint": "integer", "smallint": "integer",
    "double": "decimal", "float": "decimal", "decimal": "decimal", "date": "date", "boolean": "boolean",
}  # fmt: skip
_SPELT: Mapping[str, str] = {"double precision": "double"}
"""Types of our definitions that DuckDB spells in another way."""
_PREFIX = "duckdb:///"


def duckdb_engine(settings: Settings, use_case: str) -> "DuckDbEngine":
    """The engine on the file that the settings name; a relative path is resolved against the project."""
    url = settings.warehouse_for(use_case).get_secret_value()
    if not url.startswith(_PREFIX) or url == _PREFIX:
        raise WarehouseError(f"CREDIT_PLATFORM_WAREHOUSE_URL names no file; a DuckDB file is written {_PREFIX}FILE")
    path = (settings.project / url.removeprefix(_PREFIX)).resolve()
    return DuckDbEngine(use_case, path, settings.duckdb_memory)


@dataclass(frozen=True)
class DuckDbEngine:
    """The warehouse of one use case in one file."""

    use_case: str
    path: Path
    memory: str
    kind: Literal["duckdb", "postgres"] = "duckdb"

    @property
    def database(self) -> str:
        return self.path.stem

    @property
    def dbt_environment(self) -> Mapping[str, str]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return {
            "CREDIT_PLATFORM_DBT_TARGET": self.kind,
            "CREDIT_PLATFORM_DBT_DUCKDB_PATH": str(self.path),
            "CREDIT_PLATFORM_DBT_DUCKDB_MEMORY": self.memory,
        }

    @contextmanager
    def session(self) -> Iterator["DuckDbSession"]:
        """A connection that closes at once afterwards; waits up to a minute for another process to let go."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(self.path)
        try:
            connection.execute("set memory_limit = ?", [self.memory])
            yield DuckDbSession(self.use_case, connection)
        finally:
            connection.close()

    def reached(self) -> str:
        # Not opened: that would make the file, or wait for the process that writes to it.
        return f"DuckDB file {self.path}"

    def column_type(self, sql_type: str) -> ColumnType:
        return contract_type(sql_type, _COLUMN_TYPES)


@dataclass(frozen=True)
class DuckDbSession:
    use_case: str
    connection: duckdb.DuckDBPyConnection

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        with self._pointed():
            return self.connection.execute(sql, list(parameters)).df()

    def columns(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, list[Any]]:
        with self._pointed():
            cursor = self.connection.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        with self._pointed():
            self.connection.execute(sql, list(parameters))

    def apply(self, replacement: Replacement) -> None:
        # No index for what is ``sought``: one on 10M keys took 37 s and half the table's size again, and 11,000 keys
        # were found in the 1 s that reading the column takes without it.
        name = qualified(*replacement.table)
        self.connection.execute(f"create schema if not exists {quoted(replacement.table[0])}")
        if replacement.where is None:
            self.connection.execute(f"create or replace table {name} ({table_definition(replacement.columns)})")
        else:
            self._make_table(replacement)
            if replacement.where:
                condition, values = matching(replacement.where)
                self.connection.execute(f"delete from {name} where {condition}", values)
        listed = ", ".join(quoted(column) for column in replacement.columns)
        for rows in arrow_tables(replacement):
            self.connection.register("incoming", rows)
            self.connection.execute(f"insert into {name} ({listed}) select {listed} from incoming")
            self.connection.unregister("incoming")

    def _make_table(self, replacement: Replacement) -> None:
        name = qualified(*replacement.table)
        self.connection.execute(f"create table if not exists {name} ({table_definition(replacement.columns)})")
        found = dict(self.connection.execute("select name, lower(type) from pragma_table_info(?)", [name]).fetchall())
        wanted = {column: _SPELT.get(kind, kind) for column, kind in replacement.columns.items()}
        for column in lacking_columns(replacement, found, wanted):
            self.connection.execute(f"alter table {name} add column {quoted(column)} {replacement.columns[column]}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    @contextmanager
    def _pointed(self) -> Iterator[None]:
        try:
            yield
        except duckdb.CatalogException as error:
            raise missing_table(self.use_case, str(error).splitlines()[0]) from error


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException as error:
            if "lock" not in str(error).lower() or time.monotonic() > deadline:
                raise WarehouseError(
                    f"cannot open the warehouse {path.name} within {LOCK_WAIT_SECONDS} s: "
                    f"{str(error).splitlines()[0]}. If another credit-platform process runs, let it finish."
                ) from error
            time.sleep(0.2)
