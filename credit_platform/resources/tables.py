"""How a contract's column types are spelt in SQL, on both engines."""

from collections.abc import Mapping
from typing import Any

from credit_platform.contracts.source import ColumnType

SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "double precision",
    "date": "date",
    "boolean": "boolean",
}

PROVENANCE: Mapping[str, str] = {"source_day": "date", "source_file": "varchar", "source_line": "bigint"}
"""Where a raw row comes from; source_day is null for a source that is read whole."""

QUARANTINE: Mapping[str, str] = {
    "source": "varchar",
    "source_day": "date",
    "source_file": "varchar",
    "source_line": "bigint",
    "column_name": "varchar",
    "rule": "varchar",
    "found": "varchar",
    "expected": "varchar",
    "raw_text": "varchar",
}

RAW_TEXT: Mapping[str, str] = {"raw_text": "varchar"}
"""A row as its file has it, kept with the units that another day may turn out to have delivered first."""

VERDICTS: Mapping[str, str] = {
    "source": "varchar",
    "source_day": "date",
    "source_file": "varchar",
    "sha256": "varchar",
    "lines_sha256": "varchar",
    "file_sha256": "varchar",
    "contract_sha256": "varchar",
    "total_rows": "bigint",
    "bad_rows": "bigint",
    "repeated_rows": "bigint",
    "is_accepted": "boolean",
    "refusal": "varchar",
    "recorded_at": "timestamp",
}
"""One row per source and day: what was made of which bytes. ``lines_sha256``: of the batch's own lines; ``sha256``: the
same while no other day has a unit of it, else also of which rows are set aside, so that it changes whenever the rows in
force do; ``file_sha256``: of the file; ``repeated_rows``: those of the bad rows whose unit another day has."""


def quoted(name: str) -> str:
    """A quoted identifier; the names of this platform never hold a quote."""
    if '"' in name:
        raise ValueError(f"identifier {name!r} holds a double quote; use letters, digits and underscores")
    return f'"{name}"'


def qualified(schema: str, table: str) -> str:
    return f"{quoted(schema)}.{quoted(table)}"


def table_definition(columns: Mapping[str, str]) -> str:
    """Columns with their SQL types, as ``create table`` lists them."""
    return ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())


def matching(where: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """A condition on the columns of ``where`` (None is null), and its parameters in order."""
    terms = [f"{quoted(c)} is null" if v is None else f"{quoted(c)} = ?" for c, v in where.items()]
    return " and ".join(terms), [v for v in where.values() if v is not None]
