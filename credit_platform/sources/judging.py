"""Raw cells against the contract: which rows are good, and every broken rule of the others."""

from dataclasses import dataclass

import pandas as pd

from credit_platform.contracts.source import Source
from credit_platform.sources.breaches import breach_rows, quarantined
from credit_platform.sources.conversion import typed
from credit_platform.sources.raw_table import RawTable
from credit_platform.sources.schema import DAY, Failures, failures_of


@dataclass(frozen=True)
class Judged:
    """``good``: as ``Batch.rows``; ``quarantine``: as ``Batch.quarantine``, in the order of the file's lines.

    The index of both is the row of the raw table, so that a cut file is judged once and cut afterwards.
    """

    good: pd.DataFrame
    quarantine: pd.DataFrame


def judge(table: RawTable, days: pd.Series, *, source: Source) -> Judged:
    """Judge the rows that ``days`` (source_day per row, datetime64[ns], null without a day) is indexed by.

    A duplicate is a repetition of an earlier *good* row of the same day: where the first of two equal keys is set apart
    for a reason of its own, the second is not lost with it.
    """
    texts = table.texts.loc[days.index]
    rows, wrong = _typed(texts, source)
    rows[DAY] = days
    undecodable = _undecodable(table, days.index)
    named = {(failure.columns, row) for failure in [*wrong, *undecodable] for row in failure.rows}
    broken = [_without(failure, named) for failure in failures_of(source, rows)]
    lasting = [*wrong, *undecodable, *(failure for failure in broken if failure.rule != "unique")]
    survivors = rows.drop(_rows_of(lasting))
    repeated = failures_of(source, survivors) if lasting else broken
    good = survivors.drop(_rows_of(repeated))
    located = good.assign(source_file=table.file, source_line=table.lines.loc[good.index])
    breaches = [
        *(breach_rows(failure, rows, table=table, source=source) for failure in lasting),
        *(breach_rows(failure, survivors, table=table, source=source) for failure in repeated),
    ]
    return Judged(located, quarantined(breaches, days, file=table.file, source=source))


def _typed(texts: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, list[Failures]]:
    values, wrong = {}, []
    for column in source.expanded_columns:
        converted = typed(texts[column.canonical], column)
        values[column.canonical] = converted.values
        if converted.wrong.any():
            wrong.append(Failures((column.canonical,), "type", texts.index[converted.wrong]))
    return pd.DataFrame(values, index=texts.index), wrong


def _undecodable(table: RawTable, judged: pd.Index) -> list[Failures]:
    inside = set(judged)
    return [Failures((column,), "encoding", pd.Index([row])) for row, column in table.undecodable if row in inside]


def _without(failure: Failures, named: set[tuple[tuple[str, ...], int]]) -> Failures:
    # A wrong cell became null, or an escaped text: the contract would name it a second time.
    kept = [row for row in failure.rows if (failure.columns, row) not in named] if named else failure.rows
    return Failures(failure.columns, failure.rule, pd.Index(kept, dtype="int64"))


def _rows_of(failures: list[Failures]) -> list[int]:
    return sorted({row for failure in failures for row in failure.rows})
