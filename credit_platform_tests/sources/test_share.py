"""How many bad rows a batch may hold before none of it is loaded."""

from pathlib import Path

import pytest

from credit_platform.sources import read_once
from credit_platform_tests.sources.samples import ONCE, rows, write


@pytest.mark.parametrize(("bad", "is_accepted"), [(0, True), (49, True), (50, True), (51, False), (1000, False)])
def test_exactly_the_stated_share_goes_on_and_one_row_more_does_not(
    tmp_path: Path, bad: int, is_accepted: bool
) -> None:
    write(tmp_path, "book.csv", [*rows(1000 - bad), *rows(bad, start=1000, amount="-1")])
    batch = read_once(ONCE, str(tmp_path))
    assert (batch.is_accepted, batch.total_rows, batch.bad_rows) == (is_accepted, 1000, bad)
    assert batch.bad_share == bad / 1000
    assert len(batch.rows) == (1000 - bad if is_accepted else 0)
    assert len(batch.quarantine) == bad


def test_the_refusal_gives_the_counts_and_points_at_the_first_bad_cell(tmp_path: Path) -> None:
    lines = rows(1000)
    lines[15:69] = rows(54, start=2000, due="2022-13-01")
    write(tmp_path, "book.csv", lines)
    assert read_once(ONCE, str(tmp_path)).refusal == (
        "5.4% of rows (54 of 1,000) break the contract, at most 5.0% may; first: file book.csv line 17 column due: "
        "found '2022-13-01', expected a date as %Y-%m-%d (rule type); correct the file and deliver it again"
    )


def test_a_refused_batch_keeps_its_columns_and_types(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", rows(3))
    accepted = read_once(ONCE, str(tmp_path)).rows
    write(tmp_path, "book.csv", rows(3, amount="none"))
    refused = read_once(ONCE, str(tmp_path)).rows
    write(tmp_path, "book.csv", rows(3), header="x")
    unread = read_once(ONCE, str(tmp_path)).rows
    assert len(refused) == len(unread) == 0
    assert refused.dtypes.to_dict() == unread.dtypes.to_dict() == accepted.dtypes.to_dict()


def test_a_stricter_source_refuses_one_bad_row(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", [*rows(99), *rows(1, start=500, amount="-1")])
    strict = ONCE.model_copy(update={"max_bad_share": 0.0})
    assert read_once(strict, str(tmp_path)).is_accepted is False
    assert read_once(ONCE, str(tmp_path)).is_accepted is True
