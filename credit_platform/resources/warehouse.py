"""The warehouse: one DuckDB file per use case, opened in short sessions because it has one writer process."""

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from credit_platform.contracts.settings import Settings
from credit_platform.resources.tables import qualified, quoted

LOCK_WAIT_SECONDS = 60


class WarehouseError(RuntimeError):
    """The warehouse cannot be reached, or does not hold what was asked for."""


def database_path(settings: Settings, use_case: str) -> Path:
    """File of a use case's DuckDB warehouse."""
    url = settings.warehouse_for(use_case)
    if not url.startswith("duckdb:///"):
        scheme = url.split(":", 1)[0]
        raise WarehouseError(
            f"CREDIT_PLATFORM_WAREHOUSE_URL has scheme {scheme!r}; this version runs on duckdb:/// only. "
            "Unset it, or name a DuckDB file."
        )
    return Path(url.removeprefix("duckdb:///"))


@dataclass(frozen=True)
class Warehouse:
    """Reads and writes tables of one use case at a time; every write is one transaction."""

    settings: Settings

    @contextmanager
    def session(self, use_case: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that closes at once afterwards; waits up to a minute for another process to let go."""
        path = database_path(self.settings, use_case)
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path)
        try:
            yield connection
        finally:
            connection.close()

    def read(self, use_case: str, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The result of a query; a missing table is a pointed error."""
        with self.session(use_case) as connection:
            try:
                return connection.execute(sql, list(parameters)).df()
            except duckdb.CatalogException as error:
                raise WarehouseError(
                    f"the warehouse of {use_case!r} lacks a table that this step reads: {str(error).splitlines()[0]}. "
                    f"Materialise what is upstream first, for example with: credit-platform run {use_case}"
                ) from error

    def columns(self, use_case: str, sql: str, parameters: Sequence[Any] = ()) -> dict[str, list[Any]]:
        """The result of a query as lists of plain Python values by column: None is null, dates are dates."""
        with self.session(use_case) as connection:
            cursor = connection.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}

    def types(self, use_case: str, schema: str, table: str) -> dict[str, str]:
        """Column -> SQL type of a table, in order."""
        found = self.columns(
            use_case,
            "select column_name, data_type from information_schema.columns "
            "where table_schema = ? and table_name = ? order by ordinal_position",
            [schema, table],
        )
        return dict(zip(found["column_name"], found["data_type"], strict=True))

    def has_table(self, use_case: str, schema: str, table: str) -> bool:
        found = self.read(
            use_case,
            "select 1 as found from information_schema.tables where table_schema = ? and table_name = ?",
            [schema, table],
        )
        return not found.empty

    def replace(
        self,
        use_case: str,
        table: tuple[str, str],
        *,
        columns: Mapping[str, str],
        rows: pd.DataFrame,
        where: Mapping[str, Any] | None = None,
    ) -> None:
        """Put ``rows`` in the place of those that match ``where`` (of all, if None), in one transaction."""
        self.write(use_case, [Replacement(table=table, columns=columns, rows=rows, where=where)])

    def write(self, use_case: str, replacements: Sequence["Replacement"]) -> None:
        """Several replacements in one transaction: all of them are visible, or none."""
        with self.session(use_case) as connection:
            connection.begin()
            for replacement in replacements:
                _apply(connection, replacement)
            connection.commit()


@dataclass(frozen=True)
class Replacement:
    """Rows of one table that take the place of those matching ``where``; None replaces the whole table,
    an empty mapping replaces nothing (appends)."""

    table: tuple[str, str]
    columns: Mapping[str, str]
    rows: pd.DataFrame
    where: Mapping[str, Any] | None = None


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


def _apply(connection: duckdb.DuckDBPyConnection, replacement: Replacement) -> None:
    schema, table = replacement.table
    name = qualified(schema, table)
    definition = ", ".join(f"{quoted(column)} {kind}" for column, kind in replacement.columns.items())
    connection.execute(f"create schema if not exists {quoted(schema)}")
    if replacement.where is None:
        connection.execute(f"create or replace table {name} ({definition})")
    else:
        connection.execute(f"create table if not exists {name} ({definition})")
        _delete(connection, name, replacement.where)
    if len(replacement.rows):
        connection.register("incoming", replacement.rows)
        listed = ", ".join(quoted(column) for column in replacement.columns)
        cast = ", ".join(f"cast({quoted(column)} as {kind})" for column, kind in replacement.columns.items())
        connection.execute(f"insert into {name} ({listed}) select {cast} from incoming")
        connection.unregister("incoming")


def _delete(connection: duckdb.DuckDBPyConnection, name: str, where: Mapping[str, Any]) -> None:
    if not where:
        return
    terms = [f"{quoted(c)} is null" if v is None else f"{quoted(c)} = ?" for c, v in where.items()]
    values = [v for v in where.values() if v is not None]
    connection.execute(f"delete from {name} where {' and '.join(terms)}", values)


def utc_now() -> dt.datetime:
    """The wall clock, for ``recorded_at`` columns only (naive UTC, as both engines store it)."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
