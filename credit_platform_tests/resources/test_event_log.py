"""The event log of embedded runs: Dagster's own files, kept open, and bounded."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from credit_platform.contracts.settings import Settings
from credit_platform.resources.event_log import DATABASES_KEPT
from credit_platform.resources.instance import dagster_home, embedded_instance

STORED = dg.DagsterEventType.ASSET_MATERIALIZATION
KILLED_AFTER_A_RUN = """
import os, signal, sys
from pathlib import Path
import dagster as dg
from credit_platform.contracts.settings import Settings
from credit_platform.resources.instance import embedded_instance

@dg.asset
def told() -> None: ...

instance = embedded_instance(Settings(home=Path(sys.argv[1])))
print(dg.materialize([told], instance=instance).run_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@dg.asset
def told() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 7})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with embedded_instance(settings) as opened:
        yield opened


def _stock(settings: Settings) -> dg.DagsterInstance:
    """What Dagster's own tools make of the same home."""
    return dg.DagsterInstance.from_config(str(dagster_home(settings)))


def _run(instance: dg.DagsterInstance) -> str:
    result = dg.materialize([told], instance=instance)
    assert result.success
    return result.run_id


def _rows(instance: dg.DagsterInstance) -> list[object]:
    records = instance.fetch_materializations(told.key, limit=100).records
    return [record.asset_materialization and record.asset_materialization.metadata["rows"].value for record in records]


def _opened(home: Path) -> list[str]:
    """Databases below a folder that this process has open."""
    links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
    paths = [os.readlink(link) for link in links if link.is_symlink()]
    return sorted({Path(path).name for path in paths if path.startswith(str(home)) and path.endswith(".db")})


def test_dagsters_own_tools_read_every_event_while_the_databases_are_open(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run_id = _run(instance)
    with _stock(settings) as other:
        kinds = [record.dagster_event_type for record in other.all_logs(run_id)]
        assert kinds == [record.dagster_event_type for record in instance.all_logs(run_id)]
        assert kinds.count(STORED) == 1
        assert kinds[-1] == dg.DagsterEventType.RUN_SUCCESS
        assert _rows(other) == [7]
        _run(other)
    _run(instance)
    assert _rows(instance) == [7, 7, 7]


def test_many_runs_keep_few_databases_open_and_none_after_the_end(settings: Settings) -> None:
    home = dagster_home(settings)
    with embedded_instance(settings) as instance:
        runs = [_run(instance) for _ in range(6)]
        opened = [name for name in _opened(home) if name.removesuffix(".db") in {"index", *runs}]
        assert opened == sorted(["index.db", *(f"{run}.db" for run in runs[-DATABASES_KEPT + 1 :])])
        assert len(instance.all_logs(runs[0])) == len(instance.all_logs(runs[-1])) > 0
    assert _opened(home) == []
    assert list(home.rglob("*-wal")) == []


def test_events_of_a_killed_process_are_all_there(settings: Settings, instance: dg.DagsterInstance) -> None:
    _run(instance)
    command = [sys.executable, "-c", KILLED_AFTER_A_RUN, str(settings.home)]
    died = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert died.returncode == -9, died.stderr
    _run(instance)
    assert [e.dagster_event_type for e in instance.all_logs(died.stdout.strip())][-1] == dg.DagsterEventType.RUN_SUCCESS
    assert len(instance.fetch_materializations(told.key, limit=100).records) == 3


def test_a_forked_process_opens_the_databases_anew(settings: Settings, instance: dg.DagsterInstance) -> None:
    run_id = _run(instance)
    event = next(e for e in instance.all_logs(run_id) if e.dagster_event_type == STORED)
    child = os.fork()
    if child == 0:
        instance.event_log_storage.store_event(event)
        os._exit(0 if len(instance.event_log_storage.get_logs_for_run(run_id, of_type=STORED)) == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    instance.event_log_storage.store_event(event)
    assert len(instance.event_log_storage.get_logs_for_run(run_id, of_type=STORED)) == 3


def test_an_existing_home_keeps_its_dagster_yaml_and_its_own_database(settings: Settings) -> None:
    home = settings.home_dir / "dagster"
    home.mkdir(parents=True)
    elsewhere = home.parent / "elsewhere"
    written = (
        "event_log_storage:\n  module: dagster._core.storage.event_log\n  class: SqliteEventLogStorage\n"
        f"  config:\n    base_dir: {elsewhere}\n"
    )
    (home / "dagster.yaml").write_text(written)
    with embedded_instance(settings) as instance:
        run_id = _run(instance)
    assert (home / "dagster.yaml").read_text() == written
    assert (elsewhere / f"{run_id}.db").is_file()
