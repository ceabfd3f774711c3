"""A file that is not the declared table is refused with its line and column; an oddly written one is read."""

from pathlib import Path

import pytest

from credit_platform.sources import read_once
from credit_platform_tests.sources.samples import HEADER, ONCE, row, rows, write


def _refusal(folder: Path) -> str:
    batch = read_once(ONCE, str(folder))
    assert not batch.is_accepted
    assert (len(batch.rows), len(batch.quarantine), batch.total_rows) == (0, 0, 0)
    assert batch.refusal is not None
    return batch.refusal


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (HEADER.replace("due", "due_date"), "column due: found no such column; column due_date: found an undeclared"),
        (HEADER.replace(",due", ""), "column due: found no such column"),
        (HEADER + ",target", "column target: found an undeclared column"),
        (HEADER.replace("due", "opened"), "column opened: found 2 columns of this name"),
        (HEADER.replace(",", ";"), "column ID: found no such column"),
    ],
)
def test_a_wrong_header_names_line_column_and_the_expected_header(tmp_path: Path, header: str, problem: str) -> None:
    write(tmp_path, "book.csv", rows(3), header=header)
    refusal = _refusal(tmp_path)
    assert refusal.startswith("file book.csv line 1 ")
    assert problem in refusal
    assert f"expected the header {HEADER} (rule header)" in refusal


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "book.csv").write_bytes(content)
    assert _refusal(tmp_path).startswith("file book.csv line 1: found an empty file, expected a header and rows")


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", [])
    assert _refusal(tmp_path).startswith("file book.csv line 1: found a header without rows")


def test_another_encoding_of_the_whole_file_is_refused_at_its_header(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("\n".join([HEADER, *rows(3)]), encoding="utf-16")
    assert "file book.csv line 1" in _refusal(tmp_path)
    assert "UTF-8" in _refusal(tmp_path)


def test_a_latin_1_cell_is_set_apart_with_its_column(tmp_path: Path) -> None:
    lines = [HEADER, *rows(30), row(99, note="café"), row(98, note="ok")]
    (tmp_path / "book.csv").write_bytes("\n".join(lines).encode("latin-1"))
    batch = read_once(ONCE, str(tmp_path))
    breach = batch.quarantine.iloc[0]
    assert (breach["source_line"], breach["column_name"], breach["rule"]) == (32, "note", "encoding")
    assert (breach["found"], breach["expected"]) == (r"caf\xe9", "UTF-8 text")
    assert breach["raw_text"].encode() == row(99, note=r"caf\xe9").encode()
    assert (len(batch.quarantine), len(batch.rows), batch.total_rows) == (1, 31, 32)


def test_a_nul_is_set_apart(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", [*rows(30), row(99, note="a\0b")])
    breach = read_once(ONCE, str(tmp_path)).quarantine.iloc[0]
    assert (breach["source_line"], breach["rule"], breach["found"]) == (32, "encoding", r"a\x00b")


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_any_line_end_is_read_with_the_same_lines(tmp_path: Path, end: str) -> None:
    lines = [HEADER, *rows(30), row(99, amount="-1")]
    (tmp_path / "book.csv").write_bytes(end.join(lines).encode())
    batch = read_once(ONCE, str(tmp_path))
    assert (batch.total_rows, len(batch.rows)) == (31, 30)
    assert batch.quarantine["source_line"].tolist() == [32]
    assert batch.rows["note"].isna().all()


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_bytes(b"\xef\xbb\xbf" + "\n".join([HEADER, *rows(2)]).encode())
    assert read_once(ONCE, str(tmp_path)).rows["loan_id"].tolist() == ["000000", "000001"]


def test_a_quoted_line_break_is_text_and_later_lines_keep_their_numbers(tmp_path: Path) -> None:
    text = '"first, ""so-called""\nsecond"'
    write(tmp_path, "book.csv", [*rows(30), row(50, note=text), row(51), row(52, term="x")])
    batch = read_once(ONCE, str(tmp_path))
    by_id = batch.rows.set_index("loan_id")
    assert by_id.loc["000050", "note"] == 'first, "so-called"\nsecond'
    assert (by_id.loc["000050", "source_line"], by_id.loc["000051", "source_line"]) == (32, 34)
    assert batch.quarantine[["source_line", "column_name"]].values.tolist() == [[35, "term"]]


def test_a_blank_line_is_no_row_but_counts_as_a_line(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", [row(1), "", row(2), ""])
    batch = read_once(ONCE, str(tmp_path))
    assert (batch.total_rows, batch.rows["source_line"].tolist()) == (2, [2, 4])


@pytest.mark.parametrize("later", ["plain", '"quoted, text"'])
def test_a_stray_quote_costs_its_own_line_and_no_other(tmp_path: Path, later: str) -> None:
    bad = row(90, kind='"new')
    write(tmp_path, "book.csv", [*rows(30), bad, *rows(30, start=30), row(91, note=later), row(92)])
    batch = read_once(ONCE, str(tmp_path))
    assert batch.quarantine[["source_line", "rule", "raw_text"]].values.tolist() == [[32, "quoting", bad]]
    assert (batch.total_rows, len(batch.rows)) == (63, 62)
    assert batch.rows["note"].iloc[-2] == later.strip('"')


def test_the_same_bytes_have_the_same_hash_and_one_more_byte_another(tmp_path: Path) -> None:
    path = write(tmp_path, "book.csv", rows(3))
    before = read_once(ONCE, str(tmp_path)).sha256
    assert read_once(ONCE, str(tmp_path)).sha256 == before
    path.write_bytes(path.read_bytes() + b"\n")
    assert read_once(ONCE, str(tmp_path)).sha256 != before
