"""The drift sensor over real materialisations: one retraining an incident, whatever the nights bring."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.jobs import retraining_job_name
from credit_platform.builders.sensors import ALARM, FILE_HASH, INCIDENT_TAG, MAX_ATTEMPTS, sensors
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase


@dataclass
class Watch:
    """A use case's drift sensor, the instance that it reads, and its cursor from tick to tick."""

    use_case: UseCase
    instance: dg.DagsterInstance
    cursor: str | None = None
    requested: list[str] = field(default_factory=list)

    def night(self, day: int, *, alarm: bool, file: str = "a") -> list[str]:
        """A drift materialisation of that day of December, and the run keys that the next tick requests."""
        key = dg.AssetKey([self.use_case.name, "monitoring", "drift"])
        partition = f"2022-12-{day:02d}"
        metadata: dict[str, bool | str] = {ALARM: alarm, FILE_HASH: f"{file}{day}"}
        event = dg.AssetMaterialization(key, partition=partition, metadata=metadata)
        self.instance.report_runless_asset_event(event)
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


@pytest.fixture
def watch(project_root: Path) -> Iterator[Watch]:
    use_case = read_use_case(Settings(project=project_root), "credit_default")
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watch(use_case, instance)


def test_calm_nights_ask_for_nothing(watch: Watch) -> None:
    assert [watch.night(day, alarm=False) for day in (1, 2, 3)] == [[], [], []]


def test_an_incident_asks_once_and_its_repeats_do_not(watch: Watch) -> None:
    assert watch.night(1, alarm=True) == ["credit_default:2022-12-01:a1:1"]
    assert [watch.night(day, alarm=True) for day in (2, 3)] == [[], []]
    assert watch.tick() == []


def test_a_failed_run_is_attempted_again_under_a_new_key_three_times_in_all(watch: Watch) -> None:
    watch.night(1, alarm=True)
    for _ in range(MAX_ATTEMPTS + 1):
        watch.ends(watch.requested[-1], dg.DagsterRunStatus.FAILURE)
        watch.tick()
    assert watch.requested == [f"credit_default:2022-12-01:a1:{attempt}" for attempt in (1, 2, 3)]


def test_a_run_that_succeeded_is_not_attempted_again(watch: Watch) -> None:
    watch.night(1, alarm=True)
    watch.ends(watch.requested[-1], dg.DagsterRunStatus.SUCCESS)
    assert watch.night(2, alarm=True) == []


def test_after_a_calm_night_the_next_alarm_is_a_new_incident(watch: Watch) -> None:
    watch.night(1, alarm=True)
    watch.night(2, alarm=False)
    assert watch.night(3, alarm=True) == ["credit_default:2022-12-03:a3:1"]


def test_an_incident_that_opens_and_closes_between_two_ticks_is_not_lost(watch: Watch) -> None:
    key = dg.AssetKey(["credit_default", "monitoring", "drift"])
    for day, alarm in ((1, False), (2, True), (3, False)):
        metadata: dict[str, bool | str] = {ALARM: alarm, FILE_HASH: "a"}
        event = dg.AssetMaterialization(key, partition=f"2022-12-0{day}", metadata=metadata)
        watch.instance.report_runless_asset_event(event)
    assert watch.tick() == ["credit_default:2022-12-02:a:1"]
