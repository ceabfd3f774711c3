"""A daily source by day and before its first day: one file a day, and one file cut by its date."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from credit_platform.contracts.source import FileLayout
from credit_platform.sources import (
    SourceError,
    before_sha256,
    day_sha256s,
    once_sha256,
    read_before,
    read_days,
    read_once,
)
from credit_platform_tests.sources.samples import DAILY, ONCE, row, rows, write

D2, D3, D4 = (dt.date(2022, 12, day) for day in (2, 3, 4))


def _cut(folder: Path) -> list[str]:
    lines = [
        *rows(30, start=0, opened="2022-12-02"),
        *rows(30, start=100, opened="2022-12-03"),
        *rows(30, start=200, opened="2022-11-20"),
        row(1, opened="2022-12-03"),
        row(999, opened="2022-12-02", amount="-3"),
        row(998, opened="soon", amount="-3"),
        row(997, opened=""),
        "half,a,row",
    ]
    write(folder, "all.csv", lines)
    return lines


def test_each_day_file_is_a_batch_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "new_20221202.csv", rows(4, opened="2022-12-02"))
    write(tmp_path, "new_20221203.csv", rows(5))
    second, first = read_days(DAILY, str(tmp_path), [D3, D2])
    assert (second.day, second.file, len(second.rows)) == (D3, "new_20221203.csv", 5)
    assert (first.day, first.file, len(first.rows)) == (D2, "new_20221202.csv", 4)
    assert first.rows["source_day"].unique().tolist() == [pd.Timestamp(D2)]
    assert first.rows["source_file"].unique().tolist() == ["new_20221202.csv"]


def test_a_day_without_its_file_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    write(tmp_path, "new_20221203.csv", rows(5))
    missing, present = read_days(DAILY, str(tmp_path), [D2, D3])
    assert present.is_accepted
    assert missing.refusal is not None
    assert missing.refusal.startswith("Missing file new_20221202.csv of source 'requests'")
    assert (missing.day, missing.total_rows) == (D2, 0)


def test_an_optional_source_may_lack_a_day(tmp_path: Path) -> None:
    write(tmp_path, "new_20221203.csv", rows(5))
    optional = DAILY.model_copy(update={"optional": True})
    batches = read_days(optional, str(tmp_path), [D2, D3])
    assert [(batch.is_accepted, len(batch.rows)) for batch in batches] == [(True, 0), (True, 5)]


def test_a_refused_day_leaves_the_other_days(tmp_path: Path) -> None:
    write(tmp_path, "new_20221202.csv", rows(4, opened="2022-12-02", amount="-1"))
    write(tmp_path, "new_20221203.csv", rows(5))
    assert [batch.is_accepted for batch in read_days(DAILY, str(tmp_path), [D2, D3])] == [False, True]


def test_a_row_of_another_day_is_set_apart(tmp_path: Path) -> None:
    write(tmp_path, "new_20221203.csv", [*rows(30), row(99, opened="2022-12-02")])
    (batch,) = read_days(DAILY, str(tmp_path), [D3])
    breach = batch.quarantine.iloc[0]
    assert (breach["source_line"], breach["column_name"], breach["rule"]) == (32, "opened", "day")
    assert (breach["found"], breach["expected"]) == ("2022-12-02", "2022-12-03, the day of the file")
    assert (len(batch.rows), len(batch.quarantine), breach["source_day"]) == (30, 1, pd.Timestamp(D3))


def test_a_cut_file_gives_each_day_its_rows_and_its_own_bad_rows(tmp_path: Path) -> None:
    _cut(tmp_path)
    two, three, four = read_days(DAILY, str(tmp_path), [D2, D3, D4])
    assert (two.total_rows, two.bad_rows, len(two.rows)) == (31, 1, 30)
    assert two.quarantine[["source_line", "rule"]].values.tolist() == [[93, "above"]]
    assert (three.total_rows, three.bad_rows, len(three.rows)) == (31, 0, 31)
    assert three.rows["source_line"].tolist() == [*range(32, 62), 92]
    assert (four.is_accepted, four.total_rows, len(four.rows), four.file) == (True, 0, 0, "all.csv")


def test_rows_without_a_day_are_kept_in_the_quarantine_of_the_batch_before(tmp_path: Path) -> None:
    lines = _cut(tmp_path)
    before = read_before(DAILY, str(tmp_path), D2)
    assert (before.day, before.total_rows, before.bad_rows, len(before.rows)) == (None, 33, 3, 30)
    assert before.quarantine[["source_line", "column_name", "rule"]].values.tolist() == [
        [94, "opened", "type"], [94, "amount", "above"], [95, "opened", "required"], [96, "", "fields"],
    ]  # fmt: skip
    assert before.quarantine["raw_text"].iloc[-1] == lines[-1]
    assert before.rows["source_day"].isna().all()


def test_every_record_of_a_cut_file_is_in_exactly_one_batch(tmp_path: Path) -> None:
    lines = _cut(tmp_path)
    batches = [read_before(DAILY, str(tmp_path), D2), *read_days(DAILY, str(tmp_path), [D2, D3])]
    kept = [line for batch in batches for line in batch.rows["source_line"]]
    apart = [line for batch in batches for line in batch.quarantine["source_line"].unique()]
    assert sorted([*kept, *apart]) == list(range(2, len(lines) + 2))


def test_one_row_without_a_day_does_not_refuse_an_empty_history(tmp_path: Path) -> None:
    write(tmp_path, "all.csv", [*rows(30), row(99, opened="soon")])
    before = read_before(DAILY, str(tmp_path), D3)
    assert (before.is_accepted, len(before.rows), before.bad_rows) == (True, 0, 1)


def test_too_many_rows_without_a_day_refuse_the_batch_before(tmp_path: Path) -> None:
    write(tmp_path, "all.csv", [*rows(30), *rows(2, start=90, opened="soon")])
    refusal = read_before(DAILY, str(tmp_path), D3).refusal
    assert refusal is not None
    assert refusal.startswith(
        "6.2% of rows (2 of 32) break the contract, at most 5.0% may; first: file all.csv line 32 "
    )


def test_the_hash_of_a_cut_day_changes_with_its_own_lines_only(tmp_path: Path) -> None:
    lines = _cut(tmp_path)
    first = [batch.sha256 for batch in read_days(DAILY, str(tmp_path), [D2, D3])]
    write(tmp_path, "all.csv", [*lines, row(555, opened="2022-12-03")])
    second = [batch.sha256 for batch in read_days(DAILY, str(tmp_path), [D2, D3])]
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_both_layouts_give_the_same_rows(tmp_path: Path) -> None:
    lines = [*rows(5, opened="2022-12-02"), *rows(5, start=50)]
    write(tmp_path / "cut", "all.csv", lines)
    write(tmp_path / "daily", "new_20221202.csv", lines[:5])
    write(tmp_path / "daily", "new_20221203.csv", lines[5:])
    where = ["source_file", "source_line"]
    cut, daily = (read_days(DAILY, str(tmp_path / name), [D2, D3]) for name in ("cut", "daily"))
    for one, other in zip(cut, daily, strict=True):
        pd.testing.assert_frame_equal(one.rows.drop(columns=where), other.rows.drop(columns=where))


def test_earlier_day_files_are_history_without_a_day(tmp_path: Path) -> None:
    write(tmp_path, "new_20221202.csv", [*rows(30, opened="2022-12-02"), "x"])
    write(tmp_path, "new_20221203.csv", rows(5, start=100))
    write(tmp_path, "new_20221204.csv", rows(7, opened="2022-12-04"))
    before = read_before(DAILY, str(tmp_path), D4)
    assert (before.total_rows, before.bad_rows, len(before.rows), before.day) == (36, 1, 35, None)
    assert before.file == "new_{day}.csv"
    assert before.rows["source_file"].value_counts().to_dict() == {"new_20221202.csv": 30, "new_20221203.csv": 5}
    assert before.quarantine["source_day"].isna().all()


def test_a_unit_of_two_earlier_day_files_is_in_the_history_once(tmp_path: Path) -> None:
    write(tmp_path, "new_20221202.csv", rows(30, opened="2022-12-02"))
    write(tmp_path, "new_20221203.csv", [*rows(30, start=100), row(7, amount="1")])
    before = read_before(DAILY, str(tmp_path), D4)
    assert (before.total_rows, before.bad_rows, len(before.rows)) == (61, 1, 60)
    assert before.quarantine[["source_file", "source_line", "rule"]].values.tolist() == [
        ["new_20221203.csv", 32, "unique"]
    ]
    assert before.quarantine["expected"][0] == "a value not seen before, file new_20221202.csv line 9 has it first"


def test_one_refused_file_refuses_the_history_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, "new_20221202.csv", rows(4), header="wrong")
    write(tmp_path, "new_20221203.csv", rows(5))
    before = read_before(DAILY, str(tmp_path), D4)
    assert before.refusal is not None
    assert "file new_20221202.csv line 1" in before.refusal
    assert len(before.rows) == 0


def test_no_earlier_file_is_an_accepted_empty_history(tmp_path: Path) -> None:
    write(tmp_path, "new_20221203.csv", rows(5))
    before = read_before(DAILY, str(tmp_path), D3)
    assert (before.is_accepted, before.total_rows, list(before.rows)[:2]) == (True, 0, ["loan_id", "amount"])


def test_a_refused_cut_file_refuses_every_day(tmp_path: Path) -> None:
    write(tmp_path, "all.csv", [])
    batches = [*read_days(DAILY, str(tmp_path), [D2, D3]), read_before(DAILY, str(tmp_path), D2)]
    assert all("file all.csv line 1: found a header without rows" in (batch.refusal or "") for batch in batches)


def test_a_layout_must_cut_by_a_required_date(tmp_path: Path) -> None:
    write(tmp_path, "all.csv", rows(1))
    wrong = DAILY.model_copy(update={"layouts": (FileLayout(path="all.csv", cut_by="kind"),)})
    with pytest.raises(SourceError, match=r"found cut_by 'kind', expected a required date .*\['due_on', 'opened'\]"):
        read_days(wrong, str(tmp_path), [D2])


def test_what_is_hashed_without_reading_is_what_the_batch_says(tmp_path: Path) -> None:
    write(tmp_path / "daily", "new_20221202.csv", rows(4, opened="2022-12-02"))
    write(tmp_path / "daily", "new_20221203.csv", rows(5))
    write(tmp_path / "cut", "all.csv", rows(5))
    write(tmp_path / "once", "book.csv", rows(5))
    optional = DAILY.model_copy(update={"optional": True})
    for name in ("daily", "cut"):
        folder = str(tmp_path / name)
        batches = read_days(optional, folder, [D2, D3, D4])
        assert day_sha256s(optional, folder, [D2, D3, D4]) == {batch.day: batch.file_sha256 for batch in batches}
        assert before_sha256(DAILY, folder, D4) == read_before(DAILY, folder, D4).file_sha256
    assert set(day_sha256s(DAILY, str(tmp_path / "daily"), [D2, D3, D4])) == {D2, D3}
    assert once_sha256(ONCE, str(tmp_path / "once")) == read_once(ONCE, str(tmp_path / "once")).file_sha256


def test_a_source_is_read_as_its_cadence_says(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found cadence 'daily', expected 'once'"):
        read_once(DAILY, str(tmp_path))
    with pytest.raises(SourceError, match="found cadence 'once', expected 'daily'"):
        read_before(ONCE, str(tmp_path), D2)
