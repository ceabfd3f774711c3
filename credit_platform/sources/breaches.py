"""Broken rules as rows of text: where, which rule, what was found, what was expected."""

import pandas as pd

from credit_platform.contracts.source import Source
from credit_platform.sources.batch import QUARANTINE_COLUMNS, empty_quarantine
from credit_platform.sources.conversion import type_expected
from credit_platform.sources.raw_table import BREACH_COLUMNS, RawTable
from credit_platform.sources.records import visible
from credit_platform.sources.schema import DAY, Failures


def quarantined(breaches: list[pd.DataFrame], days: pd.Series, *, file: str, source: Source) -> pd.DataFrame:
    """These BREACH_COLUMNS as rows of ``Batch.quarantine``, by line; ``days`` gives source_day by their index."""
    parts = [part for part in breaches if len(part)]
    if not parts:
        return empty_quarantine()
    found = pd.concat(parts).sort_values("source_line", kind="stable")
    return found.assign(**{"source": source.name, DAY: days.loc[found.index], "source_file": file})[QUARANTINE_COLUMNS]


def breach_rows(failure: Failures, rows: pd.DataFrame, *, table: RawTable, source: Source) -> pd.DataFrame:
    """One row of BREACH_COLUMNS per row that breaks the rule; ``rows`` are the typed rows that it was judged on."""
    headers = {column.canonical: column.name for column in source.expanded_columns}
    return pd.DataFrame(
        {
            "source_line": table.lines.loc[failure.rows],
            "column_name": ", ".join(headers[name] for name in failure.columns),
            "rule": failure.rule,
            "found": _found(failure, table),
            "expected": _expected(failure, rows, table, source),
            "raw_text": table.raws.loc[failure.rows].map(visible),
        },
        index=failure.rows,
        columns=BREACH_COLUMNS,
    )


def _found(failure: Failures, table: RawTable) -> pd.Series:
    cells = table.texts.loc[failure.rows]
    if len(failure.columns) == 1:
        return cells[failure.columns[0]]
    shown = [name + "='" + cells[name] + "'" for name in failure.columns]
    return shown[0].str.cat(shown[1:], sep=", ")


def _expected(failure: Failures, rows: pd.DataFrame, table: RawTable, source: Source) -> str | pd.Series:
    rule, name = failure.rule, failure.columns[0]
    if rule == "unique":
        first = pd.Series(rows.index, rows.index).groupby([rows[DAY], rows[name]], dropna=False).transform("first")
        lines = table.lines.loc[first.loc[failure.rows]].set_axis(failure.rows)
        return "a value not seen before, line " + lines.astype(str) + " has it first"
    if rule == "day":
        return rows.loc[failure.rows, DAY].dt.strftime("%Y-%m-%d") + ", the day of the file"
    column = next(column for column in source.expanded_columns if column.canonical == name)
    wanted = {
        "type": type_expected(column),
        "encoding": "UTF-8 text",
        "required": f"a value, {type_expected(column)}",
        "minimum": f"at least {column.minimum or 0:.15g}",
        "above": f"above {column.above or 0:.15g}",
        "maximum": f"at most {column.maximum or 0:.15g}",
        "allowed": f"one of {', '.join(column.allowed)}",
        **{declared.name: declared.expression for declared in source.rules},
    }
    return wanted[rule]
