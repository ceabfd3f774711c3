"""Raw cells against the contract: which rows are good, and every broken rule of the others."""

from dataclasses import dataclass

import pandas as pd

from credit_platform.contracts.source import FileFormat, Source
from credit_platform.sources.breaches import breach_rows, quarantined, repeat_rows
from credit_platform.sources.conversion import typed_cells
from credit_platform.sources.raw_table import RawChunk
from credit_platform.sources.schema import DAY, Failures, failures_of
from credit_platform.sources.seen import Seen


@dataclass(frozen=True)
class Judged:
    """``good``: as ``Batch.rows``; ``quarantine``: as ``Batch.quarantine``, in the order of the file's lines.

    The index of both is the row of the chunk, so that a cut file is judged once and cut afterwards.
    """

    good: pd.DataFrame
    quarantine: pd.DataFrame


def judge(chunk: RawChunk, days: pd.Series, *, source: Source, form: FileFormat, seen: Seen) -> Judged:
    """Judge the rows that ``days`` (source_day per row, datetime64[ns], null without a day) is indexed by.

    A duplicate is a repetition of an earlier *good* row of the same day: where the first of two equal keys is set apart
    for a reason of its own, the second is not lost with it.
    """
    rows, wrong = _typed(chunk, days.index, source, form)
    rows[DAY] = days
    undecodable = _undecodable(chunk, days.index)
    named = {(failure.columns, row) for failure in [*wrong, *undecodable] for row in failure.rows}
    broken = [_without(failure, named) for failure in failures_of(source, rows)]
    lasting = [*wrong, *undecodable, *(failure for failure in broken if failure.rule != "unique")]
    survivors = rows.drop(_rows_of(lasting)) if lasting else rows
    repeated = [failure for failure in (failures_of(source, survivors) if lasting else broken) if len(failure.rows)]
    lines = pd.Series(chunk.lines, index=range(chunk.rows))
    before = seen.before(survivors)
    seen.add(survivors, file=chunk.file, lines=lines)
    breaches = [
        *(breach_rows(failure, rows, chunk=chunk, source=source, form=form) for failure in lasting),
        *repeat_rows(repeated, survivors, before, chunk=chunk, source=source),
    ]
    gone = {*_rows_of(repeated), *(row for places in before.values() for row in places.index)}
    good = survivors.drop(sorted(gone)) if gone else survivors
    located = good.assign(source_file=chunk.file, source_line=lines.loc[good.index])
    if source.has_units:
        located["raw_text"] = chunk.raw_texts(good.index)
    return Judged(located, quarantined(breaches, days, file=chunk.file, source=source))


def _typed(chunk: RawChunk, judged: pd.Index, source: Source, form: FileFormat) -> tuple[pd.DataFrame, list[Failures]]:
    cells = chunk.cells if len(judged) == chunk.rows else chunk.cells.take(judged.to_numpy())
    values, wrong = {}, []
    for column in source.expanded_columns:
        converted = typed_cells(cells[column.canonical].combine_chunks(), column, form)
        values[column.canonical] = converted.values.set_axis(judged)
        if converted.wrong.any():
            wrong.append(Failures((column.canonical,), "type", judged[converted.wrong.to_numpy(dtype=bool)]))
    return pd.DataFrame(values, index=judged), wrong


def _undecodable(chunk: RawChunk, judged: pd.Index) -> list[Failures]:
    inside = set(judged) if chunk.undecodable else set()
    return [Failures((column,), "encoding", pd.Index([row])) for row, column in chunk.undecodable if row in inside]


def _without(failure: Failures, named: set[tuple[tuple[str, ...], int]]) -> Failures:
    # A wrong cell became null, or an escaped text: the contract would name it a second time.
    kept = [row for row in failure.rows if (failure.columns, row) not in named] if named else failure.rows
    return Failures(failure.columns, failure.rule, pd.Index(kept, dtype="int64"))


def _rows_of(failures: list[Failures]) -> list[int]:
    return sorted({row for failure in failures for row in failure.rows})
