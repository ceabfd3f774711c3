"""Lines of a CSV file to records, each with the line it starts on; a broken line never swallows its neighbours."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from credit_platform.contracts.source import FileFormat

if TYPE_CHECKING:
    from _csv import Reader

_UNREADABLE = re.compile("[\udc80-\udcff\0]")
"""What surrogateescape makes of a byte that is not UTF-8; and NUL, which no SQL text column takes."""


class Record(NamedTuple):
    """One record: 0-based first line, line after the last, its fields, and what is wrong with its quoting.

    A named tuple: a frozen dataclass takes 2.4 times as long to make, and a file has tens of thousands.
    """

    start: int
    end: int
    fields: list[str]
    problem: str = ""


def lines_of(block: bytes) -> list[str]:
    """Physical lines with their ends; CR, LF and CR LF all end a line, as the csv module wants them.

    A byte that is not UTF-8 is kept (surrogateescape) for ``is_unreadable`` to find.
    """
    return list(io.StringIO(block.decode("utf-8", errors="surrogateescape"), newline=""))


def is_unreadable(text: str) -> bool:
    """Whether the text holds a byte that is not UTF-8, or a NUL."""
    if text.isascii() and "\0" not in text:  # 200 times as fast as the search, and nearly always so
        return False
    return _UNREADABLE.search(text) is not None


def visible(text: str) -> str:
    """The text with bytes that are not UTF-8, and NULs, written as escapes, so that any database can keep it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def records(
    lines: list[str], *, until: int, width: int | None, form: FileFormat, more: Callable[[], bool]
) -> Iterator[Record]:
    """Records that start on lines 0 to ``until``, blank lines left out; ``width``: how many fields one should have.

    A record that is open where the lines end asks for ``more``, which appends to them and is false at the file's end.

    A stray quote makes the csv module read on to the next quote or to the end of the file. So a record that breaks,
    or that spans lines and has the wrong width, gives up its first line only, and reading resumes on the next one.
    """
    base = position = 0
    reader = _reader(lines, base, form, more)
    while position < until:
        record = _next(reader, position, base)
        if record.problem or (record.end > position + 1 and width is not None and len(record.fields) != width):
            record = _first_line_alone(record)
            base = record.end
            reader = _reader(lines, base, form, more)
        position = record.end
        if record.fields or record.problem:
            yield record


def _reader(lines: list[str], base: int, form: FileFormat, more: Callable[[], bool]) -> "Reader":
    # strict: a text after a closing quote, or a quote that never closes, is an error and not a guess.
    if not form.quote:
        return csv.reader(_from(lines, base, more), delimiter=form.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(_from(lines, base, more), delimiter=form.delimiter, quotechar=form.quote, strict=True)


def _from(lines: list[str], base: int, more: Callable[[], bool]) -> Iterator[str]:
    position = base
    while position < len(lines) or more():
        yield lines[position]
        position += 1


def _next(reader: "Reader", position: int, base: int) -> Record:
    try:
        fields = next(reader)
    except csv.Error as error:
        return Record(position, base + reader.line_num, [], str(error))
    return Record(position, base + reader.line_num, fields)


def _first_line_alone(record: Record) -> Record:
    problem = record.problem
    if not problem:
        problem = f"a quoted text that spans {record.end - record.start} lines and makes {len(record.fields)} fields"
    return Record(record.start, record.start + 1, [], problem)
