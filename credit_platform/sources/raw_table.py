"""One CSV file as text: every cell as written, every record with its line; what cannot be cells is set apart."""

import hashlib
from dataclasses import dataclass

import pandas as pd

from credit_platform.contracts.source import Source
from credit_platform.sources.errors import breach_text
from credit_platform.sources.header import header_refusal
from credit_platform.sources.records import Record, is_unreadable, lines_of, records, visible

BREACH_COLUMNS = ["source_line", "column_name", "rule", "found", "expected", "raw_text"]


@dataclass(frozen=True)
class RawTable:
    """A file before any typing.

    ``texts``: one row per record of the right width, canonical columns in contract order, index 0..n-1; ``lines``
    (1-based) and ``raws`` (record as written) share that index. ``undecodable``: (row, canonical column) of cells that
    are not UTF-8. ``malformed``: records without cells, with BREACH_COLUMNS; ``refusal`` if nothing can be read.
    """

    file: str
    sha256: str
    header: str
    texts: pd.DataFrame
    lines: pd.Series
    raws: pd.Series
    undecodable: tuple[tuple[int, str], ...]
    malformed: pd.DataFrame
    refusal: str | None = None

    def fingerprint(self, rows: pd.Index) -> str:
        """SHA-256 of the header and of these rows as written, in file order."""
        written = "\n".join([self.header, *self.raws.loc[rows]])
        return hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()


def parse(content: bytes, *, file: str, source: Source) -> RawTable:
    """Cells of a CSV file as text; never raises: a file that is not the declared table comes back with a refusal."""
    lines = lines_of(content)
    head = next(records(lines, first=0, width=None), None)
    if head is None:
        return _refused(content, file, source, _empty(file, 1, "an empty file", "a header and rows"))
    refusal = header_refusal(head, file=file, source=source)
    if refusal is not None:
        return _refused(content, file, source, refusal)
    found = list(records(lines, first=head.end, width=len(head.fields)))
    if not found:
        return _refused(content, file, source, _empty(file, head.end, "a header without rows", "at least one row"))
    return _table(content, file, source, lines, head, found)


def _table(content: bytes, file: str, source: Source, lines: list[str], head: Record, found: list[Record]) -> RawTable:
    width = len(head.fields)
    whole = [record for record in found if not record.problem and len(record.fields) == width]
    broken = [record for record in found if record.problem or len(record.fields) != width]
    names = {column.name: column.canonical for column in source.expanded_columns}
    texts = pd.DataFrame([record.fields for record in whole], columns=head.fields, dtype=object)
    texts = texts[list(names)].rename(columns=names)
    raws = pd.Series([_raw(lines, record) for record in whole], dtype=object)
    undecodable = _undecodable(texts, raws) if is_unreadable("".join(lines)) else ()
    for row, column in undecodable:
        texts.at[row, column] = visible(texts.at[row, column])
    return RawTable(
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        header=_raw(lines, head),
        texts=texts,
        lines=pd.Series([record.start + 1 for record in whole], dtype="int64"),
        raws=raws,
        undecodable=undecodable,
        malformed=_malformed(broken, width, lines),
    )


def _undecodable(texts: pd.DataFrame, raws: pd.Series) -> tuple[tuple[int, str], ...]:
    rows = [row for row, raw in raws.items() if is_unreadable(raw)]
    return tuple((row, column) for row in rows for column in texts.columns if is_unreadable(texts.at[row, column]))


def _malformed(broken: list[Record], width: int, lines: list[str]) -> pd.DataFrame:
    rows = []
    for record in broken:
        raw = visible(_raw(lines, record))
        if record.problem:
            row = ("quoting", record.problem, "quotes around a whole field, doubled inside it, closed in its record")
        else:
            row = ("fields", f"{len(record.fields)} fields", f"{width} fields, as in the header")
        rows.append((record.start + 1, "", *row, raw))
    return pd.DataFrame(rows, columns=BREACH_COLUMNS).astype({"source_line": "int64"})


def _raw(lines: list[str], record: Record) -> str:
    first = lines[record.start]
    return (first if record.end == record.start + 1 else "".join(lines[record.start : record.end])).rstrip("\r\n")


def _empty(file: str, line: int, found: str, expected: str) -> str:
    told = breach_text(file, line=line, column="", rule="empty", found=found, expected=expected)
    return f"{told}; deliver the file again"


def _refused(content: bytes, file: str, source: Source, refusal: str) -> RawTable:
    return RawTable(
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        header="",
        texts=pd.DataFrame(columns=[column.canonical for column in source.expanded_columns], dtype=object),
        lines=pd.Series(dtype="int64"),
        raws=pd.Series(dtype=object),
        undecodable=(),
        malformed=pd.DataFrame(columns=BREACH_COLUMNS),
        refusal=refusal,
    )
