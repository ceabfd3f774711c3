"""The warehouse: tables of one use case, on the engine that the settings name, in short sessions."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import ColumnType
from credit_platform.resources.engines import engine_for
from credit_platform.resources.engines.base import Replacement, Session, WarehouseError

__all__ = ["Replacement", "Session", "Warehouse", "WarehouseError", "utc_now"]


@dataclass(frozen=True)
class Warehouse:
    """Reads and writes tables of one use case at a time; every write is one transaction.

    SQL is written for both engines: ``?`` for parameters (a list is a parameter too: ``unnest(cast(? as date[]))``),
    lower-case names, ``cast``, and an ``order by`` wherever order matters.
    """

    settings: Settings

    def session(self, use_case: str) -> AbstractContextManager[Session]:
        """A connection for several statements, closed at the end of the block; keep it short."""
        return engine_for(self.settings, use_case).session()

    def read(self, use_case: str, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The result of a query; a missing table is a pointed error."""
        with self.session(use_case) as session:
            return session.frame(sql, parameters)

    def columns(self, use_case: str, sql: str, parameters: Sequence[Any] = ()) -> dict[str, list[Any]]:
        """The result of a query as lists of plain Python values by column: None is null, dates are dates."""
        with self.session(use_case) as session:
            return session.columns(sql, parameters)

    def types(self, use_case: str, schema: str, table: str, *, columns: Sequence[str]) -> dict[str, ColumnType]:
        """Type of each of these columns of a table, in the words of the contracts."""
        found = self.columns(
            use_case,
            "select column_name, data_type from information_schema.columns where table_schema = ? and table_name = ?",
            [schema, table],
        )
        kinds = dict(zip(found["column_name"], found["data_type"], strict=True))
        if absent := sorted(set(columns) - set(kinds)):
            raise WarehouseError(f"table {schema}.{table} lacks the columns {absent}; it has {sorted(kinds)}")
        engine = engine_for(self.settings, use_case)
        return {column: engine.column_type(kinds[column]) for column in columns}

    def has_table(self, use_case: str, schema: str, table: str) -> bool:
        found = self.columns(
            use_case,
            "select 1 as found from information_schema.tables where table_schema = ? and table_name = ?",
            [schema, table],
        )
        return bool(found["found"])

    def replace(
        self,
        use_case: str,
        table: tuple[str, str],
        *,
        columns: Mapping[str, str],
        rows: pd.DataFrame | Iterable[pd.DataFrame],
        where: Mapping[str, Any] | None = None,
    ) -> None:
        """Put ``rows`` in the place of those that match ``where`` (of all, if None), in one transaction."""
        self.write(use_case, [Replacement(table=table, columns=columns, rows=rows, where=where)])

    def write(self, use_case: str, replacements: Iterable[Replacement]) -> None:
        """Several replacements in one transaction: all of them are visible, or none."""
        with self.session(use_case) as session, session.transaction():
            for replacement in replacements:
                session.apply(replacement)


def utc_now() -> dt.datetime:
    """The wall clock, for ``recorded_at`` columns only (naive UTC, as both engines store it)."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
