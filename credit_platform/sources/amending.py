"""Writing corrections: what the quarantine kept as a file to edit, and the edited file into the landing folder."""

from collections.abc import Sequence
from io import BytesIO

from credit_platform.contracts.source import Source
from credit_platform.sources.byte_lines import HashedFile, line_blocks
from credit_platform.sources.corrections import (
    Corrections,
    corrected_file,
    correction_form,
    correction_name,
    corrections_of,
    heading,
    read_corrections,
    reference,
)
from credit_platform.sources.errors import SourceError
from credit_platform.sources.header import DELIMITERS
from credit_platform.sources.landing import open_file, source_of, write_file
from credit_platform.sources.raw_file import RawFile
from credit_platform.sources.raw_table import read_header

Broken = tuple[str, int, str]
"""Landing or correction file, line, and the text of a record in quarantine."""


def corrections_to_edit(sources: Sequence[Source], folder: str, name: str, broken: Sequence[Broken]) -> bytes:
    """A file of corrections of a landing file with these records as they are, for a person to put right."""
    file = _raw_file(sources, folder, name)
    with open_file(folder, name) as content:
        blocks = line_blocks(content, file=name, form=file.form)
        header = read_header(blocks, file=name, form=file.form)
    mark = file.form.delimiter
    lines = [heading(name) + mark + header.raw.decode("utf-8", "surrogateescape")]
    for origin, line, text in broken:
        # A record that is a correction already says which record of the landing file it replaces.
        lines.append(text if origin == correction_name(name) else reference(line, text) + mark + text)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def take_corrections(sources: Sequence[Source], folder: str, content: bytes, *, told: str) -> tuple[str, int, bool]:
    """Put edited corrections into the landing folder, beside or in the place of earlier ones of the same records.

    ``told``: what to call the file in an error. The landing file, how many records its corrections replace now, and
    whether anything changed. Raises SourceError, and writes nothing, if a record is not in the landing file.
    """
    name = _named(content, told)
    file = _raw_file(sources, folder, name)
    new = read_corrections(HashedFile(BytesIO(content)), file=told, name=name, form=file.form, source=file.source)
    old = corrections_of(folder, name, form=file.form, source=file.source)
    kept = {each.reference: each.raw for each in old.all()} if old else {}
    before = dict(kept)
    kept |= {each.reference: each.raw for each in new.all()}
    _check_records(file, new, told)
    if kept == before:
        return name, len(kept), False
    head = content.split(b"\n", 1)[0].rstrip(b"\r")
    if old is not None and _head_of(folder, name, file) != head:
        raise SourceError(
            f"file {told} line 1: found another header than {correction_name(name)} has, expected the same columns in "
            "the same order; export the file again"
        )
    ordered = sorted(kept, key=lambda text: (int(text.partition(":")[0]), text))
    write_file(
        folder, correction_name(name), b"".join(row + b"\n" for row in (head, *(kept[text] for text in ordered)))
    )
    return name, len(kept), True


def _named(content: bytes, told: str) -> str:
    """The landing file that the first cell of the first line names."""
    head = content.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "backslashreplace")
    for mark in DELIMITERS:
        first = head.strip().split(mark)[0].strip("\"'")
        if first != head.strip() and (name := corrected_file(first)) is not None:
            return name
    raise SourceError(
        f"file {told} line 1: found no column that is headed 'corrects <landing file>', expected a file that "
        "--export wrote; a landing file that was put right goes into the landing folder under its own name"
    )


def _raw_file(sources: Sequence[Source], folder: str, name: str) -> RawFile:
    found = source_of(sources, name)
    if found is None:
        known = sorted(layout.path for source in sources for layout in source.layouts)
        raise SourceError(f"found no source with a file {name}, expected one of {', '.join(known)}")
    source, layout, _ = found
    return RawFile(folder, name, layout, source)


def _check_records(file: RawFile, new: Corrections, told: str) -> None:
    with file.opened_bare() as opened:
        for chunk in opened.chunks():
            new.without_corrected(chunk)
    if missing := new.unknown():
        raise SourceError(
            f"file {told} line {missing[0].line}: found {missing[0].reference!r}, expected a record of {file.name} as "
            f"it is now ({len(missing)} are not in it); it was delivered again: export its broken rows once more"
        )


def _head_of(folder: str, name: str, file: RawFile) -> bytes:
    with open_file(folder, correction_name(name)) as content:
        form = correction_form(file.form)
        return read_header(line_blocks(content, file=name, form=form), file=name, form=form).raw
