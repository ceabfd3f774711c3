"""What a batch depends on, before anything is parsed: the bytes of its files and the contract that they are read under.

A batch whose files and contract are those of the last load would come out the same, so it need not be read again.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence

from credit_platform.contracts.source import Source
from credit_platform.sources.landing import day_files, find_layout
from credit_platform.sources.raw_file import RawFile, joint_hash

NOTHING = hashlib.sha256(b"").hexdigest()
"""Stands for the file of an optional source that is not there."""
READER = 1
"""Raised whenever the same bytes under the same contract come out as other rows: every file is then read once more."""


def contract_sha256(source: Source, *, first_day: dt.date | None = None) -> str:
    """Hash of everything but the bytes that decides how a source's files come out; ``first_day`` ends its history."""
    return hashlib.sha256(f"{READER} {first_day} {source.model_dump_json()}".encode()).hexdigest()


def once_sha256(source: Source, folder: str) -> str:
    """``Batch.file_sha256`` of a source that is one file. Raises SourceError as ``find_layout`` does."""
    layout = find_layout(source, folder)
    return NOTHING if layout is None else RawFile(folder, layout.path, layout, source).sha256()


def before_sha256(source: Source, folder: str, first_day: dt.date) -> str:
    """``Batch.file_sha256`` of the rows before the first day. Raises SourceError as ``find_layout`` does."""
    layout = find_layout(source, folder)
    if layout is None:
        return NOTHING
    if not layout.is_per_day:
        return RawFile(folder, layout.path, layout, source).sha256()
    files = [name for day, name in day_files(source, layout, folder).items() if day < first_day]
    return joint_hash([(name, RawFile(folder, name, layout, source).sha256()) for name in files])


def day_sha256s(source: Source, folder: str, days: Sequence[dt.date]) -> dict[dt.date, str]:
    """``Batch.file_sha256`` of the days that can be read: those with a file, or all where the source is optional or
    one file is cut. Raises SourceError as ``find_layout`` does."""
    layout = find_layout(source, folder)
    if layout is None:
        return dict.fromkeys(days, NOTHING)
    if not layout.is_per_day:
        return dict.fromkeys(days, RawFile(folder, layout.path, layout, source).sha256()) if days else {}
    files = day_files(source, layout, folder)
    present = {day: RawFile(folder, files[day], layout, source).sha256() for day in days if day in files}
    return (dict.fromkeys(days, NOTHING) if source.optional else {}) | present
