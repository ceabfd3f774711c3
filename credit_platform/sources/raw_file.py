"""One file of a landing folder, opened as its layout says, as chunks of raw cells with the contract's columns."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from credit_platform.contracts.source import FileFormat, FileLayout, Source
from credit_platform.sources.byte_lines import HashedFile, line_blocks
from credit_platform.sources.errors import FileRefused
from credit_platform.sources.landing import open_file
from credit_platform.sources.raw_table import Header, RawChunk, check_header, raw_chunks, read_header


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

    def sha256(self) -> str:
        """SHA-256 of the file as it is stored, without reading more into it."""
        with open_file(self.folder, self.name) as content:
            return content.sha256()


class Opened:
    """A file being read: its chunks, then its hash; ``refusal`` says why there are no more chunks."""

    def __init__(self, file: RawFile, content: HashedFile) -> None:
        self._file, self._content = file, content
        self.header: Header | None = None
        self.refusal: str | None = None

    def chunks(self) -> Iterator[RawChunk]:
        """Chunks with canonical columns in contract order; ends early, with a refusal, where nothing can be read."""
        file, form = self._file, self._file.form
        names = {column.name: column.canonical for column in file.source.expanded_columns}
        try:
            blocks = line_blocks(self._content, file=file.name, form=form)
            self.header = read_header(blocks, file=file.name, form=form)
            check_header(self.header, file=file.name, form=form, source=file.source)
            for chunk in raw_chunks(blocks, self.header, file=file.name, form=form):
                cells = chunk.cells.select(list(names)).rename_columns(list(names.values()))
                undecodable = tuple((row, names[name]) for row, name in chunk.undecodable)
                yield replace(chunk, cells=cells, undecodable=undecodable)
        except FileRefused as error:
            self.refusal = str(error)

    def sha256(self) -> str:
        """SHA-256 of the whole file as it is stored."""
        return self._content.sha256()
