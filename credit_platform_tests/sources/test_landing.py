"""Where files are found, and what is said when they are not."""

import datetime as dt
from pathlib import Path

import fsspec
import pytest

from credit_platform.contracts.source import FileLayout, Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.sources import SourceError, available_days, find_layout, landing_folder, misnamed_files, read_once
from credit_platform_tests.sources.samples import COLUMNS, DAILY, HEADER, ONCE, row, rows, write

FIRST = dt.date(2022, 12, 1)


def _use_case(*folders: str) -> UseCase:
    # Only these two fields say where files land; a whole use case would be forty lines of something else.
    return UseCase.model_construct(name="book", folders=folders)


def test_the_first_existing_folder_wins(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    (tmp_path / "third").mkdir()
    assert landing_folder(tmp_path, _use_case("first", "second", "third")) == str(tmp_path / "second")


def test_a_use_case_without_folders_lands_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    assert landing_folder(f"file://{tmp_path}/", _use_case()) == f"file://{tmp_path}/book"


def test_a_missing_folder_names_every_place_that_was_looked_at(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        landing_folder(tmp_path, _use_case("a", "b"))
    assert f"{tmp_path}/a, {tmp_path}/b" in str(caught.value)
    assert "CREDIT_PLATFORM_DATA_DIR" in str(caught.value)


def test_a_missing_file_is_named_with_every_layout_it_could_have(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^Missing file of source 'requests': .*'new_\{day\}.csv' or 'all.csv'"):
        find_layout(DAILY, str(tmp_path))
    with pytest.raises(SourceError, match="^Missing file of source 'book'.*'book.csv'"):
        read_once(ONCE, str(tmp_path))


def test_two_layouts_at_once_are_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "all.csv", [row(1)])
    write(tmp_path, "new_20221203.csv", [row(2)])
    with pytest.raises(SourceError, match=r"found files of 'new_\{day\}.csv' or 'all.csv', expected exactly one"):
        find_layout(DAILY, str(tmp_path))


def test_an_optional_source_may_be_absent(tmp_path: Path) -> None:
    optional = ONCE.model_copy(update={"optional": True})
    batch = read_once(optional, str(tmp_path))
    assert find_layout(optional, str(tmp_path)) is None
    assert (batch.is_accepted, batch.total_rows, len(batch.rows)) == (True, 0, 0)


@pytest.mark.parametrize(("name", "expected"), [("new_20221203.csv", "new_{day}.csv"), ("all.csv", "all.csv")])
def test_the_layout_that_has_files_is_found(tmp_path: Path, name: str, expected: str) -> None:
    write(tmp_path, name, [row(1)])
    found = find_layout(DAILY, str(tmp_path))
    assert found is not None
    assert found.path == expected


def test_days_come_from_file_names_oldest_first_and_from_the_first_day_on(tmp_path: Path) -> None:
    for day in ("20221205", "20221201", "20221130", "20221203"):
        write(tmp_path, f"new_{day}.csv", [row(1)])
    assert [day.day for day in available_days(DAILY, str(tmp_path), first_day=FIRST)] == [1, 3, 5]


def test_days_of_a_cut_file_are_those_of_its_readable_dates(tmp_path: Path) -> None:
    dates = ["2022-12-05", "2022-11-30", "someday", "2022-12-02", "2022-12-05"]
    write(tmp_path, "all.csv", [row(number, opened=date) for number, date in enumerate(dates)])
    assert available_days(DAILY, str(tmp_path), first_day=FIRST) == [dt.date(2022, 12, 2), dt.date(2022, 12, 5)]


def test_days_of_an_unreadable_cut_file_are_an_error_and_not_none(tmp_path: Path) -> None:
    write(tmp_path, "all.csv", rows(2), header=HEADER.replace("opened", "start"))
    with pytest.raises(SourceError, match="file all.csv line 1 column opened: found no such column"):
        available_days(DAILY, str(tmp_path), first_day=FIRST)


def test_a_name_without_a_calendar_day_is_reported_and_never_read(tmp_path: Path) -> None:
    wrong = ["new_.csv", "new_20221203 (1).csv", "new_20221399.csv", "new_20230229.csv", "new_2022123.csv"]
    for name in [*wrong, "new_20240229.csv"]:
        write(tmp_path, name, [row(1)])
    assert sorted(misnamed_files(DAILY, str(tmp_path))) == sorted(wrong)
    assert available_days(DAILY, str(tmp_path), first_day=FIRST) == [dt.date(2024, 2, 29)]


def test_a_file_that_arrives_in_an_object_store_later_is_seen() -> None:
    store = fsspec.filesystem("memory")
    store.pipe_file("/landing/book/new_20221203.csv", f"{HEADER}\n{row(1)}\n".encode())
    assert len(available_days(DAILY, "memory://landing/book", first_day=FIRST)) == 1
    store.pipe_file("/landing/book/new_20221204.csv", f"{HEADER}\n{row(1)}\n".encode())
    assert len(available_days(DAILY, "memory://landing/book", first_day=FIRST)) == 2
    store.rm("/landing", recursive=True)


def test_a_layout_in_a_subfolder_is_found(tmp_path: Path) -> None:
    nested = Source(
        name="n", role="history", cadence="daily", layouts=(FileLayout(path="in/d_{day}.csv"),), columns=COLUMNS
    )
    write(tmp_path, "in/d_20221203.csv", [row(1)])
    assert available_days(nested, str(tmp_path), first_day=FIRST) == [dt.date(2022, 12, 3)]
