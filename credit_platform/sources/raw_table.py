"""A CSV file as text, a chunk at a time: every cell as written, every record with its line, broken ones set apart."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from credit_platform.contracts.source import FileFormat, Source
from credit_platform.sources.errors import FileRefused, breach_text
from credit_platform.sources.header import header_refusal
from credit_platform.sources.records import Record, is_unreadable, lines_of, records, visible

BREACH_COLUMNS = ["source_line", "column_name", "rule", "found", "expected", "raw_text"]


CHUNK_LINES = 100_000
"""Lines that are judged together: narrow ones would make half a million of a block."""


class Header(NamedTuple):
    """The column names of a file in its own order, their record as written, and where the rows begin."""

    fields: list[str]
    raw: bytes
    line: int
    """1-based."""
    end: int
    """Lines up to and with the header."""
    rest: bytes
    """What was read beyond it."""


@dataclass(frozen=True, eq=False)
class RawChunk:
    """Consecutive records of a file before any typing.

    ``cells``: strings, one row per record of the right width, canonical columns in contract order. ``lines`` (1-based)
    and ``raws`` (record as written, UTF-8 but for bytes that are not) go with its rows. ``undecodable``: (row,
    canonical column) of cells that are not text. ``malformed``: records without cells, with BREACH_COLUMNS.
    """

    file: str
    cells: pa.Table
    lines: np.ndarray
    raws: Sequence[bytes]
    undecodable: tuple[tuple[int, str], ...]
    malformed: pd.DataFrame

    @property
    def rows(self) -> int:
        """Records that have cells."""
        return len(self.lines)

    @property
    def records(self) -> int:
        return self.rows + len(self.malformed)

    def only(self, rows: np.ndarray) -> "RawChunk":
        """The chunk with these rows alone, in their order; what is malformed stays."""
        if len(rows) == self.rows:
            return self
        places = {row: place for place, row in enumerate(rows.tolist())}
        return replace(
            self,
            cells=self.cells.take(rows),
            lines=self.lines[rows],
            raws=[self.raws[row] for row in rows],
            undecodable=tuple((places[row], name) for row, name in self.undecodable if row in places),
        )

    def raw_texts(self, rows: Sequence[int] | pd.Index) -> list[str]:
        """These records as written, in letters that any database can keep."""
        return [visible(self.raws[row].decode("utf-8", "surrogateescape")) for row in rows]


def read_header(blocks: Iterator[bytes], *, file: str, form: FileFormat) -> Header:
    """The header of a file and what was read beyond it. Raises FileRefused if there is none."""
    block = next(blocks, b"")
    lines = lines_of(block)
    skipped = form.header_line - 1
    body = lines[skipped:]

    def more() -> bool:
        found = lines_of(next(blocks, b""))
        body.extend(found)
        return bool(found)

    head = next(records(body, until=len(body), width=None, form=form, more=more), None)
    if head is None:
        found = "an empty file" if form.header_line == 1 else f"no header from line {form.header_line} on"
        raise FileRefused(_empty(file, form.header_line, found, "a header and rows"))
    if head.problem:
        told = breach_text(
            file, line=skipped + head.start + 1, column="", rule="quoting", found=head.problem, expected="a header"
        )
        raise FileRefused(f"{told}; put the header right")
    raw = "".join(body[head.start : head.end]).rstrip("\r\n")
    rest = "".join(body[head.end :])
    return Header(head.fields, _bytes(raw), skipped + head.start + 1, skipped + head.end, _bytes(rest))


def check_header(header: Header, *, file: str, form: FileFormat, source: Source) -> None:
    """Raises FileRefused unless the header holds exactly the declared columns, each once."""
    refusal = header_refusal(header.fields, line=header.line, file=file, form=form, source=source)
    if refusal is not None:
        raise FileRefused(refusal)


def raw_chunks(blocks: Iterator[bytes], header: Header, *, file: str, form: FileFormat) -> Iterator[RawChunk]:
    """The records after the header, with the header's own names as columns. Raises FileRefused if there are none.

    A block without quotes, blank lines or foreign bytes is one record a line and goes through Arrow's parser; any other
    goes through the record reader, eight times slower, which knows lines and quotes exactly.
    """
    stream = _Stream(blocks, header)
    is_empty = True
    while block := stream.next_block():
        chunk = _plain(block, stream.line, header.fields, file, form)
        if chunk is not None:
            stream.line += chunk.rows
        else:
            chunk = _exact(block, stream, header.fields, file, form)
        if chunk.records:
            is_empty = False
            yield chunk
    if is_empty:
        raise FileRefused(_empty(file, header.end, "a header without rows", "at least one row"))


class _Stream:
    """Blocks with the number of the line that the next one begins on (0-based)."""

    def __init__(self, blocks: Iterator[bytes], header: Header) -> None:
        self._blocks, self._rest, self.line = blocks, header.rest, header.end

    def next_block(self) -> bytes:
        """The next whole lines, at most CHUNK_LINES of them; empty at the end of the file."""
        block, self._rest = self._rest or next(self._blocks, b""), b""
        mark = b"\n" if b"\n" in block else b"\r"
        if block.count(mark) > CHUNK_LINES:
            end = int(np.flatnonzero(np.frombuffer(block, "uint8") == mark[0])[CHUNK_LINES - 1]) + 1
            block, self._rest = block[:end], block[end:]
        return block

    def put_back(self, rest: bytes) -> None:
        self._rest = rest + self._rest


def _plain(block: bytes, line: int, names: list[str], file: str, form: FileFormat) -> RawChunk | None:
    """The chunk of a block in which every line is one record of the header's width; None if it is not that plain."""
    text = block
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
        if b"\r" in text and b"\n" in text:
            return None
        text = text.replace(b"\r", b"\n")
    quote = form.quote.encode()
    if (quote and quote in text) or b"\0" in text or b"\n\n" in text or text.startswith(b"\n"):
        return None
    lines = text.removesuffix(b"\n").split(b"\n")
    if not form.delimiter.isascii() or max(map(len, lines)) > csv.field_size_limit():
        return None
    read = pa.csv.ReadOptions(column_names=[str(n) for n in range(len(names))], block_size=len(text) + 1)
    parse = pa.csv.ParseOptions(delimiter=form.delimiter, quote_char=False, newlines_in_values=False)
    convert = pa.csv.ConvertOptions(column_types={str(n): pa.string() for n in range(len(names))}, null_values=[])
    try:
        cells = pa.csv.read_csv(pa.BufferReader(text), read, parse, convert)
    except pa.ArrowInvalid:  # a line of another width, or bytes that are no UTF-8: the record reader names them
        return None
    numbers = np.arange(line + 1, line + 1 + len(lines))
    malformed = pd.DataFrame(columns=BREACH_COLUMNS)
    return RawChunk(file, cells.rename_columns(names), numbers, lines, (), malformed)


