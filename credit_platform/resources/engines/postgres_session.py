"""One Postgres connection: ``?`` parameters, frames by COPY, and errors that say what to do."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import psycopg2
import psycopg2.errors
import pyarrow as pa
from pyarrow import csv

from credit_platform.resources.engines.base import (
    LOCK_WAIT_SECONDS,
    Replacement,
    WarehouseError,
    lacking_columns,
    missing_table,
)
from credit_platform.resources.engines.postgres_copy import copied_frame
from credit_platform.resources.engines.postgres_sql import in_driver_marks
from credit_platform.resources.engines.postgres_url import PostgresPlace
from credit_platform.resources.engines.rows import arrow_tables
from credit_platform.resources.tables import matching, qualified, quoted, table_definition

_COPY_ROWS = 100_000
"""Rows of one COPY: some tens of megabytes of text at a time."""
_SPELT: Mapping[str, str] = {"varchar": "character varying", "timestamp": "timestamp without time zone"}
"""Types of our definitions that ``format_type`` spells in another way."""

_INDEXES = "select cast(cast(indexrelid as regclass) as text) as index from pg_index where indrelid = to_regclass(?)"
_INDEX_ON = """
select indexrelid from pg_index where indrelid = to_regclass(?) and cast(? as text[]) = (
    select array_agg(cast(attname as text) order by place)
    from unnest(cast(indkey as smallint[])) with ordinality as listed (number, place)
    inner join pg_attribute on attrelid = indrelid and attnum = number
)
"""
"""The index on just these columns, in their order."""


@dataclass(frozen=True)
class PostgresSession:
    use_case: str
    place: PostgresPlace
    connection: "psycopg2.extensions.connection"

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        with self._pointed(), self.connection.cursor() as cursor:
            return copied_frame(cursor, in_driver_marks(sql), tuple(parameters))

    def columns(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, list[Any]]:
        with self._pointed(), self.connection.cursor() as cursor:
            cursor.execute(in_driver_marks(sql), tuple(parameters))
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
        return {name: [row[i] for row in rows] for i, name in enumerate(names)}

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        with self._pointed(), self.connection.cursor() as cursor:
            cursor.execute(in_driver_marks(sql), tuple(parameters))

    def apply(self, replacement: Replacement) -> None:
        self._make_schema(replacement.table[0])
        self._make_table(replacement)
        if replacement.where:
            # Who waits for another writer sees that one's rows only if the delete begins when the wait is over: without
            # the lock two writers of one part left its rows twice. Readers go on.
            self.execute(f"lock table {qualified(*replacement.table)} in share row exclusive mode")
            condition, values = matching(replacement.where)
            self.execute(f"delete from {qualified(*replacement.table)} where {condition}", values)
        for rows in arrow_tables(replacement):
            for start in range(0, len(rows), _COPY_ROWS):
                self._copy_in(replacement, rows.slice(start, _COPY_ROWS))
        self._make_indexes(replacement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("begin")
        try:
            yield
        except BaseException:
            # A connection that the server has closed has nothing to take back.
            if not self.connection.closed:
                self.execute("rollback")
            raise
        self.execute("commit")

    def _make_schema(self, schema: str) -> None:
        # "create schema if not exists" wants the right to create one even where it exists.
        if self.columns("select to_regnamespace(?) is null as is_absent", [quoted(schema)])["is_absent"][0]:
            self.execute(f"create schema {quoted(schema)}")

    def _make_table(self, replacement: Replacement) -> None:
        name = qualified(*replacement.table)
        found = self._definition(name)
        wanted = {column: _SPELT.get(kind, kind) for column, kind in replacement.columns.items()}
        if replacement.where is None and found == wanted:
            # Not dropped: dbt's staging views read it. Truncation is taken back with the transaction.
            self.execute(f"truncate table {name}")
            # Made anew once the rows are in.
            for index in self.columns(_INDEXES, [name])["index"]:
                self.execute(f"drop index {index}")
            return
        if replacement.where is None and found:
            # Views over the old columns go with it; the next dbt build makes them anew.
            self.execute(f"drop table {name} cascade")
            found = {}
        if not found:
            self.execute(f"create table {name} ({table_definition(replacement.columns)})")
            return
        for column in lacking_columns(replacement, found, wanted):
            self.execute(f"alter table {name} add column {quoted(column)} {replacement.columns[column]}")

    def _make_indexes(self, replacement: Replacement) -> None:
        """After the rows: sorting the keys of a first million takes a fraction of putting each into its place."""
        name = qualified(*replacement.table)
        for columns in {tuple(replacement.where or ()), *((column,) for column in replacement.sought)} - {()}:
            if not self.columns(_INDEX_ON, [name, list(columns)])["indexrelid"]:
                self.execute(f"create index on {name} ({', '.join(map(quoted, columns))})")

    def _definition(self, name: str) -> dict[str, str]:
        found = self.columns(
            "select attname, format_type(atttypid, atttypmod) as kind from pg_attribute "
            "where attrelid = to_regclass(?) and attnum > 0 and not attisdropped order by attnum",
            [name],
        )
        return dict(zip(found["attname"], found["kind"], strict=True))

    def _copy_in(self, replacement: Replacement, rows: pa.Table) -> None:
        text = io.BytesIO()
        # Null is an empty field, an empty text a quoted one: COPY reads both back as what they were.
        csv.write_csv(rows, text, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
        text.seek(0)
        listed = ", ".join(quoted(column) for column in replacement.columns)
        with self._pointed(), self.connection.cursor() as cursor:
            cursor.copy_expert(f"copy {qualified(*replacement.table)} ({listed}) from stdin with (format csv)", text)

    @contextmanager
    def _pointed(self) -> Iterator[None]:
        try:
            yield
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName) as error:
            raise missing_table(self.use_case, _first_line(error)) from error
        except psycopg2.errors.InsufficientPrivilege as error:
            raise WarehouseError(
                f"{self.place} lacks a right: {_first_line(error)}. The user must own the schemas {self.use_case}_* or "
                f'be allowed to make them: grant create on database "{self.place.database}" to "{self.place.user}"'
            ) from error
        except psycopg2.errors.LockNotAvailable as error:
            raise WarehouseError(
                f"{self.place}: another session holds a table of {self.use_case!r} for more than {LOCK_WAIT_SECONDS} s "
                f"({_first_line(error)}). If another credit-platform process runs, let it finish."
            ) from error
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise WarehouseError(
                f"{self.place}: the connection broke ({_first_line(error)}). What this step wrote was taken back; run "
                "it again once the server answers."
            ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
