"""The nights after the demo: ranges, backfills, refused and corrected files, matured labels, drift."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from credit_platform.builders.sensors import sensors
from credit_platform_tests.graph.conftest import BAD_LINE, DRIFT_DAY, LAST_OF_THREE, Ran
from credit_platform_tests.graph.projects import Finished, Project

WEEK = [dt.date(2022, 12, day) for day in range(6, 13)]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def _scored(project: Project) -> dict[dt.date, int]:
    found = project.read("select scoring_day, count(*) as rows from credit_default_output.scores group by 1")
    return {day.date(): int(rows) for day, rows in zip(found["scoring_day"], found["rows"], strict=True)}


def test_a_longer_simulation_writes_the_committed_days_again(later_files: Path, committed_files: Path) -> None:
    names = ["loans.csv", *(f"new_data_202212{day:02d}.csv" for day in range(1, 6))]
    for name in names:
        assert (later_files / "credit_default" / name).read_bytes() == (committed_files / name).read_bytes()


def test_every_night_of_a_range_is_scored_and_the_demos_days_stay(week: Ran) -> None:
    assert week.finished.exit_code == 0, week.finished.stderr
    expected = {day: len(_rows(week.project.landing / f"new_data_{day:%Y%m%d}.csv")) for day in WEEK}
    expected[WEEK[0]] -= 1
    found = _scored(week.project)
    assert {day: found[day] for day in WEEK} == expected
    assert sum(found[dt.date(2022, 12, day)] for day in range(1, 6)) == 930


def test_one_bad_row_goes_to_quarantine_and_the_others_go_on(week: Ran) -> None:
    found = week.project.read("select * from credit_default_raw.quarantine")
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["source_file"], row["source_line"]) == ("new_data_20221206.csv", BAD_LINE)
    assert (row["column_name"], row["rule"], row["found"]) == ("Total_Amount", "above", "-5")
    unit = _rows(week.project.landing / "new_data_20221206.csv")[BAD_LINE - 2]["ID"]
    scored = week.project.read(f"select count(*) as rows from credit_default_output.scores where unit_key = '{unit}'")
    assert scored["rows"][0] == 0


def test_performance_counts_the_labels_that_have_matured(week: Ran) -> None:
    files = [week.project.landing / f"outcomes_{day:%Y%m%d}.csv" for day in WEEK]
    labels = [row for file in files if file.exists() for row in _rows(file)]
    assert len(labels) > 400
    found = week.project.metadata("monitoring", "performance")
    assert found["matured/labels"] == len(labels)
    assert found["matured/bads"] == sum(int(row["target"]) for row in labels)
    assert found["verdict"] == "measured"
    assert 0.6 < found["matured/auc"] < 0.9


def test_the_drifted_day_raises_the_alarm_and_the_calm_days_do_not(week: Ran) -> None:
    days = [dt.date(2022, 12, day) for day in range(1, 13)]
    alarms = {day: week.project.metadata("monitoring", "drift", partition=str(day)) for day in days}
    assert alarms[DRIFT_DAY]["drift/is_alarm"] is True
    assert "lender_id" in alarms[DRIFT_DAY]["alarmed_columns"]
    assert [str(day) for day in days[:-1] if alarms[day]["drift/is_alarm"]] == []


def test_the_drift_sensor_asks_for_one_retraining_of_that_incident(week: Ran) -> None:
    sensor = sensors(week.project.use_case)[0]
    with week.project.instance() as instance:
        first = sensor.evaluate_tick(dg.build_sensor_context(instance=instance))
        again = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=first.cursor))
    assert first.run_requests is not None
    assert [request.run_key.split(":")[:2] for request in first.run_requests if request.run_key] == [
        ["credit_default", str(DRIFT_DAY)]
    ]
    assert again.run_requests == []


def test_a_refused_day_stops_no_other_day_and_is_named(refused: Ran) -> None:
    assert refused.finished.exit_code == 3, refused.finished.stderr
    (told,) = refused.finished.summary["refusals"]
    for part in (f"new_data_{LAST_OF_THREE:%Y%m%d}.csv", "line 1", "due_date", "header"):
        assert part in told
    scored = _scored(refused.project)
    assert [day in scored for day in WEEK[:3]] == [True, True, False]
    curated = {path.name for path in refused.project.curated.glob("predictions_*.csv")}
    assert "predictions_20221207.csv" in curated
    assert "predictions_20221208.csv" not in curated


@pytest.fixture(scope="module")
def corrected(
    refused: Ran, later_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Project, Finished]]:
    """The refused file, delivered again as it should have been, and scored alone."""
    project = refused.project.twin(tmp_path_factory.mktemp("corrected") / "state", data_dir=later_files)
    yield project, project.run("--nightly", "--days", str(LAST_OF_THREE))


def test_a_corrected_file_is_accepted_later(corrected: tuple[Project, Finished]) -> None:
    project, finished = corrected
    assert finished.exit_code == 0, finished.stderr
    expected = len(_rows(project.landing / f"new_data_{LAST_OF_THREE:%Y%m%d}.csv"))
    assert _scored(project)[LAST_OF_THREE] == expected
    verdicts = project.read(
        "select is_accepted from credit_default_raw.verdicts "
        f"where source = 'applications' and source_day = date '{LAST_OF_THREE}'"
    )
    assert verdicts["is_accepted"].tolist() == [True]


def test_nights_one_by_one_give_the_scores_of_their_range(week: Ran, corrected: tuple[Project, Finished]) -> None:
    days = f"select * from credit_default_output.scores where scoring_day <= date '{LAST_OF_THREE}'"
    columns = ["scoring_day", "row_number"]
    in_range, one_by_one = (p.read(days).sort_values(columns) for p in (week.project, corrected[0]))
    assert len(in_range) == len(one_by_one) > 1_400
    assert in_range.to_csv(index=False) == one_by_one.to_csv(index=False)
