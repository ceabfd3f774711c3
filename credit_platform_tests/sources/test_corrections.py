"""Corrections are files of the landing folder: they replace the very records that they were made for."""

import datetime as dt
from pathlib import Path

import pytest

from credit_platform.sources import (
    SourceError,
    corrections_to_edit,
    once_sha256,
    read_days,
    read_once,
    take_corrections,
)
from credit_platform_tests.sources.samples import DAILY, HEADER, ONCE, row, rows, write

SOURCES = (ONCE, DAILY)
DAY = dt.date(2022, 12, 3)
BROKEN = [row(90, amount="-1"), "half,a,row", row(91, note='"a\nb"', term="x")]
CORRECTED = "corrections/book.csv"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    write(tmp_path, "book.csv", [*rows(60), *BROKEN, *rows(10, start=100)])
    return str(tmp_path)


def _export(folder: str) -> str:
    broken = read_once(ONCE, folder).quarantine
    records = list(zip(broken["source_file"], broken["source_line"], broken["raw_text"], strict=True))
    return corrections_to_edit(SOURCES, folder, "book.csv", records).decode()


def _mended(text: str) -> bytes:
    changed = text.replace(",-1,", ",9,").replace("half,a,row", row(92)).replace(",x,", ",8,")
    return changed.encode()


def test_an_export_holds_every_broken_record_as_it_was_written(folder: str) -> None:
    lines = _export(folder).split("\n")
    assert lines[0] == f"corrects book.csv,{HEADER}"
    assert [line.partition(",")[2] for line in lines[1:4]] == [BROKEN[0], BROKEN[1], BROKEN[2].partition("\n")[0]]
    assert [line.partition(":")[0] for line in lines[1:4]] == ["62", "63", "64"]


def test_mended_records_take_the_place_of_the_broken_ones_and_say_where_they_came_from(folder: str) -> None:
    before = read_once(ONCE, folder)
    assert take_corrections(SOURCES, folder, _mended(_export(folder)), told="edited.csv") == ("book.csv", 3, True)
    after = read_once(ONCE, folder)
    assert (before.total_rows, before.bad_rows, after.total_rows, after.bad_rows) == (73, 3, 73, 0)
    added = after.rows[after.rows["source_file"] == CORRECTED].set_index("loan_id")
    assert added["amount"].to_dict() == {"000090": 9.0, "000092": 100.5, "000091": 100.5}
    assert added["source_line"].tolist() == [2, 3, 4]
    assert added.loc["000091", "note"] == "a\nb"
    assert (after.file_sha256 == before.file_sha256, after.file_sha256 == once_sha256(ONCE, folder)) == (False, True)


def test_the_same_corrections_again_change_nothing(folder: str) -> None:
    mended = _mended(_export(folder))
    take_corrections(SOURCES, folder, mended, told="edited.csv")
    first = (Path(folder) / CORRECTED).read_bytes()
    assert take_corrections(SOURCES, folder, mended, told="edited.csv") == ("book.csv", 3, False)
    assert (Path(folder) / CORRECTED).read_bytes() == first


def test_a_correction_that_is_still_wrong_can_be_exported_and_mended_again(folder: str) -> None:
    take_corrections(SOURCES, folder, _mended(_export(folder)).replace(b",9,", b",-9,"), told="edited.csv")
    again = _export(folder)
    assert again.splitlines()[1].startswith("62:")
    assert take_corrections(SOURCES, folder, again.replace(",-9,", ",5,").encode(), told="edited.csv")[1] == 3
    batch = read_once(ONCE, folder)
    assert (batch.bad_rows, batch.rows.set_index("loan_id").loc["000090", "amount"]) == (0, 5.0)


def test_a_correction_of_a_record_that_is_gone_goes_to_quarantine_and_hits_no_other(folder: str) -> None:
    take_corrections(SOURCES, folder, _mended(_export(folder)), told="edited.csv")
    write(Path(folder), "book.csv", [*rows(61), row(200, amount="-1"), *rows(10, start=100)])
    batch = read_once(ONCE, folder)
    assert batch.quarantine[["source_file", "source_line", "rule"]].values.tolist() == [
        ["book.csv", 63, "above"], *([CORRECTED, line, "correction"] for line in (2, 3, 4)),
    ]  # fmt: skip
    assert batch.quarantine["expected"].iloc[-1] == "a record of book.csv as it was exported; export it again"
    assert (len(batch.rows), batch.total_rows, batch.bad_rows) == (71, 72, 1)


def test_corrections_for_a_changed_file_are_refused_and_nothing_is_written(folder: str) -> None:
    mended = _mended(_export(folder))
    write(Path(folder), "book.csv", rows(60))
    with pytest.raises(SourceError, match=r"file edited.csv line 2: found '62:[0-9a-f]{16}', expected a record"):
        take_corrections(SOURCES, folder, mended, told="edited.csv")
    assert not (Path(folder) / CORRECTED).exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"{HEADER}\n", "found no column that is headed 'corrects <landing file>'"),
        (f"corrects other.csv,{HEADER}\n", "found no source with a file other.csv, expected one of all.csv, book.csv"),
        ("corrects book.csv,ID\n1:a,2\n", "line 1 column amount: found no such column"),
    ],
)
def test_a_file_that_is_no_correction_is_refused(folder: str, content: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        take_corrections(SOURCES, folder, content.encode(), told="edited.csv")


def test_a_correction_of_a_cut_file_goes_to_the_day_that_it_now_has(tmp_path: Path) -> None:
    write(tmp_path, "all.csv", [*rows(30), row(99, opened="soon")])
    broken = [("all.csv", 32, row(99, opened="soon"))]
    text = corrections_to_edit(SOURCES, str(tmp_path), "all.csv", broken).decode()
    take_corrections(SOURCES, str(tmp_path), text.replace("soon", "2022-12-03").encode(), told="edited.csv")
    (batch,) = read_days(DAILY, str(tmp_path), [DAY])
    assert (len(batch.rows), batch.rows["source_file"].iloc[-1]) == (31, "corrections/all.csv")
