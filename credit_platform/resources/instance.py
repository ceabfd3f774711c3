"""Dagster's own state: an instance below the platform's home, and recovery of runs whose process died."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus, RunsFilter
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from credit_platform.contracts.settings import Settings
from credit_platform.resources.event_log import EmbeddedStorage

EMBEDDED_TAG = "credit_platform/embedded"
"""Marks runs that the command line executes in its own process; the value is the use case."""

_DAGSTER_YAML = """\
# Written by credit-platform; edit freely, it is only made when missing.
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1   # DuckDB has one writer: one step at a time in each use case's pool
    granularity: op
  runs:
    max_concurrent_runs: 2
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 30
"""


class BusyError(RuntimeError):
    """Another process runs the same use case."""


def dagster_home(settings: Settings) -> Path:
    """The embedded instance's folder with its dagster.yaml, made on first use and named in DAGSTER_HOME.

    It belongs to the platform's home, whatever DAGSTER_HOME said before: two landings must not share run locks.
    """
    home = settings.home_dir / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(_DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def embedded_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance that the command line writes to, as its dagster.yaml says.

    Where that names no database of its own, this process keeps the SQLite event log open. It is no line of
    dagster.yaml: homes of earlier versions have it too, and other tools open the same files as they always did.
    """
    reference = InstanceRef.from_dir(str(dagster_home(settings)))
    storage = reference.storage_data
    if storage is not None and storage.class_name == DagsterSqliteStorage.__name__:
        kept = ConfigurableClassData(EmbeddedStorage.__module__, EmbeddedStorage.__name__, storage.config_yaml)
        reference = reference._replace(storage_data=kept)
    return dg.DagsterInstance.from_ref(reference)


@contextmanager
def exclusive(settings: Settings, use_case: str) -> Iterator[None]:
    """Hold the use case's run lock; the system releases it however the process ends."""
    path = settings.home_dir / "locks" / f"{use_case}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.seek(0)
            raise BusyError(
                f"use case {use_case!r} is being run by process {stream.read().strip() or 'unknown'}; "
                "wait for it to finish, or stop it, then run the same command again."
            ) from error
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield


def recover_dead_runs(instance: dg.DagsterInstance, use_case: str) -> list[str]:
    """Fail embedded runs that a killed process left unfinished and free their pool slots; returns their ids.

    Call it while holding ``exclusive``: then no living process can own such a run.
    """
    unfinished = RunsFilter(
        tags={EMBEDDED_TAG: use_case},
        statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING, DagsterRunStatus.NOT_STARTED],
    )
    dead = instance.get_runs(unfinished)
    for run in dead:
        instance.report_run_failed(run, message="The process of this run ended without finishing it.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in dead]


def free_warehouse(instance: dg.DagsterInstance, pool: str) -> None:
    """Take back the pool's slots from runs that have ended; BusyError names a run that still holds one."""
    for slot in instance.event_log_storage.get_concurrency_info(pool).claimed_slots:
        run = instance.get_run_by_id(slot.run_id)
        if run is None or run.is_finished:
            instance.event_log_storage.free_concurrency_slots_for_run(slot.run_id)
            continue
        raise BusyError(
            f"run {run.run_id} ({run.status.value.lower()}, step {slot.step_key}) holds the warehouse; wait for it to "
            "finish. If its process is gone, end it in Dagster's UI (Runs, Terminate, force) and run this again."
        )
