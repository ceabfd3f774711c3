"""Files as other systems write them: read as the format declares, or refused by file, line and column."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_platform.contracts.source import FileFormat, FileLayout, Source
from credit_platform.sources import read_once
from credit_platform_tests.sources.samples import COLUMNS, HEADER, ONCE, row, rows, write

SEMICOLONS = FileFormat(delimiter=";", decimal=",", thousands=".")
COLUMN_DATES = tuple(
    column.model_copy(update={"date_format": "%d.%m.%Y"}) if column.type == "date" else column for column in COLUMNS
)
GERMAN = ONCE.model_copy(update={"format": SEMICOLONS, "columns": COLUMN_DATES})
GERMAN_ROW = "{:06d};1.234,50;03.12.2022;10.12.2022;7;new;"
TEXTS = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]) | st.sampled_from(',;\t|"\n'), max_size=12)
FORMATS = st.builds(
    FileFormat,
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from("\"'"),
    decimal=st.sampled_from(".,"),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]),
    header_line=st.integers(1, 3),
)


def _german(folder: Path, *more: str) -> Path:
    lines = [GERMAN_ROW.format(number) for number in range(40)]
    return write(folder, "book.csv", [*lines, *more], header=HEADER.replace(",", ";"))


def test_semicolons_decimal_commas_and_dates_are_read_as_declared(tmp_path: Path) -> None:
    _german(tmp_path, "000099;1.23,5;03.12.2022;10.12.2022;7;new;")
    batch = read_once(GERMAN, str(tmp_path))
    assert batch.rows["amount"].unique().tolist() == [1234.5]
    assert batch.rows["opened"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2022-12-03"]
    assert batch.quarantine[["source_line", "column_name", "rule", "found", "expected"]].values.tolist() == [
        [42, "amount", "type", "1.23,5", "a finite number, its decimals after ','"]
    ]


def test_an_undeclared_delimiter_is_named(tmp_path: Path) -> None:
    _german(tmp_path)
    refusal = read_once(ONCE, str(tmp_path)).refusal
    assert refusal is not None
    assert refusal.startswith("file book.csv line 1 column ID: found no such column")
    assert refusal.endswith(
        "its columns are separated by semicolons, expected ',': write the file so, or declare format: {delimiter: ';'}"
    )


def test_undeclared_decimal_commas_are_pointed_at(tmp_path: Path) -> None:
    _german(tmp_path)
    plain = GERMAN.model_copy(update={"format": FileFormat(delimiter=";")})
    refusal = read_once(plain, str(tmp_path)).refusal
    assert refusal is not None
    assert "line 2 column amount: found '1.234,50', expected a finite number (rule type)" in refusal


@pytest.mark.parametrize(
    ("content", "found", "advice"),
    [
        (f"{HEADER}\n{row(1)}\n".encode("utf-16"), "a UTF-16 byte order mark", "format: {encoding: utf-16}"),
        (gzip.compress(f"{HEADER}\n{row(1)}\n".encode()), "a gzip archive", "....csv.gz"),
        (b"PK\x03\x04 and so on", "a ZIP archive or a spreadsheet", "as CSV"),
    ],
    ids=["utf_16", "gzip", "zip"],
)
def test_bytes_of_another_kind_are_refused_by_what_they_are(
    tmp_path: Path, content: bytes, found: str, advice: str
) -> None:
    (tmp_path / "book.csv").write_bytes(content)
    refusal = read_once(ONCE, str(tmp_path)).refusal
    assert refusal is not None
    assert refusal.startswith(f"file book.csv line 1: found {found}, expected UTF-8 text (rule encoding)")
    assert advice in refusal


def test_a_header_in_another_encoding_says_what_to_declare(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_bytes(HEADER.replace("note", "café").encode("latin-1") + b"\n")
    refusal = read_once(ONCE, str(tmp_path)).refusal
    assert refusal is not None
    assert r"line 1 column caf\xe9: found 'caf\xe9', expected UTF-8 text" in refusal
    assert "declare its encoding under format:" in refusal


def _declared(path: str = "book.csv", **form: object) -> Source:
    return ONCE.model_copy(update={"layouts": (FileLayout(path=path, format=FileFormat.model_validate(form)),)})


def test_utf_16_without_its_mark_or_cut_short_is_refused(tmp_path: Path) -> None:
    declared = _declared(encoding="utf-16")
    (tmp_path / "book.csv").write_bytes(f"{HEADER}\n{row(1)}\n".encode("utf-16-le"))
    assert "found no byte order mark, expected UTF-16 text" in str(read_once(declared, str(tmp_path)).refusal)
    (tmp_path / "book.csv").write_bytes(f"{HEADER}\n{row(1)}\n".encode("utf-16")[:-1])
    refusal = str(read_once(declared, str(tmp_path)).refusal)
    assert "line 2: found bytes that are no UTF-16 (truncated data), expected UTF-16 text" in refusal


def test_a_byte_without_a_meaning_is_found_in_its_cell(tmp_path: Path) -> None:
    lines = "\n".join([HEADER, *rows(30), row(99, note="50 € \x00")]).replace("\x00", "?")
    content = lines.encode("cp1252").replace(b"?", b"\x81")
    (tmp_path / "book.csv").write_bytes(content)
    batch = read_once(_declared(encoding="cp1252"), str(tmp_path))
    assert batch.quarantine[["source_line", "column_name", "rule", "found", "expected"]].values.tolist() == [
        [32, "note", "encoding", r"50 € \x81", "CP1252 text"]
    ]


def test_a_gzip_file_is_read_by_its_name_and_a_broken_one_refused(tmp_path: Path) -> None:
    packed = gzip.compress("\n".join([HEADER, *rows(30)]).encode())
    (tmp_path / "book.csv.gz").write_bytes(packed)
    declared = _declared("book.csv.gz")
    assert len(read_once(declared, str(tmp_path)).rows) == 30
    (tmp_path / "book.csv.gz").write_bytes(packed[:-9])
    assert "expected a gzip archive (rule compression)" in str(read_once(declared, str(tmp_path)).refusal)


def test_lines_above_the_header_are_left_out_and_still_counted(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", ["exported 2022-12-03", HEADER, *rows(30), row(99, amount="-1")], header="Bank")
    batch = read_once(_declared(header_line=3), str(tmp_path))
    assert (len(batch.rows), batch.rows["source_line"][0], batch.quarantine["source_line"].tolist()) == (30, 4, [34])
    assert "no header from line 50 on" in str(read_once(_declared(header_line=50), str(tmp_path)).refusal)


@pytest.mark.parametrize(
    "form", [{"delimiter": '"'}, {"decimal": ",", "thousands": ","}, {"delimiter": "\n"}, {"quote": "."}]
)
def test_a_format_that_contradicts_itself_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="format: "):
        FileFormat.model_validate(form)


def _written(form: FileFormat, cells: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=form.delimiter, quotechar=form.quote, lineterminator="\n")
    writer.writerows([HEADER.split(","), *cells])
    return ("preamble\n" * (form.header_line - 1) + text.getvalue()).encode(form.encoding)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=FORMATS, notes=st.lists(TEXTS, min_size=1, max_size=6), amount=st.decimals("0.01", "99999", places=2))
def test_what_is_written_in_a_format_is_read_in_it(
    tmp_path: Path, form: FileFormat, notes: list[str], amount: object
) -> None:
    cells = [row(number).split(",") for number in range(len(notes))]
    for line, note in zip(cells, notes, strict=True):
        line[1], line[6] = str(amount).replace(".", form.decimal), note
    (tmp_path / "book.csv").write_bytes(_written(form, cells))
    batch = read_once(ONCE.model_copy(update={"format": form}), str(tmp_path))
    assert batch.refusal is None
    assert batch.rows["note"].tolist() == [note if note.strip() else None for note in notes]
    assert batch.rows["amount"].tolist() == [float(str(amount))] * len(notes)
