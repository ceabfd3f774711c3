"""The week after the demo: a backfill, a bad row, matured labels, drift."""

import csv
import datetime as dt
from pathlib import Path

import dagster as dg

from credit_platform.builders.sensors import sensors
from credit_platform_tests.graph.conftest import BAD_LINE, DRIFT_DAY, Ran
from credit_platform_tests.graph.projects import Project

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


def test_every_day_of_a_range_is_scored(week: Ran) -> None:
    assert week.finished.exit_code == 0, week.finished.stderr
    expected = {day: len(_rows(week.project.landing / f"new_data_{day:%Y%m%d}.csv")) for day in WEEK}
    expected[WEEK[0]] -= 1
    found = _scored(week.project)
    assert {day: found[day] for day in WEEK} == expected
    assert sum(found.values()) == 930 + sum(expected.values())


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


def test_the_page_of_a_day_shows_the_outcomes_that_matured_by_then(week: Ran) -> None:
    judged = "select max(scoring_day) as day from credit_default_output.drift where kind = 'concept'"
    page = Path(week.project.metadata("monitoring", "drift", partition=str(DRIFT_DAY))["report"]).read_text()
    assert f"the window of days that ends on {week.project.read(judged)['day'][0]:%Y-%m-%d}" in page


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


def test_a_backfill_gives_the_scores_of_the_first_time_though_later_files_are_there(demo: Ran, week: Ran) -> None:
    days = "select * from credit_default_output.scores where scoring_day <= date '2022-12-05' order by 1, 2"
    first, backfilled = demo.project.read(days), week.project.read(days)
    assert len(first) == 930
    assert backfilled.to_csv(index=False) == first.to_csv(index=False)
