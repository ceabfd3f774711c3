"""From a landing folder to batches: a source read once, by day, or before its first day."""

import datetime as dt
from collections.abc import Sequence

from credit_platform.contracts.source import FileLayout, Source
from credit_platform.sources.assembling import file_batch, whole_batch
from credit_platform.sources.batch import Batch, empty_batch
from credit_platform.sources.cut_file import CutFile, batch_before, cut_file, day_batches, days_in
from credit_platform.sources.errors import SourceError
from credit_platform.sources.identity import NOTHING
from credit_platform.sources.landing import day_files, file_of_day, find_layout
from credit_platform.sources.raw_file import RawFile


def available_days(source: Source, folder: str, *, first_day: dt.date) -> list[dt.date]:
    """Days from ``first_day`` on that have a file, or rows in a cut file, oldest first; none for an absent optional.

    Raises SourceError as ``find_layout`` does, and with the refusal of a cut file that cannot be read at all.
    """
    layout = _layout(source, folder, cadence="daily")
    if layout is None:
        return []
    if layout.is_per_day:
        return [day for day in day_files(source, layout, folder) if day >= first_day]
    return days_in(_cut(source, layout, folder), first_day=first_day)


def read_once(source: Source, folder: str) -> Batch:
    """The batch of a source that is one file; an accepted empty one for an optional source that is absent."""
    layout = _layout(source, folder, cadence="once")
    if layout is None:
        return _absent(source, day=None)
    return file_batch(RawFile(folder, layout.path, layout, source), day=None)


def read_days(source: Source, folder: str, days: Sequence[dt.date]) -> list[Batch]:
    """One batch a day, in the order asked for; a file that is cut by date is read once.

    A day without its file is refused, or accepted and empty where the source is optional (no outcome matured that
    day); a day without rows in a cut file is accepted and empty. A refused day says nothing about the others.
    """
    layout = _layout(source, folder, cadence="daily")
    if layout is None:
        return [_absent(source, day=day) for day in days]
    if not layout.is_per_day:
        return day_batches(_cut(source, layout, folder), days)
    files = day_files(source, layout, folder)
    return [
        file_batch(RawFile(folder, files[day], layout, source), day=day)
        if day in files
        else _without_file(source, layout, folder, day)
        for day in days
    ]


def read_before(source: Source, folder: str, first_day: dt.date) -> Batch:
    """Rows of a daily source before its first day, as one batch without a day: history that nobody labelled.

    Of a cut file, its quarantine also takes every record that belongs to no day. Of per-day files, one refused file
    refuses the batch: part of a history is a wrong history.
    """
    layout = _layout(source, folder, cadence="daily")
    if layout is None:
        return _absent(source, day=None)
    if not layout.is_per_day:
        return batch_before(_cut(source, layout, folder), first_day)
    earlier = {day: name for day, name in day_files(source, layout, folder).items() if day < first_day}
    files = [(RawFile(folder, name, layout, source), day) for day, name in earlier.items()]
    file = next(iter(earlier.values())) if len(earlier) == 1 else layout.path
    return whole_batch(files, file=file, day=None, source=source)


def _layout(source: Source, folder: str, *, cadence: str) -> FileLayout | None:
    if source.cadence != cadence:
        raise SourceError(
            f"source {source.name!r}: found cadence {source.cadence!r}, expected {cadence!r} for this reading; "
            "use read_once for a source read once, read_days and read_before for a daily one"
        )
    return find_layout(source, folder)


def _cut(source: Source, layout: FileLayout, folder: str) -> CutFile:
    return cut_file(RawFile(folder, layout.path, layout, source))


def _absent(source: Source, *, day: dt.date | None) -> Batch:
    layout = source.layouts[0]
    return empty_batch(source, day=day, file=file_of_day(layout, day) if day else layout.path, sha256=NOTHING)


def _without_file(source: Source, layout: FileLayout, folder: str, day: dt.date) -> Batch:
    if source.optional:
        return _absent(source, day=day)
    name = file_of_day(layout, day)
    refusal = (
        f"Missing file {name} of source {source.name!r}: found none in {folder}, expected one for {day}; put it there"
    )
    return empty_batch(source, day=day, file=name, sha256=NOTHING, refusal=refusal)