def _exact(block: bytes, stream: _Stream, names: list[str], file: str, form: FileFormat) -> RawChunk:
    lines = lines_of(block)
    until, first = len(lines), stream.line

    def more() -> bool:
        found = lines_of(stream.next_block())
        lines.extend(found)
        return bool(found)

    found = list(records(lines, until=until, width=len(names), form=form, more=more))
    end = max(until, found[-1].end if found else 0)
    stream.put_back(_bytes("".join(lines[end:])))
    stream.line += end
    whole = [record for record in found if not record.problem and len(record.fields) == len(names)]
    broken = [record for record in found if record.problem or len(record.fields) != len(names)]
    is_clean = not is_unreadable("".join(lines))
    fields = [list(cells) for cells in zip(*(r.fields for r in whole), strict=True)] or [[] for _ in names]
    undecodable = (
        ()
        if is_clean
        else tuple(
            (row, name)
            for name, cells in zip(names, fields, strict=True)
            for row, c in enumerate(cells)
            if is_unreadable(c)
        )
    )
    if undecodable:
        fields = [[visible(cell) for cell in cells] for cells in fields]
    return RawChunk(
        file=file,
        cells=pa.table([pa.array(cells, pa.string()) for cells in fields], names=names),
        lines=np.array([first + record.start + 1 for record in whole], dtype="int64"),
        raws=[_bytes(_raw(lines, record)) for record in whole],
        undecodable=undecodable,
        malformed=_malformed(broken, len(names), lines, first),
    )


def _malformed(broken: list[Record], width: int, lines: list[str], first: int) -> pd.DataFrame:
    rows = []
    for record in broken:
        raw = visible(_raw(lines, record))
        if record.problem:
            row = ("quoting", record.problem, "quotes around a whole field, doubled inside it, closed in its record")
        else:
            row = ("fields", f"{len(record.fields)} fields", f"{width} fields, as in the header")
        rows.append((first + record.start + 1, "", *row, raw))
    return pd.DataFrame(rows, columns=BREACH_COLUMNS).astype({"source_line": "int64"})


def _raw(lines: list[str], record: Record) -> str:
    first = lines[record.start]
    return (first if record.end == record.start + 1 else "".join(lines[record.start : record.end])).rstrip("\r\n")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _empty(file: str, line: int, found: str, expected: str) -> str:
    told = breach_text(file, line=line, column="", rule="empty", found=found, expected=expected)
    return f"{told}; deliver the file again"
