"""Incidents in their table, and the sensor that reads them: one retraining an incident, whatever the nights bring."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.drift_table import DATA, DRIFT, write_days
from credit_platform.builders.incidents import DELIVERED_CHECK, incident_assets
from credit_platform.builders.jobs import retraining_job_name
from credit_platform.builders.sensors import INCIDENT_TAG, MAX_ATTEMPTS, sensors
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse

CALM_DAYS = 2


@dataclass
class Watch:
    """A use case's incidents and drift sensor over a real warehouse, and the sensor's cursor from tick to tick."""

    use_case: UseCase
    instance: dg.DagsterInstance
    settings: Settings
    cursor: str | None = None
    requested: list[str] = field(default_factory=list)

    def judge(self, day: int, *, alarm: bool, file: str = "a") -> None:
        """Drift lines of that day of December."""
        line = {
            "kind": DATA,
            "scoring_day": dt.date(2022, 12, day),
            "segment": "all",
            "column_name": "amount",
            "statistic": "psi",
            "value": 0.5 if alarm else 0.01,
            "threshold": 0.1,
            "p_value": 0.0001 if alarm else 0.5,
            "is_alarm": alarm,
            "rows": 200,
            "note": "",
            "release_id": "r1",
            "file_sha256": f"{file}{day}",
            "recorded_at": dt.datetime(2022, 12, day),
        }
        rows = pd.DataFrame([line], columns=list(DRIFT))
        write_days(self.use_case, Warehouse(self.settings), (DATA,), {line["scoring_day"]: rows})

    def materialize(self) -> dg.ExecuteInProcessResult:
        """The incidents and alerts of a night."""
        resources = {"warehouse": Warehouse(self.settings), "settings": self.settings}
        return dg.materialize(incident_assets(self.use_case), instance=self.instance, resources=resources)

    def night(self, day: int, *, alarm: bool, file: str = "a") -> list[str]:
        """A judged day, its incidents, and the run keys that the next tick requests."""
        self.judge(day, alarm=alarm, file=file)
        self.materialize()
        return self.tick()

    def tick(self) -> list[str]:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        found = sensors(self.use_case)[0].evaluate_tick(context)
        self.cursor = found.cursor
        keys = [str(request.run_key) for request in found.run_requests or []]
        self.requested += keys
        return keys

    def ends(self, tag: str, status: dg.DagsterRunStatus) -> None:
        """The run of a request exists and ended so."""
        name = retraining_job_name(self.use_case)
        self.instance.add_run(
            dg.DagsterRun(job_name=name, run_id=str(uuid.uuid4()), tags={INCIDENT_TAG: tag}, status=status)
        )

    def table(self, name: str) -> pd.DataFrame:
        order = "opened_day" if name == "incidents" else "event_day, hook"
        sql = f"select * from {self.use_case.output_schema}.{name} order by {order}"
        return Warehouse(self.settings).read(self.use_case.name, sql)


@pytest.fixture
def watch(project_root: Path, tmp_path: Path) -> Iterator[Watch]:
    settings = Settings(project=project_root, home=tmp_path)
    declared = read_use_case(settings, "credit_default")
    monitoring = declared.monitoring.model_copy(update={"calm_days": CALM_DAYS})
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watch(declared.model_copy(update={"monitoring": monitoring}), instance, settings)


def test_calm_nights_ask_for_nothing(watch: Watch) -> None:
    assert watch.night(1, alarm=False) == []
    assert watch.table("incidents").empty


def test_an_incident_asks_once_and_its_repeats_do_not(watch: Watch) -> None:
    assert watch.night(1, alarm=True) == ["credit_default:2022-12-01:drift:a1:1"]
    watch.judge(2, alarm=True)
    assert watch.night(3, alarm=True) == []
    assert watch.tick() == []
    row = watch.table("incidents").iloc[0]
    assert (row["alarmed_days"], bool(row["is_open"]), row["alarmed"]) == (3, True, '["amount"]')


def test_a_failed_run_is_attempted_again_under_a_new_key_three_times_in_all(watch: Watch) -> None:
    watch.night(1, alarm=True)
    for _ in range(MAX_ATTEMPTS + 1):
        watch.ends(watch.requested[-1], dg.DagsterRunStatus.FAILURE)
        watch.tick()
    assert watch.requested == [f"credit_default:2022-12-01:drift:a1:{attempt}" for attempt in (1, 2, 3)]


def test_a_run_that_succeeded_is_not_attempted_again(watch: Watch) -> None:
    watch.night(1, alarm=True)
    watch.ends(watch.requested[-1], dg.DagsterRunStatus.SUCCESS)
    assert watch.night(2, alarm=True) == []


def test_an_incident_closes_after_the_declared_calm_days_and_the_next_alarm_is_a_new_one(watch: Watch) -> None:
    watch.night(1, alarm=True)
    watch.judge(2, alarm=False)
    assert watch.night(3, alarm=True) == []
    watch.judge(4, alarm=False)
    assert watch.night(5, alarm=False) == []
    assert watch.night(6, alarm=True) == ["credit_default:2022-12-06:drift:a6:1"]
    told = watch.table("incidents")
    assert [str(day)[:10] for day in told["closed_day"]] == ["2022-12-05", "NaT"]
    assert told["is_open"].tolist() == [False, True]


def test_an_incident_that_opens_and_closes_between_two_ticks_is_not_lost(watch: Watch) -> None:
    for day, alarm in ((1, False), (2, True), (3, False), (4, False)):
        watch.judge(day, alarm=alarm)
    watch.materialize()
    assert watch.tick() == ["credit_default:2022-12-02:drift:a2:1"]
    assert watch.tick() == []


def test_a_rerun_of_the_same_nights_changes_no_row_and_asks_for_nothing(watch: Watch) -> None:
    watch.night(1, alarm=True)
    before = watch.table("incidents")
    watch.materialize()
    assert watch.tick() == []
    pd.testing.assert_frame_equal(watch.table("incidents"), before)


def test_an_earlier_day_that_alarms_later_makes_the_same_incident_longer_and_asks_for_nothing(watch: Watch) -> None:
    watch.night(3, alarm=True)
    assert watch.night(2, alarm=True) == []
    assert watch.table("incidents")["alarmed_days"].tolist() == [2]


def test_opening_and_closing_are_told_once_each(watch: Watch) -> None:
    watch.night(1, alarm=True)
    for day, alarm in ((2, True), (3, False), (4, False)):
        watch.judge(day, alarm=alarm)
    watch.materialize()
    last = watch.materialize()
    told = watch.table("alerts")
    assert told["event"].tolist() == ["opened", "closed"]
    assert told["outcome"].tolist() == ["delivered", "delivered"]
    assert told["message"][0] == "Credit default: drift incident opened on 2022-12-01: amount"
    checks = {check.check_name: check.passed for check in last.get_asset_check_evaluations()}
    assert checks == {DELIVERED_CHECK: True}
