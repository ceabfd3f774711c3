"""What every engine of the warehouse offers, and the words that all of them share."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pandas as pd

from credit_platform.contracts.source import ColumnType

LOCK_WAIT_SECONDS = 60
"""How long a step waits for another process that holds the file (DuckDB) or a table (Postgres)."""


class WarehouseError(RuntimeError):
    """The warehouse cannot be reached, or does not hold what was asked for. Its text never holds a password."""


@dataclass(frozen=True)
class Replacement:
    """Rows of one table that take the place of those matching ``where``; None replaces the whole table,
    an empty mapping replaces nothing (appends).

    ``columns``: name -> SQL type (``tables.SQL_TYPES`` lists those that both engines know). ``rows``: one frame, or an
    iterable of frames that is drawn while the transaction runs, so that a large file is never in memory whole.
    ``sought``: columns by each of which single rows are looked for later, as parts are by those of ``where``.
    """

    table: tuple[str, str]
    columns: Mapping[str, str]
    rows: pd.DataFrame | Iterable[pd.DataFrame]
    where: Mapping[str, Any] | None = None
    sought: Sequence[str] = ()


class Session(Protocol):
    """One open connection. Parameters are written ``?`` whatever the driver's own mark is."""

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The result of a query; both engines hand out the same pandas types."""
        ...

    def columns(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, list[Any]]:
        """The result of a query as lists of plain Python values by column: None is null, dates are dates."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that has no result."""
        ...

    def apply(self, replacement: Replacement) -> None:
        """Make the table if need be, delete what is replaced and load the rows."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is visible at the end of the block, or, if it is left by an error, never."""
        ...


class Engine(Protocol):
    """Where one use case's warehouse is kept."""

    @property
    def kind(self) -> Literal["duckdb", "postgres"]:
        """Name of the engine: dbt's target, and a kind of the assets that it keeps."""
        ...

    @property
    def database(self) -> str:
        """Name under which SQL of this engine knows the database."""
        ...

    @property
    def dbt_environment(self) -> Mapping[str, str]:
        """Variables that ``profiles.yml`` reads."""
        ...

    def session(self) -> AbstractContextManager[Session]:
        """A connection that closes at the end of the block."""
        ...

    def reached(self) -> str:
        """Where the warehouse is, in words without a password, once a server has answered; WarehouseError if not."""
        ...

    def column_type(self, sql_type: str) -> ColumnType:
        """The contract's word for a type as ``information_schema`` spells it; WarehouseError for any other."""
        ...


def missing_table(use_case: str, told: str) -> WarehouseError:
    """A step reads what was not built yet."""
    return WarehouseError(
        f"the warehouse of {use_case!r} lacks a table that this step reads: {told}. "
        f"Materialise what is upstream first, for example with: credit-platform run {use_case}"
    )


def lacking_columns(replacement: Replacement, found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Columns that a table written by parts, of an earlier version or contract, has yet to be given.

    ``found`` and ``wanted``: column -> SQL type as the engine spells it. WarehouseError for a column of another type,
    which an engine may silently make of the new values.
    """
    for column in wanted:
        if found.get(column, wanted[column]) != wanted[column]:
            schema, table = replacement.table
            raise WarehouseError(
                f"column {column!r} of {schema}.{table}: found type {found[column]}, expected {wanted[column]}; its "
                f'other parts were written with the former type: drop table "{schema}"."{table}" cascade, then '
                "materialise all its days again"
            )
    return [column for column in wanted if column not in found]


def contract_type(sql_type: str, known: Mapping[str, ColumnType]) -> ColumnType:
    """Look a type up without its precision."""
    name = sql_type.partition("(")[0].strip().lower()
    if name not in known:
        raise WarehouseError(
            f"SQL type {sql_type!r} has no counterpart in file contracts and releases; cast the column to one of "
            f"{', '.join(sorted(known))} in its model"
        )
    return known[name]
