"""The tables of credit_default by the shortest hand-written DuckDB SQL (sql/*.sql), and hashes to compare them with
the platform's."""

import datetime as dt
from pathlib import Path

import duckdb

from credit_platform.resources.tables import RAW_TEXT

FOLDER = Path(__file__).with_name("sql")
PARTS = ("raw", "star", "features")
RAW, STAR = "credit_default_raw", "credit_default_star"
RECORDS = frozenset({"verdicts", "quarantine", "applications_set_aside"})
"""Raw tables about files instead of their rows: the hand-written SQL has none."""
DERIVED = frozenset({"int_customer_states", "int_lender_states"})
"""Views of the star schema that the hand-written features do without."""


def run_part(connection: duckdb.DuckDBPyConnection, part: str, *, folder: Path, last: dt.date) -> None:
    """Build one part's tables; raw reads the landing folder up to the last day, the others read the part before."""
    connection.execute("set variable folder = ?", [str(folder)])
    connection.execute("set variable last = ?", [f"{last:%Y%m%d}"])
    connection.execute((FOLDER / f"{part}.sql").read_text(encoding="utf-8"))


def table_hashes(database: Path, *, memory: str | None = None) -> dict[str, tuple[int, int, str]]:
    """Table -> rows, sum of the row hashes (so in any order), and the column types, of raw and star tables.

    Views, staging included, are left out, and so are tables without a counterpart and the text that a raw row keeps of
    its line.
    """
    out = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        if memory is not None:
            connection.execute("set memory_limit = ?", [memory])
        listed = connection.execute(
            "select table_schema, table_name, list(lower(column_name) order by lower(column_name)), "
            "string_agg(lower(column_name) || ' ' || data_type, ', ' order by lower(column_name)) "
            "from information_schema.columns join information_schema.tables using (table_schema, table_name) "
            "where table_schema in (?, ?) and table_type = 'BASE TABLE' "
            "and not list_contains(?, lower(column_name)) group by all order by all",
            [RAW, STAR, list(RAW_TEXT)],
        ).fetchall()
        for schema, table, columns, types in listed:
            if table in RECORDS | DERIVED:
                continue
            row = ", ".join(f'"{column}"' for column in columns)
            found = connection.execute(
                f'select count(*), coalesce(sum(hash({row})::hugeint), 0) from "{schema}"."{table}"'
            ).fetchall()
            out[f"{schema}.{table}"] = (*found[0], types)
    return out
