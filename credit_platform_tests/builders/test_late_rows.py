"""A unit that two days delivered belongs to the earliest, in whatever order the files are loaded or corrected."""

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from credit_platform_tests.builders.deliveries import DAYS, FIRST, Loaded, deliver, new_warehouse

D2, D3, D4 = DAYS
BEFORE = FIRST - dt.timedelta(days=1)


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """Day 3 repeats two units of day 2 and one of the history, day 4 half of day 3."""
    folder = tmp_path / "landing"
    deliver(folder, BEFORE, range(40))
    deliver(folder, D2, range(100, 160))
    deliver(folder, D3, range(200, 260), range(158, 160), range(39, 40))
    deliver(folder, D4, range(300, 340), range(220, 260))
    return folder


@pytest.fixture
def loaded(landing: Path, tmp_path: Path) -> Loaded:
    return new_warehouse(tmp_path / "home", landing)


def _steps(loaded: Loaded) -> list[Callable[[], object]]:
    return [loaded.history, *(lambda day=day: loaded.days(day) for day in DAYS)]


def test_every_order_of_loading_gives_the_same_tables(landing: Path, tmp_path: Path) -> None:
    in_order = new_warehouse(tmp_path / "in_order", landing)
    for step in _steps(in_order):
        step()
    expected = in_order.tables()
    assert [len(expected[name]) for name in expected] == [120, 40, 83, 43, 4]
    for number, order in enumerate([*itertools.permutations(range(4))][1::3]):
        other = new_warehouse(tmp_path / f"order_{number}", landing)
        for place in order:
            _steps(other)[place]()
        assert other.tables() == expected, order


def test_a_repeated_unit_goes_to_quarantine_and_names_the_file_that_had_it(loaded: Loaded, landing: Path) -> None:
    loaded.days(D3)
    loaded.days(D2)
    found = loaded.warehouse.columns("book", "select * from book_raw.quarantine order by source_line")
    line = (landing / "new_20221203.csv").read_text().splitlines()[61]
    assert {name: values[0] for name, values in found.items()} == {
        "source": "requests", "source_day": D3, "source_file": "new_20221203.csv", "source_line": 62,
        "column_name": "ID", "rule": "unique", "found": "000158",
        "expected": "a value not delivered before; new_20221202.csv has it", "raw_text": line,
    }  # fmt: skip
    assert loaded.units(D3) == [39, *range(200, 260)]
    assert loaded.units(D3, "requests_set_aside") == [158, 159]


def test_too_many_repeats_refuse_the_day_and_it_keeps_no_unit_from_later_ones(loaded: Loaded) -> None:
    ledger = loaded.days(D3, D4)
    assert not ledger[D4].is_accepted
    assert ledger[D4].refusal == (
        "50.0% of rows (40 of 80) break the contract, at most 5.0% may; first: file new_20221204.csv line 42 column "
        "ID: found '000220', expected a value not delivered before; new_20221203.csv has it (rule unique); correct "
        "the file and deliver it again"
    )
    assert loaded.units(D4) == []
    assert len(loaded.units(D4, "requests_set_aside")) == 80
    fifth = D4 + dt.timedelta(days=1)
    deliver(loaded.folder, fifth, range(300, 340))
    assert loaded.days(fifth)[fifth].is_accepted
    assert loaded.units(fifth) == list(range(300, 340))


def test_a_day_without_repeats_is_left_as_it_is(loaded: Loaded) -> None:
    loaded.days(D2)
    before = loaded.warehouse.columns("book", "select recorded_at from book_raw.verdicts")
    loaded.days(D3)
    after = loaded.warehouse.columns("book", "select recorded_at from book_raw.verdicts order by source_day")
    assert after["recorded_at"][0] == before["recorded_at"][0]
    assert loaded.units(D2) == list(range(100, 160))


def test_a_set_aside_row_comes_back_when_the_earlier_day_no_longer_has_its_unit(loaded: Loaded) -> None:
    for step in _steps(loaded):
        step()
    assert loaded.units(D3) == list(range(200, 260))
    deliver(loaded.folder, D2, range(100, 159))
    before = loaded.ledger()
    after = loaded.days(D2)
    assert (before[D3].repeated_rows, after[D3].repeated_rows) == (3, 2)
    assert before[D3].in_force != after[D3].in_force
    assert before[D4] == after[D4]
    assert loaded.units(D3) == [159, *range(200, 260)]


def test_a_refused_day_comes_back_whole_when_the_earlier_day_is_corrected(loaded: Loaded, tmp_path: Path) -> None:
    for step in _steps(loaded):
        step()
    deliver(loaded.folder, D3, range(200, 220), range(158, 159))
    assert loaded.days(D3)[D4].refusal is None
    assert loaded.units(D4) == [*range(220, 260), *range(300, 340)]
    fresh = new_warehouse(tmp_path / "fresh", loaded.folder)
    for step in _steps(fresh):
        step()
    assert fresh.tables() == loaded.tables()


def test_a_refused_correction_leaves_the_rows_and_the_units_of_its_day(loaded: Loaded) -> None:
    loaded.days(D2, D3)
    deliver(loaded.folder, D2, range(100, 159), header="wrong")
    ledger = loaded.days(D2)
    assert (ledger[D2].is_accepted, ledger[D3].repeated_rows) == (False, 2)
    assert loaded.units(D2) == list(range(100, 160))
    assert loaded.units(D3) == [39, *range(200, 260)]
