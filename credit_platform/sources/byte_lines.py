"""A file as blocks of whole lines in UTF-8, whatever its encoding: never more of it in memory than a block or two."""

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from credit_platform.contracts.source import FileFormat
from credit_platform.sources.errors import FileRefused, breach_text

BLOCK_BYTES = 8 * 2**20
"""Rows are judged this much text at a time: about 60,000 rows of a loan book. Half of it cost 20% of the speed."""
LONGEST_LINE_BYTES = 64 * 2**20
_STARTS = {
    b"\x1f\x8b": ("a gzip archive", "name the layout ....csv.gz"),
    b"PK\x03\x04": ("a ZIP archive or a spreadsheet", "save the table as CSV"),
    b"PAR1": ("a Parquet file", "save the table as CSV"),
}
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class HashedFile:
    """A binary stream that hashes what passes: what is hashed is what is parsed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self._stream.read(size)
        self._digest.update(found)
        return found

    def sha256(self) -> str:
        """Hash of the whole file, also of what nobody has read yet."""
        while self.read(BLOCK_BYTES):
            pass
        return self._digest.hexdigest()


def line_blocks(content: HashedFile, *, file: str, form: FileFormat) -> Iterator[bytes]:
    """The file's text as UTF-8, without a byte order mark, cut at line ends (CR, LF or CR LF).

    Raises FileRefused where the bytes are not what the format and the name say.
    """
    pieces = _pieces(content, file)
    first = next(pieces, b"")
    _check_start(first, file, form)
    rest = b""
    for piece in _utf8(first, pieces, file, form):
        rest += piece
        end = _last_line_end(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
        elif len(rest) > LONGEST_LINE_BYTES:
            found = f"a line of more than {LONGEST_LINE_BYTES // 2**20} MiB"
            raise FileRefused(_told(file, "lines", found, "text with line ends"))
    if rest:
        yield rest


def _pieces(content: HashedFile, file: str) -> Iterator[bytes]:
    if not file.endswith(".gz"):
        while piece := content.read(BLOCK_BYTES):
            yield piece
        return
    with gzip.open(cast(BinaryIO, content)) as unpacked:
        try:
            while piece := unpacked.read(BLOCK_BYTES):
                yield piece
        except (OSError, EOFError, zlib.error) as error:
            raise FileRefused(
                _told(file, "compression", f"bytes that are no gzip ({error})", "a gzip archive")
            ) from error


def _check_start(first: bytes, file: str, form: FileFormat) -> None:
    for mark, (found, advice) in _STARTS.items():
        if first.startswith(mark):
            raise FileRefused(_told(file, "encoding", found, f"{form.encoding.upper()} text") + f"; {advice}")
    is_marked = first.startswith(_UTF_16_MARKS)
    if is_marked and form.encoding != "utf-16":
        found = "a UTF-16 byte order mark"
        advice = "; save the file so, or declare format: {encoding: utf-16}"
        raise FileRefused(_told(file, "encoding", found, f"{form.encoding.upper()} text") + advice)
    if form.encoding == "utf-16" and first and not is_marked:
        raise FileRefused(_told(file, "encoding", "no byte order mark", "UTF-16 text, which begins with one"))


def _utf8(first: bytes, rest: Iterator[bytes], file: str, form: FileFormat) -> Iterator[bytes]:
    if form.encoding == "utf-8":
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from rest
        return
    # A byte without a meaning in a one-byte encoding stays as it is and is found in its cell; UTF-16 has no such way.
    errors = "strict" if form.encoding == "utf-16" else "surrogateescape"
    decoder = codecs.getincrementaldecoder(form.encoding)(errors=errors)
    lines = 0
    for piece in _chained(first, rest, end=b""):
        state = decoder.getstate()
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            decoder.setstate(state)
            lines += decoder.decode(piece[: error.start - len(state[0])]).count("\n")
            found = f"bytes that are no {form.encoding.upper()} ({error.reason})"
            told = _told(file, "encoding", found, f"{form.encoding.upper()} text", line=lines + 1)
            raise FileRefused(told) from error
        lines += text.count("\n")
        yield text.encode("utf-8", "surrogateescape")


def _chained(first: bytes, rest: Iterator[bytes], *, end: bytes) -> Iterator[bytes]:
    yield first
    yield from rest
    yield end


def _last_line_end(block: bytes) -> int:
    """Index after the last line end of the block; a CR in the last place may be half of a CR LF and does not count."""
    return max(block.rfind(b"\n"), block.rfind(b"\r", 0, len(block) - 1)) + 1


def _told(file: str, rule: str, found: str, expected: str, *, line: int = 1) -> str:
    return breach_text(file, line=line, column="", rule=rule, found=found, expected=expected)
