"""Corrections of single records: files of the landing folder, so that a rebuild from files gives the same tables.

``corrections/<landing file>`` replaces records of that file. Its first column is headed ``corrects <landing file>`` and
says which record a row replaces, ``<line>:<digest of the record as written>``; the others are those of the landing
file. So a correction never hits a record that it was not made for: where the landing file was delivered again and the
record is gone, the correction goes to the quarantine instead.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from credit_platform.contracts.source import FileFormat, Source
from credit_platform.sources.byte_lines import HashedFile, line_blocks
from credit_platform.sources.errors import FileRefused, breach_text
from credit_platform.sources.landing import has_file, open_file
from credit_platform.sources.raw_table import BREACH_COLUMNS, RawChunk, check_header, raw_chunks, read_header

FOLDER = "corrections"
GONE = "correction"
"""Rule of a correction whose record is no longer in the landing file."""
_MARK = "corrects "


def correction_name(name: str) -> str:
    """File of the corrections of a landing file, relative to the landing folder; never compressed."""
    return f"{FOLDER}/{name.removesuffix('.gz')}"


def correction_form(form: FileFormat) -> FileFormat:
    """How corrections are written: as the landing file, but in UTF-8 and with the header on top."""
    return form.model_copy(update={"encoding": "utf-8", "header_line": 1})


def heading(name: str) -> str:
    """Header of the column that says which record a row replaces."""
    return f"{_MARK}{name}"


def corrected_file(heading: str) -> str | None:
    """The landing file that a column with this heading corrects; None if it is no such column."""
    return heading.removeprefix(_MARK) if heading.startswith(_MARK) else None


def reference(line: int, raw_text: str) -> str:
    """What points at a record: its line, and 16 digits of the SHA-256 of its text as the quarantine keeps it."""
    return f"{line}:{hashlib.sha256(raw_text.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Correction:
    """One record of a file of corrections."""

    line: int
    reference: str
    raw: bytes


class Corrections:
    """The corrections of one landing file while that file is read."""

    def __init__(self, file: str, sha256: str, chunks: list[RawChunk], heading: str) -> None:
        self.file, self.sha256 = file, sha256
        self._chunks, self._heading = chunks, heading
        self._wanted = {each.reference for each in self.all()}
        self._lines = {int(text.partition(":")[0]) for text in self._wanted if text.partition(":")[0].isdigit()}
        self._found: set[str] = set()

    def all(self) -> Iterator[Correction]:
        for chunk in self._chunks:
            references = chunk.cells[self._heading].to_pylist()
            yield from map(Correction, chunk.lines.tolist(), references, chunk.raws)

    def unknown(self) -> list[Correction]:
        """Those whose record was not in the chunks that have gone through ``without_corrected``."""
        return [each for each in self.all() if each.reference not in self._found]

    def without_corrected(self, chunk: RawChunk) -> RawChunk:
        """The chunk of the landing file without the records that are replaced."""
        rows = [row for row in np.flatnonzero(np.isin(chunk.lines, list(self._lines)))]
        here = dict(zip(rows, map(reference, chunk.lines[rows].tolist(), chunk.raw_texts(rows)), strict=True))
        gone = {row: text for row, text in here.items() if text in self._wanted}
        broken = chunk.malformed
        texts = pd.Series(list(map(reference, broken["source_line"], broken["raw_text"])), broken.index, dtype=object)
        self._found |= {*gone.values(), *texts[texts.isin(self._wanted)]}
        kept = np.setdiff1d(np.arange(chunk.rows), list(gone))
        return replace(chunk.only(kept), malformed=broken[~texts.isin(self._wanted)])

    def chunks(self, names: dict[str, str]) -> Iterator[RawChunk]:
        """The rows that replace a record, the last one for each, under the contract's names; the others set apart."""
        last = {each.reference: each.line for each in self.all()}
        for chunk in self._chunks:
            references = chunk.cells[self._heading].to_pylist()
            is_last = [last[text] == line for text, line in zip(references, chunk.lines.tolist(), strict=True)]
            is_found = [text in self._found for text in references]
            kept = np.flatnonzero(np.logical_and(is_last, is_found))
            obsolete = [row for row, known in enumerate(is_found) if not known]
            cells = chunk.cells.select(list(names)).rename_columns(list(names.values()))
            undecodable = tuple((row, names[name]) for row, name in chunk.undecodable if name in names)
            named = replace(chunk, cells=cells, undecodable=undecodable)
            parts = [part for part in (chunk.malformed, self._obsolete(chunk, obsolete)) if len(part)]
            malformed = pd.concat(parts, ignore_index=True) if parts else chunk.malformed
            yield replace(named.only(kept), malformed=malformed.sort_values("source_line", ignore_index=True))

    def _obsolete(self, chunk: RawChunk, rows: list[int]) -> pd.DataFrame:
        references = chunk.cells[self._heading].to_pylist()
        expected = f"a record of {self._heading.removeprefix(_MARK)} as it was exported; export it again"
        found = [
            (int(chunk.lines[row]), self._heading, GONE, references[row], expected, text)
            for row, text in zip(rows, chunk.raw_texts(rows), strict=True)
        ]
        return pd.DataFrame(found, columns=BREACH_COLUMNS).astype({"source_line": "int64"})


def corrections_of(folder: str, name: str, *, form: FileFormat, source: Source) -> Corrections | None:
    """The corrections of a landing file; None where it has none. Raises FileRefused where they cannot be read."""
    file = correction_name(name)
    if not has_file(folder, file):
        return None
    with open_file(folder, file) as content:
        return read_corrections(content, file=file, name=name, form=form, source=source)


def read_corrections(content: HashedFile, *, file: str, name: str, form: FileFormat, source: Source) -> Corrections:
    """A file of corrections of the landing file ``name``. Raises FileRefused where it is not one."""
    written = correction_form(form)
    blocks = line_blocks(content, file=file, form=written)
    header = read_header(blocks, file=file, form=written)
    if header.fields[0] != heading(name):
        found = breach_text(
            file,
            line=1,
            column="",
            rule="header",
            found=header.fields[0],
            expected=f"{heading(name)!r} as first column",
        )
        raise FileRefused(f"{found}; write the file with credit-platform quarantine --export")
    check_header(header._replace(fields=header.fields[1:]), file=file, form=written, source=source)
    chunks = list(raw_chunks(blocks, header, file=file, form=written))
    return Corrections(file, content.sha256(), chunks, header.fields[0])
