"""Where a use case's files are: the landing folder, and which layout a source has there."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from credit_platform.contracts.source import FileLayout, Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.sources.byte_lines import HashedFile
from credit_platform.sources.errors import SourceError
from credit_platform.sources.stores import missing_root, opened


def landing_folder(root: Path | str, use_case: UseCase) -> str:
    """The first existing folder of the use case below the landing root (a local path or an fsspec URL).

    Raises SourceError naming every folder that was looked for.
    """
    looked_for = [f"{str(root).rstrip('/')}/{name}" for name in use_case.folders or (use_case.name,)]
    for folder in looked_for:
        with opened(folder) as (system, path):
            if system.isdir(path):
                return folder
    missing = missing_root(str(root))
    raise SourceError(
        f"use case {use_case.name!r}: found no landing folder, expected one of {', '.join(looked_for)}"
        f"{f' ({missing})' if missing else ''}; "
        "put the files there, or point CREDIT_PLATFORM_DATA_DIR at the folder that holds it"
    )


def find_layout(source: Source, folder: str) -> FileLayout | None:
    """The one layout of the source that has files in the folder; None if an optional source has none.

    Raises SourceError if several layouts have files, or if none has and the source is not optional.
    """
    names = _names(source, folder)
    present = [layout for layout in source.layouts if _has_files(layout, names)]
    if len(present) > 1:
        raise SourceError(
            f"source {source.name!r} in {folder}: found files of {_paths(present)}, expected exactly one of these "
            "layouts, for a row must not arrive twice; remove the files of the others"
        )
    if not present and not source.optional:
        raise SourceError(
            f"Missing file of source {source.name!r}: found none in {folder}, expected {_paths(source.layouts)}; "
            "put the file there, or declare the source optional"
        )
    return present[0] if present else None


def day_files(source: Source, layout: FileLayout, folder: str) -> dict[dt.date, str]:
    """The files of a per-day layout by their day, oldest first; names are relative to the folder."""
    found = {_day_of(layout, name): name for name in _names(source, folder)}
    return {day: name for day, name in sorted((day, name) for day, name in found.items() if day is not None)}


def misnamed_files(source: Source, folder: str) -> list[str]:
    """Files named like a per-day layout but without a calendar day (``new_data_20221399.csv``): never read."""
    names = _names(source, folder)
    layouts = [layout for layout in source.layouts if layout.is_per_day]
    return [name for name in names if any(_is_named_like(lay, name) and _day_of(lay, name) is None for lay in layouts)]


def absent_files(source: Source, folder: str, loaded: Iterable[str]) -> list[str]:
    """Those of these files of the source, all loaded once, that are no longer in the folder."""
    return sorted(set(loaded) - set(_names(source, folder)))


def file_of_day(layout: FileLayout, day: dt.date) -> str:
    """File name of a day, relative to the landing folder; the path itself for a layout that is not per day."""
    return layout.path.replace("{day}", f"{day:%Y%m%d}")


def has_file(folder: str, name: str) -> bool:
    """Whether the folder has this file."""
    with opened(folder) as (system, path):
        found: bool = system.isfile(f"{path}/{name}")
        return found


@contextmanager
def open_file(folder: str, name: str) -> Iterator[HashedFile]:
    """One file of the folder as a stream that hashes what is read."""
    with opened(folder) as (system, path), system.open(f"{path}/{name}", "rb") as stream:
        yield HashedFile(stream)


def write_file(folder: str, name: str, content: bytes) -> None:
    """Put a file into the folder, whole or not at all."""
    with opened(folder) as (system, path):
        goal = f"{path}/{name}"
        if "file" not in system.protocol:
            system.pipe_file(goal, content)  # an object store shows an object once it is whole
            return
        system.makedirs(goal.rpartition("/")[0], exist_ok=True)
        with system.transaction, system.open(goal, "wb") as stream:
            stream.write(content)


def source_of(sources: Iterable[Source], name: str) -> tuple[Source, FileLayout, dt.date | None] | None:
    """The source that a landing file belongs to, its layout, and its day where it has one."""
    for source in sources:
        for layout in source.layouts:
            if layout.path == name:
                return source, layout, None
            if layout.is_per_day and (day := _day_of(layout, name)):
                return source, layout, day
    return None


def _names(source: Source, folder: str) -> list[str]:
    with opened(folder) as (system, base):
        depth = max(layout.path.count("/") for layout in source.layouts) + 1
        return sorted(found[len(base) :].lstrip("/") for found in system.find(base, maxdepth=depth))


def _has_files(layout: FileLayout, names: list[str]) -> bool:
    return any(_day_of(layout, name) for name in names) if layout.is_per_day else layout.path in names


def _is_named_like(layout: FileLayout, name: str) -> bool:
    before, *_, after = layout.path.split("{day}")
    return name.startswith(before) and name.endswith(after)


def _day_of(layout: FileLayout, name: str) -> dt.date | None:
    start = layout.path.index("{day}")
    digits = name[start : start + 8]
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    year, month, number = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if not (year and 1 <= month <= 12 and 1 <= number <= monthrange(year, month)[1]):
        return None
    day = dt.date(year, month, number)
    return day if file_of_day(layout, day) == name else None


def _paths(layouts: list[FileLayout] | tuple[FileLayout, ...]) -> str:
    return " or ".join(repr(layout.path) for layout in layouts)
