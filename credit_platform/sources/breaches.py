"""Broken rules as rows of text: where, which rule, what was found, what was expected."""

from collections.abc import Iterator, Mapping

import pandas as pd

from credit_platform.contracts.source import FileFormat, Source
from credit_platform.sources.batch import QUARANTINE_COLUMNS, empty_quarantine
from credit_platform.sources.conversion import type_expected
from credit_platform.sources.raw_table import BREACH_COLUMNS, RawChunk
from credit_platform.sources.schema import DAY, Failures


def quarantined(breaches: list[pd.DataFrame], days: pd.Series, *, file: str, source: Source) -> pd.DataFrame:
    """These BREACH_COLUMNS as rows of ``Batch.quarantine``, by line; ``days`` gives source_day by their index."""
    parts = [part for part in breaches if len(part)]
    if not parts:
        return empty_quarantine()
    found = pd.concat(parts).sort_values("source_line", kind="stable")
    return found.assign(**{"source": source.name, DAY: days.loc[found.index], "source_file": file})[QUARANTINE_COLUMNS]


def breach_rows(
    failure: Failures, rows: pd.DataFrame, *, chunk: RawChunk, source: Source, form: FileFormat
) -> pd.DataFrame:
    """One row of BREACH_COLUMNS per row that breaks the rule; ``rows`` are the typed rows that it was judged on."""
    return _breaches(failure, _expected(failure, rows, source, form), chunk=chunk, source=source)


def repeat_rows(
    repeated: list[Failures], rows: pd.DataFrame, before: Mapping[str, pd.Series], *, chunk: RawChunk, source: Source
) -> Iterator[pd.DataFrame]:
    """Rows of BREACH_COLUMNS for repetitions within the chunk, and ``before`` it: canonical column -> first place."""
    for failure in repeated:
        (name,) = failure.columns
        first = pd.Series(rows.index, rows.index).groupby([rows[DAY], rows[name]], dropna=False).transform("first")
        lines = pd.Series(chunk.lines[first.loc[failure.rows]], index=failure.rows)
        earlier = before.get(name, pd.Series(dtype=object))
        inside = Failures(failure.columns, failure.rule, failure.rows.difference(earlier.index))
        yield _breaches(inside, _repeat("line " + lines.loc[inside.rows].astype(str)), chunk=chunk, source=source)
    for name, places in before.items():
        yield _breaches(Failures((name,), "unique", places.index), _repeat(places), chunk=chunk, source=source)


def _repeat(places: pd.Series) -> pd.Series:
    return "a value not seen before, " + places + " has it first"


def _breaches(failure: Failures, expected: str | pd.Series, *, chunk: RawChunk, source: Source) -> pd.DataFrame:
    headers = {column.canonical: column.name for column in source.expanded_columns}
    return pd.DataFrame(
        {
            "source_line": chunk.lines[failure.rows.to_numpy(dtype="int64")],
            "column_name": ", ".join(headers[name] for name in failure.columns),
            "rule": failure.rule,
            "found": _found(failure, chunk),
            "expected": expected,
            "raw_text": chunk.raw_texts(failure.rows),
        },
        index=failure.rows,
        columns=BREACH_COLUMNS,
    )


def _found(failure: Failures, chunk: RawChunk) -> pd.Series:
    wanted = chunk.cells.select(list(failure.columns)).take(failure.rows.to_numpy(dtype="int64"))
    cells = {name: pd.Series(wanted[name].to_pylist(), index=failure.rows, dtype=object) for name in failure.columns}
    if len(failure.columns) == 1:
        return cells[failure.columns[0]]
    shown = [name + "='" + cells[name] + "'" for name in failure.columns]
    return shown[0].str.cat(shown[1:], sep=", ")


def _expected(failure: Failures, rows: pd.DataFrame, source: Source, form: FileFormat) -> str | pd.Series:
    rule, name = failure.rule, failure.columns[0]
    if rule == "day":
        return rows.loc[failure.rows, DAY].dt.strftime("%Y-%m-%d") + ", the day of the file"
    column = next(column for column in source.expanded_columns if column.canonical == name)
    wanted = {
        "type": type_expected(column, form),
        "encoding": "UTF-8 text" if form.encoding == "utf-8" else f"{form.encoding.upper()} text",
        "required": f"a value, {type_expected(column, form)}",
        "minimum": f"at least {column.minimum or 0:.15g}",
        "above": f"above {column.above or 0:.15g}",
        "maximum": f"at most {column.maximum or 0:.15g}",
        "allowed": f"one of {', '.join(column.allowed)}",
        **{declared.name: declared.expression for declared in source.rules},
    }
    return wanted[rule]
