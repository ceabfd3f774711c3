"""One file cut by its date column into days: judged once, so that a year of days costs one reading.

A record whose date cannot be read belongs to no day. It goes to the batch before the first day, so that nothing is
lost; its share is taken of the whole file, for the days before the first may be few or none.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from credit_platform.contracts.source import FileLayout, Source
from credit_platform.sources.assembling import assemble, share_refusal, source_days, with_malformed
from credit_platform.sources.batch import Batch, empty_batch
from credit_platform.sources.conversion import typed
from credit_platform.sources.errors import SourceError
from credit_platform.sources.judging import judge
from credit_platform.sources.raw_table import RawTable, parse
from credit_platform.sources.schema import DAY


@dataclass(frozen=True)
class CutFile:
    """A file and the day of each of its rows (datetime64[ns] at midnight, null where the date cannot be read)."""

    table: RawTable
    days: pd.Series


def cut_file(content: bytes, *, layout: FileLayout, source: Source) -> CutFile:
    """Read the file of a cut layout. Raises SourceError if the layout does not cut by a required date column."""
    columns = {column.canonical: column for column in source.expanded_columns}
    column = columns.get(layout.cut_by or "")
    if column is None or column.type != "date" or not column.required:
        dates = sorted(name for name, c in columns.items() if c.type == "date" and c.required)
        raise SourceError(
            f"source {source.name!r} layout {layout.path!r}: found cut_by {layout.cut_by!r}, expected a required date "
            f"column by its canonical name; name one of {dates}"
        )
    table = parse(content, file=layout.path, source=source)
    return CutFile(table, typed(table.texts[column.canonical], column).values.dt.normalize())


def days_in(cut: CutFile, *, first_day: dt.date) -> list[dt.date]:
    """Days from ``first_day`` on that have rows, oldest first; raises SourceError with a file's refusal."""
    if cut.table.refusal is not None:
        raise SourceError(cut.table.refusal)
    return [day.date() for day in sorted(cut.days[cut.days >= pd.Timestamp(first_day)].unique())]


def day_batches(cut: CutFile, days: Sequence[dt.date], *, source: Source) -> list[Batch]:
    """One batch a day, in the order asked for; a day without rows is an accepted empty one."""
    table = cut.table
    if table.refusal is not None:
        return [
            empty_batch(source, day=day, file=table.file, sha256=table.sha256, refusal=table.refusal) for day in days
        ]
    judged = judge(table, cut.days[cut.days.isin([pd.Timestamp(day) for day in days])], source=source)
    good, quarantine = judged.good, judged.quarantine
    batches = []
    for day in days:
        at = pd.Timestamp(day)
        rows = cut.days.index[cut.days == at]
        broken = quarantine[quarantine[DAY] == at]
        batches.append(
            assemble(
                good[good[DAY] == at],
                broken,
                table=table,
                day=day,
                source=source,
                sha256=table.fingerprint(rows),
                total=len(rows),
                refusal=share_refusal(source, broken, total=len(rows)),
            )
        )
    return batches


def batch_before(cut: CutFile, first_day: dt.date, *, source: Source) -> Batch:
    """Rows dated before ``first_day``, and in its quarantine every record of the file that belongs to no day."""
    table = cut.table
    if table.refusal is not None:
        return empty_batch(source, day=None, file=table.file, sha256=table.sha256, refusal=table.refusal)
    dated = cut.days.index[cut.days < pd.Timestamp(first_day)]
    rows = dated.union(cut.days.index[cut.days.isna()])
    judged = judge(table, source_days(rows, None), source=source)
    quarantine = with_malformed(judged.quarantine, table, day=None, source=source)
    is_dated = quarantine["source_line"].isin(table.lines.loc[dated])
    refusals = (
        share_refusal(source, quarantine[is_dated], total=len(dated)),
        share_refusal(source, quarantine[~is_dated], total=len(cut.days) + len(table.malformed)),
    )
    return assemble(
        judged.good,
        quarantine,
        table=table,
        day=None,
        source=source,
        sha256=table.fingerprint(rows),
        total=len(rows) + len(table.malformed),
        refusal=next((text for text in refusals if text is not None), None),
    )
