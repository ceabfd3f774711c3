"""One file of a landing folder, opened as its layout says, as chunks of raw cells with the contract's columns."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from credit_platform.contracts.source import FileFormat, FileLayout, Source
from credit_platform.sources.byte_lines import HashedFile, line_blocks
from credit_platform.sources.corrections import Corrections, correction_name, corrections_of
from credit_platform.sources.errors import FileRefused
from credit_platform.sources.landing import has_file, open_file
from credit_platform.sources.raw_table import Header, RawChunk, check_header, raw_chunks, read_header


def joint_hash(hashes: Sequence[tuple[str, str]]) -> str:
    """The hash of the one file, or of the names and hashes of several."""
    if len(hashes) == 1:
        return hashes[0][1]
    return hashlib.sha256("\n".join(f"{name} {sha256}" for name, sha256 in hashes).encode()).hexdigest()


@dataclass(frozen=True)
class RawFile:
    """Where one file is and how it is written."""

    folder: str
    name: str
    layout: FileLayout
    source: Source

    @property
    def form(self) -> FileFormat:
        return self.source.format_of(self.layout)

    @contextmanager
    def opened(self) -> Iterator["Opened"]:
        """The file, closed at the end of the block."""
        with open_file(self.folder, self.name) as content:
            yield Opened(self, content)

    @contextmanager
    def opened_bare(self) -> Iterator["Opened"]:
        """The same without its corrections."""
        with open_file(self.folder, self.name) as content:
            yield Opened(self, content, is_bare=True)

    def sha256(self) -> str:
        """SHA-256 of the file as it is stored (and of its corrections), without reading more into it."""
        with open_file(self.folder, self.name) as content:
            found = content.sha256()
        correction = correction_name(self.name)
        if not has_file(self.folder, correction):
            return found
        with open_file(self.folder, correction) as content:
            return joint_hash([(self.name, found), (correction, content.sha256())])


class Opened:
    """A file being read: its chunks, then its hash; ``refusal`` says why there are no more chunks."""

    def __init__(self, file: RawFile, content: HashedFile, *, is_bare: bool = False) -> None:
        self._file, self._content, self._is_bare = file, content, is_bare
        self.header: Header | None = None
        self.refusal: str | None = None
        self._corrections: Corrections | None = None

    def chunks(self) -> Iterator[RawChunk]:
        """Chunks with canonical columns in contract order; ends early, with a refusal, where nothing can be read."""
        file, form = self._file, self._file.form
        names = {column.name: column.canonical for column in file.source.expanded_columns}
        try:
            blocks = line_blocks(self._content, file=file.name, form=form)
            self.header = read_header(blocks, file=file.name, form=form)
            check_header(self.header, file=file.name, form=form, source=file.source)
            if not self._is_bare:
                self._corrections = corrections_of(file.folder, file.name, form=form, source=file.source)
            for chunk in raw_chunks(blocks, self.header, file=file.name, form=form):
                cells = chunk.cells.select(list(names)).rename_columns(list(names.values()))
                undecodable = tuple((row, names[name]) for row, name in chunk.undecodable)
                named = replace(chunk, cells=cells, undecodable=undecodable)
                yield self._corrections.without_corrected(named) if self._corrections else named
            yield from self._corrections.chunks(names) if self._corrections else ()
        except FileRefused as error:
            self.refusal = str(error)

    def sha256(self) -> str:
        """SHA-256 of the whole file as it is stored; with corrections, of the names and hashes of both."""
        found, corrections = self._content.sha256(), self._corrections
        if corrections is None:
            return found
        return joint_hash([(self._file.name, found), (corrections.file, corrections.sha256)])
