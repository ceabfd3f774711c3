"""``kill -9`` of a run, wherever it is: the old state stays, and the same command again ends as if nothing had been."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from credit_platform.resources.dbt import DbtProjects
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import Finished, Project

PATIENCE = 180
DBT_STEP = "risk_classifier__dbt_star"
POOL = "warehouse_risk_classifier"
KILL_INSIDE_THE_SCORE_TRANSACTION = """
import os, signal
from credit_platform.cli import main
from credit_platform.resources.engines.duckdb import DuckDbSession

apply = DuckDbSession.apply

def apply_or_die(session, replacement):
    if replacement.table[1] == "run_log":  # the scores of the day are already in the open transaction
        os.kill(os.getpid(), signal.SIGKILL)
    apply(session, replacement)

DuckDbSession.apply = apply_or_die
main()
"""


@contextmanager
def _running(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """``credit-platform run`` in a process of its own, dead afterwards."""
    command = [str(Path(sys.executable).with_name("credit-platform")), "run", project.name, "--json"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=project.environment(), stdout=quiet, stderr=quiet) as process:
        yield process
        process.kill()


def _wait_for(what: str, process: subprocess.Popen[bytes], is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_there():
        assert process.poll() is None, f"the run ended with {process.returncode} before {what}"
        assert time.monotonic() < deadline, f"no {what} after {PATIENCE} s"
        time.sleep(0.01)


def _is_inside(project: Project, step: str) -> bool:
    """Whether the only run of the project has started a step and not ended it."""
    with project.instance() as instance:
        stats = instance.get_run_step_stats(instance.get_runs(limit=1)[0].run_id)
        return any(s.step_key == step and s.start_time and not s.end_time for s in stats)


class Killed:
    """A run over the state of an earlier one, killed while dbt builds the star schema, and what could be seen."""

    def __init__(self, project: Project) -> None:
        self.project = project
        models = DbtProjects(project.settings).target_dir(project.name) / "run"
        shutil.rmtree(models)
        with _running(project) as process:
            self.pid = process.pid
            lock = project.home / "locks" / f"{project.name}.lock"
            _wait_for("lock", process, lambda: lock.exists() and lock.read_text() == str(process.pid))
            self.second = project.run()
            _wait_for("model being built", process, lambda: any(models.rglob("*.sql")))
            process.kill()
            process.wait()
        with project.instance() as instance:
            self.run = instance.get_runs(limit=1)[0]
            self.slots = instance.event_log_storage.get_concurrency_info(POOL).claimed_slots
            self.was_inside = _is_inside(project, DBT_STEP)
        self.left = (project.scores_hash(), project.pointer())


@pytest.fixture(scope="module")
def killed(sorter: Ran, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    return Killed(sorter.project.copied(tmp_path_factory.mktemp("killed") / "project"))


@pytest.fixture(scope="module")
def resumed(killed: Killed) -> Finished:
    """The same command again."""
    return killed.project.run()


def test_a_second_run_of_the_same_use_case_is_refused_and_names_the_first(killed: Killed) -> None:
    assert killed.second.exit_code == 2
    message = killed.second.summary["error"]
    assert f"'risk_classifier' is being run by process {killed.pid}" in message
    assert "wait for it to finish, or stop it" in message


def test_a_killed_run_leaves_its_slot_and_its_status_behind(killed: Killed) -> None:
    assert killed.was_inside
    assert killed.run.status == dg.DagsterRunStatus.STARTED
    assert [slot.run_id for slot in killed.slots] == [killed.run.run_id]


def test_the_same_command_recovers_by_itself_and_says_so(killed: Killed, resumed: Finished) -> None:
    assert resumed.exit_code == 0, resumed.stderr
    assert f"recovered: run {killed.run.run_id[:8]} of a killed process is closed" in resumed.stderr
    with killed.project.instance() as instance:
        run = instance.get_run_by_id(killed.run.run_id)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert instance.event_log_storage.get_concurrency_info(POOL).claimed_slots == []


def test_a_killed_run_leaves_the_old_champion_and_the_old_scores(killed: Killed, sorter: Ran) -> None:
    assert killed.left == (sorter.project.scores_hash(), sorter.project.pointer())


def test_after_a_kill_the_same_files_again_change_nothing(killed: Killed, resumed: Finished, sorter: Ran) -> None:
    assert resumed.summary["champion"] == sorter.finished.summary["champion"]
    assert resumed.summary["leaderboard"] == sorter.finished.summary["leaderboard"]
    use_case, log = sorter.project.use_case, "select count(*) as lines from risk_classifier_output.run_log"
    assert killed.project.table_hashes(use_case.raw_schema) == sorter.project.table_hashes(use_case.raw_schema)
    assert killed.project.table_hashes(use_case.star_schema) == sorter.project.table_hashes(use_case.star_schema)
    assert killed.project.scores_hash() == sorter.project.scores_hash()
    assert killed.project.pointer() == sorter.project.pointer()
    fingerprints = [p.metadata("dataset", "training_set")["fingerprint/few"] for p in (killed.project, sorter.project)]
    assert fingerprints[0] == fingerprints[1]
    releases = {path.name for path in (killed.project.home / "releases" / use_case.name).iterdir() if path.is_dir()}
    assert releases == {resumed.summary["champion"]["release_id"]}
    assert [p.read(log)["lines"][0] for p in (sorter.project, killed.project)] == [2, 4]


def test_a_batch_killed_between_its_writes_leaves_the_old_scores(sorter: Ran, tmp_path: Path) -> None:
    project = sorter.project.copied(tmp_path / "project")
    file = project.landing / "new_data_20221201.csv"
    file.write_text("\n".join(file.read_text().splitlines()[:16]) + "\n")
    before = (project.scores_hash(), project.table_hash("risk_classifier_output.run_log"), project.pointer())
    arguments = ["run", project.name, "--nightly", "--days", "2022-12-01", "--json"]
    command = [sys.executable, "-c", KILL_INSIDE_THE_SCORE_TRANSACTION, *arguments]
    died = subprocess.run(command, env=project.environment(), capture_output=True, timeout=PATIENCE, check=False)
    assert died.returncode == -9, died.stderr.decode()
    assert (project.scores_hash(), project.table_hash("risk_classifier_output.run_log"), project.pointer()) == before
