"""One file cut by its date column into days: judged once, so that a year of days costs one reading.

A record whose date cannot be read belongs to no day. It goes to the batch before the first day, so that nothing is
lost; its share is taken of the whole file, for the days before the first may be few or none.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_platform.contracts.source import Column
from credit_platform.sources.assembling import Part, batch_of, new_part, source_days, with_malformed
from credit_platform.sources.batch import Batch, empty_batch, empty_quarantine, empty_rows
from credit_platform.sources.conversion import typed_cells
from credit_platform.sources.errors import SourceError
from credit_platform.sources.judging import judge
from credit_platform.sources.raw_file import Opened, RawFile
from credit_platform.sources.raw_table import RawChunk
from credit_platform.sources.schema import DAY
from credit_platform.sources.seen import Seen, read_telling_repeats
from credit_platform.sources.spool import Overflow


@dataclass(frozen=True)
class CutFile:
    """A file whose rows go to the day that a required date column of theirs says."""

    file: RawFile
    column: Column

    def chunks(self, opened: Opened) -> Iterator[tuple[RawChunk, pd.Series]]:
        """Chunks and the day of each row (datetime64[ns] at midnight, null where the date cannot be read)."""
        for chunk in opened.chunks():
            cells = chunk.cells[self.column.canonical].combine_chunks()
            yield chunk, typed_cells(cells, self.column, self.file.form).values.dt.normalize()


def cut_file(file: RawFile) -> CutFile:
    """The file of a cut layout. Raises SourceError if the layout does not cut by a required date column."""
    source, layout = file.source, file.layout
    columns = {column.canonical: column for column in source.expanded_columns}
    column = columns.get(layout.cut_by or "")
    if column is None or column.type != "date" or not column.required:
        dates = sorted(name for name, c in columns.items() if c.type == "date" and c.required)
        raise SourceError(
            f"source {source.name!r} layout {layout.path!r}: found cut_by {layout.cut_by!r}, expected a required date "
            f"column by its canonical name; name one of {dates}"
        )
    return CutFile(file, column)


def days_in(cut: CutFile, *, first_day: dt.date) -> list[dt.date]:
    """Days from ``first_day`` on that have rows, oldest first; raises SourceError with a file's refusal."""
    found: set[pd.Timestamp] = set()
    with cut.file.opened() as opened:
        for _, days in cut.chunks(opened):
            found |= set(days[days >= pd.Timestamp(first_day)].unique())
        if opened.refusal is not None:
            raise SourceError(opened.refusal)
    return [day.date() for day in sorted(found)]


class _Fingerprint:
    """SHA-256 of the header and of a batch's own rows as written, in file order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, chunk: RawChunk, rows: np.ndarray) -> None:
        self._digest.update(b"".join(b"\n" + chunk.raws[row] for row in rows))

    def hexdigest(self, header: bytes) -> str:
        """The header comes last, for it is known only once the file is open."""
        return hashlib.sha256(header + self._digest.digest()).hexdigest()


def day_batches(cut: CutFile, days: Sequence[dt.date]) -> list[Batch]:
    """One batch a day, in the order asked for; a day without rows is an accepted empty one."""
    source, name = cut.file.source, cut.file.name

    def read(seen: Seen) -> list[Batch]:
        overflow = Overflow()
        parts = {pd.Timestamp(day): (new_part(source, overflow), _Fingerprint()) for day in days}
        with cut.file.opened() as opened:
            for chunk, found in cut.chunks(opened):
                _share_out(chunk, found[found.isin(list(parts))], parts, cut, seen)
            sha256, refusal, header = opened.sha256(), opened.refusal, opened.header
        if refusal is not None or header is None:
            return [empty_batch(source, day=day, file=name, sha256=sha256, refusal=refusal) for day in days]
        made = [(day, *parts[pd.Timestamp(day)]) for day in days]
        return [
            batch_of(
                part,
                source=source,
                day=day,
                file=name,
                sha256=own.hexdigest(header.raw),
                file_sha256=sha256,
                refusal=part.refusal(source),
            )
            for day, part, own in made
        ]

    return read_telling_repeats(source, read, by_day=True)


def _share_out(
    chunk: RawChunk, days: pd.Series, parts: dict[pd.Timestamp, tuple[Part, _Fingerprint]], cut: CutFile, seen: Seen
) -> None:
    """Judge the rows of these days and give each day its own."""
    judged = judge(chunk, days, source=cut.file.source, form=cut.file.form, seen=seen)
    good = dict(list(judged.good.groupby(DAY)))
    broken = dict(list(judged.quarantine.groupby(DAY)))
    for day, rows in days.groupby(days).groups.items():
        part, own = parts[day]
        own.add(chunk, np.asarray(rows))
        empty = (empty_rows(cut.file.source), empty_quarantine())
        part.add(good.get(day, empty[0]), broken.get(day, empty[1]), records=len(rows))


def batch_before(cut: CutFile, first_day: dt.date) -> Batch:
    """Rows dated before ``first_day``, and in its quarantine every record of the file that belongs to no day."""
    source, name = cut.file.source, cut.file.name

    def read(seen: Seen) -> list[Batch]:
        overflow, own = Overflow(), _Fingerprint()
        # Spools of the shares stay empty: rows are kept once, in the whole.
        whole, dated, undated = (new_part(source, overflow) for _ in range(3))
        with cut.file.opened() as opened:
            for chunk, days in cut.chunks(opened):
                is_dated = days < pd.Timestamp(first_day)
                rows = days.index[is_dated | days.isna()]
                own.add(chunk, rows.to_numpy())
                judged = judge(chunk, source_days(rows, None), source=source, form=cut.file.form, seen=seen)
                broken = with_malformed(judged.quarantine, chunk, day=None, source=source)
                whole.add(judged.good, broken, records=len(rows) + len(chunk.malformed))
                inside = broken["source_line"].isin(chunk.lines[is_dated.to_numpy()])
                dated.count(broken[inside], records=int(is_dated.sum()))
                undated.count(broken[~inside], records=chunk.records)
            sha256, refusal, header = opened.sha256(), opened.refusal, opened.header
        if refusal is not None or header is None:
            return [empty_batch(source, day=None, file=name, sha256=sha256, refusal=refusal)]
        refusal = dated.refusal(source) or undated.refusal(source)
        return [
            batch_of(
                whole,
                source=source,
                day=None,
                file=name,
                sha256=own.hexdigest(header.raw),
                file_sha256=sha256,
                refusal=refusal,
            )
        ]

    (batch,) = read_telling_repeats(source, read, by_day=False)
    return batch
