"""A unit that another day has already delivered."""

import datetime as dt
from pathlib import Path

from credit_platform.sources import read_days, without_repeats
from credit_platform_tests.sources.samples import DAILY, rows, write

DAY = dt.date(2022, 12, 3)


def test_a_repeated_unit_goes_to_quarantine_and_names_the_file_that_had_it(tmp_path: Path) -> None:
    write(tmp_path, "new_20221203.csv", rows(40))
    batch = read_days(DAILY, str(tmp_path), [DAY])[0]
    kept = without_repeats(batch, DAILY, known={"loan_id": {"000007": "new_20221202.csv"}})
    assert kept.is_accepted
    assert len(kept.rows) == 39
    assert "000007" not in set(kept.rows["loan_id"])
    broken = kept.quarantine.iloc[0]
    assert (broken["source_line"], broken["column_name"], broken["rule"], broken["found"]) == (
        9,
        "ID",
        "unique",
        "000007",
    )
    assert "new_20221202.csv" in broken["expected"]
    assert (kept.total_rows, kept.bad_rows) == (40, 1)


def test_too_many_repeats_refuse_the_day(tmp_path: Path) -> None:
    write(tmp_path, "new_20221203.csv", rows(40))
    batch = read_days(DAILY, str(tmp_path), [DAY])[0]
    known = {"loan_id": {f"{number:06d}": "new_20221202.csv" for number in range(40)}}
    kept = without_repeats(batch, DAILY, known=known)
    assert not kept.is_accepted
    assert len(kept.rows) == 0
    assert "100.0% of rows (40 of 40)" in str(kept.refusal)


def test_a_day_without_repeats_is_left_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "new_20221203.csv", rows(40))
    batch = read_days(DAILY, str(tmp_path), [DAY])[0]
    assert without_repeats(batch, DAILY, known={"loan_id": {"999999": "new_20221202.csv"}}) is batch
