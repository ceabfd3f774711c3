"""Commands used wrongly: exit code 2 and a sentence that says what was found, what is possible and what to do."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from credit_platform.cli import main
from credit_platform.commands.exits import EXIT_FAILED, EXIT_INCOMPLETE, EXIT_OK
from credit_platform.commands.run import exit_code
from credit_platform_tests.graph.projects import Project, of_checkout
from credit_platform_tests.graph.sorter import small_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The committed use cases with a home that nothing ran in."""
    return of_checkout("credit_default", tmp_path)


def test_an_unknown_use_case_is_answered_with_those_that_exist(project: Project) -> None:
    finished = project.command("run", "nosuch", "--json")
    assert finished.exit_code == 2
    error = finished.summary["error"]
    assert "there is no use case 'nosuch'" in error
    assert "'credit_default'" in error and "'risk_classifier'" in error
    assert error in " ".join(finished.stderr.split())


def test_an_unknown_stage_is_answered_with_those_of_the_job(tmp_path: Path) -> None:
    finished = small_project(tmp_path / "project").run("--nightly", "--stage", "warehouse", "--stage", "models")
    assert finished.exit_code == 2
    assert "nightly has no stage 'models'; its stages are batch, monitoring" in finished.summary["error"]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ("2022-13-01", "is neither a day nor a range"),
        ("tomorrow", "expected 2022-12-01 or 2022-12-01..2022-12-05"),
        ("2022-12-05..2022-12-01", "ends before it starts"),
    ],
)
def test_days_that_are_none_are_refused_before_anything_runs(project: Project, days: str, told: str) -> None:
    finished = project.command("run", "credit_default", "--days", days)
    assert finished.exit_code == 2
    assert told in " ".join(finished.stderr.split())
    assert not project.home.exists()


def test_a_contradictory_use_case_is_refused_with_the_path_of_each_problem(tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    project.amend(colour="blue", seed="seven")
    error = project.run().summary["error"]
    assert "risk_classifier/defs.yaml has 2 problem(s)" in error
    assert "colour: Extra inputs are not permitted" in error
    assert "seed: Input should be a valid integer" in error


def test_a_drift_that_does_not_exist_is_refused(project: Project, tmp_path: Path) -> None:
    arguments = ["simulate", "credit_default", "--from", "2022-12-01", "--into", str(tmp_path / "out")]
    finished = project.command(*arguments, "--drift", "sideways@2022-12-02")
    assert finished.exit_code == 2
    assert "unknown kind 'sideways'" in finished.stderr
    assert not (tmp_path / "out").exists()


def test_a_simulation_says_how_many_were_declined(project: Project, tmp_path: Path) -> None:
    arguments = ["simulate", "credit_default", "--from", "2022-12-01", "--into", str(tmp_path / "out")]
    finished = project.command(*arguments, "--rows", "1000", "--declined", "0.3", "--explored", "0.1")
    assert finished.exit_code == 0, finished.stderr
    declined = (tmp_path / "out" / "declined.csv").read_text().splitlines()[1:]
    assert f", {len(declined):,} declined;" in finished.stdout
    assert len(declined) > 200


def test_doctor_says_what_is_there_and_what_is_not_yet(project: Project) -> None:
    finished = project.command("doctor", "--json")
    assert finished.exit_code == 0, finished.stderr
    found = {check["check"]: check["found"] for check in finished.summary["checks"]}
    assert "no champion yet: credit-platform run credit_default" in found["use case credit_default"]


@pytest.mark.parametrize(
    ("is_success", "refusals", "failed_checks", "code"),
    [
        (True, (), (), EXIT_OK),
        (True, ("a file",), (), EXIT_INCOMPLETE),
        (True, (), ("a gate",), EXIT_INCOMPLETE),
        (False, ("a file",), ("a gate",), EXIT_FAILED),
    ],
)
def test_exit_codes_tell_failed_from_incomplete(
    is_success: bool, refusals: tuple[str, ...], failed_checks: tuple[str, ...], code: int
) -> None:
    outcome = SimpleNamespace(is_success=is_success, failed_checks=failed_checks)
    assert exit_code(outcome, SimpleNamespace(refusals=refusals)) == code  # type: ignore[arg-type]


def test_help_needs_none_of_the_heavy_libraries() -> None:
    heavy = ["dagster", "pandas", "mlflow", "sklearn", "fastapi", "duckdb"]
    program = (
        "import json, sys; import credit_platform.cli; "
        f"print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == []
    assert CliRunner().invoke(main, ["--help"]).exit_code == 0
