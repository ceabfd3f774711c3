"""A bad row is set apart with its file, line, column and rule; the good rows go on."""

from pathlib import Path

import pandas as pd
import pytest

from credit_platform.sources import QUARANTINE_COLUMNS, Batch, read_once
from credit_platform_tests.sources.samples import HEADER, ONCE, row, rows, write

GOOD = 40


def _read(folder: Path, *bad: str) -> Batch:
    """The bad rows are lines 12 and on, amid forty good ones."""
    good = rows(GOOD, start=100)
    write(folder, "book.csv", [*good[:10], *bad, *good[10:]])
    return read_once(ONCE, str(folder))


def _breach(batch: Batch) -> dict[str, object]:
    assert len(batch.quarantine) == 1
    return dict(batch.quarantine.iloc[0])


@pytest.mark.parametrize(
    ("changes", "column", "rule", "found", "expected"),
    [
        ({"amount": "-5"}, "amount", "above", "-5", "above 0"),
        ({"amount": "0"}, "amount", "above", "0", "above 0"),
        ({"amount": "lots"}, "amount", "type", "lots", "a finite number"),
        ({"amount": "inf"}, "amount", "type", "inf", "a finite number"),
        ({"amount": "nan"}, "amount", "type", "nan", "a finite number"),
        ({"amount": "1e999"}, "amount", "type", "1e999", "a finite number"),
        ({"amount": "1_000"}, "amount", "type", "1_000", "a finite number"),
        ({"amount": ""}, "amount", "required", "", "a value, a finite number"),
        ({"amount": "   "}, "amount", "required", "   ", "a value, a finite number"),
        ({"term": "7.5"}, "term", "type", "7.5", "a whole number"),
        ({"term": "99999999999999999999"}, "term", "type", "99999999999999999999", "a whole number"),
        ({"term": "-1"}, "term", "minimum", "-1", "at least 0"),
        ({"term": "401"}, "term", "maximum", "401", "at most 400"),
        ({"due": "2022-13-01"}, "due", "type", "2022-13-01", "a date as %Y-%m-%d"),
        ({"due": "today"}, "due", "type", "today", "a date as %Y-%m-%d"),
        ({"due": "10/12/2022"}, "due", "type", "10/12/2022", "a date as %Y-%m-%d"),
        ({"due": "2022-12-10T08:00:00"}, "due", "type", "2022-12-10T08:00:00", "a date as %Y-%m-%d"),
        ({"kind": "renewed"}, "kind", "allowed", "renewed", "one of new, repeat"),
        ({"ID": ""}, "ID", "required", "", "a value, a text"),
        (
            {"due": "2022-12-02"}, "opened, due", "due_not_before_opened",
            "opened='2022-12-03', due_on='2022-12-02'", "due_on >= opened",
        ),
    ],
)  # fmt: skip
def test_a_bad_cell_is_pointed_at(
    tmp_path: Path, changes: dict[str, str], column: str, rule: str, found: str, expected: str
) -> None:
    bad = row(1, **changes)
    batch = _read(tmp_path, bad)
    assert list(batch.quarantine) == QUARANTINE_COLUMNS
    assert _breach(batch) == {
        "source": "book", "source_day": pd.NaT, "source_file": "book.csv", "source_line": 12, "column_name": column,
        "rule": rule, "found": found, "expected": expected, "raw_text": bad,
    }  # fmt: skip
    assert (batch.total_rows, batch.bad_rows, len(batch.rows), batch.refusal) == (GOOD + 1, 1, GOOD, None)


def test_a_repeated_id_keeps_the_first_and_names_its_line(tmp_path: Path) -> None:
    batch = _read(tmp_path, row(104, amount="77"))
    breach = _breach(batch)
    assert (breach["source_line"], breach["column_name"], breach["rule"]) == (12, "ID", "unique")
    assert breach["expected"] == "a value not seen before, line 6 has it first"
    assert batch.rows.set_index("loan_id").loc["000104", "amount"] == 100.5


def test_a_good_row_is_not_lost_because_a_bad_row_has_its_id(tmp_path: Path) -> None:
    batch = _read(tmp_path, row(1, amount="-1"), row(1), row(1))
    assert batch.quarantine[["source_line", "rule"]].values.tolist() == [[12, "above"], [14, "unique"]]
    assert batch.quarantine["expected"].iloc[1] == "a value not seen before, line 13 has it first"
    assert batch.rows.set_index("loan_id").loc["000001", "source_line"] == 13


def test_every_broken_rule_of_a_row_is_a_line_and_the_row_counts_once(tmp_path: Path) -> None:
    batch = _read(tmp_path, row(1, amount="-1", term="x", kind="old", due="2022-12-01"))
    assert sorted(batch.quarantine["rule"]) == ["above", "allowed", "due_not_before_opened", "type"]
    assert batch.quarantine["source_line"].tolist() == [12] * 4
    assert (batch.bad_rows, len(batch.rows)) == (1, GOOD)


def test_a_rule_over_an_unreadable_date_is_not_judged(tmp_path: Path) -> None:
    assert _breach(_read(tmp_path, row(1, due="never")))["rule"] == "type"


@pytest.mark.parametrize(("text", "found"), [("1,2,3", "3 fields"), (row(1) + ",8", "8 fields")])
def test_a_short_or_long_row_is_counted_out(tmp_path: Path, text: str, found: str) -> None:
    batch = _read(tmp_path, text)
    breach = _breach(batch)
    assert (breach["source_line"], breach["column_name"], breach["rule"]) == (12, "", "fields")
    assert (breach["found"], breach["expected"], breach["raw_text"]) == (found, "7 fields, as in the header", text)
    assert (batch.total_rows, len(batch.rows)) == (GOOD + 1, GOOD)


def test_numbers_in_texts_stay_as_written_and_whole_numbers_may_end_in_zero(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", [row(7, ID="007", term="7.0", amount="0.0250787496971165", note=" 1.50 ")])
    batch = read_once(ONCE, str(tmp_path))
    first = batch.rows.iloc[0]
    assert (first["loan_id"], first["term_days"], first["note"]) == ("007", 7, " 1.50 ")
    assert first["amount"] == 0.0250787496971165


def test_rows_are_typed_named_and_located_in_the_order_of_the_contract(tmp_path: Path) -> None:
    header = ",".join(reversed(HEADER.split(",")))
    write(tmp_path, "book.csv", [",".join(reversed(line.split(","))) for line in rows(3)], header=header)
    rows_read = read_once(ONCE, str(tmp_path)).rows
    assert {name: str(dtype) for name, dtype in rows_read.dtypes.items()} == {
        "loan_id": "object", "amount": "float64", "opened": "datetime64[ns]", "due_on": "datetime64[ns]",
        "term_days": "Int64", "kind": "object", "note": "object",
        "source_day": "datetime64[ns]", "source_file": "object", "source_line": "int64",
    }  # fmt: skip
    assert rows_read["source_line"].tolist() == [2, 3, 4]
    assert rows_read["note"].tolist() == [None] * 3
