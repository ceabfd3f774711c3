"""What a bad file, a missed gate or a wrong command leaves: a pointed message, and everything that was in force."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from credit_platform.builders.pieces import RELEASE
from credit_platform.builders.release import release_assets
from credit_platform.resources.bindings import platform_resources
from credit_platform.resources.model_registry import align_aliases, register_release
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import Project, stricter_release

HISTORY = "samples.csv"
HEADER_LINE, FIRST_LINE = 1, 2


def _lines(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def applied(path: Path) -> None:
        path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))

    return applied


def _negative(lines: list[str], *, rows: int) -> list[str]:
    """The first ``rows`` rows with a negative radius."""
    spoilt = [re.sub(r"^([^,]+),[^,]+", r"\1,-1", line) for line in lines[1 : rows + 1]]
    return [lines[0], *spoilt, *lines[rows + 1 :]]


def _emptied(path: Path) -> None:
    path.write_text("")


BROKEN: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "missing": (Path.unlink, (HISTORY, "Missing file", "samples")),
    "empty": (_emptied, (HISTORY, "line 1", "empty file", "header and rows")),
    "wrong_header": (
        _lines(lambda lines: [lines[0].replace("mean_radius", "radius"), *lines[1:]]),
        (HISTORY, "line 1", "mean_radius", "rule header"),
    ),
    "too_many_bad_rows": (
        _lines(lambda lines: _negative(lines, rows=40)),
        (HISTORY, "line 2", "column mean_radius", "'-1'", "at least 0", "rule minimum", "7.6% of rows (40 of 529)"),
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_bad_history_file_fails_before_anything_downstream_changes(sorter: Ran, tmp_path: Path, fault: str) -> None:
    spoil, told = BROKEN[fault]
    project = sorter.project.copied(tmp_path / "project")
    spoil(project.landing / HISTORY)
    schemas = (project.use_case.star_schema, project.use_case.output_schema)
    before = (project.table_hashes(*schemas), project.pointer(), project.raw_rows("samples"))
    finished = project.run()
    assert finished.exit_code == 1, finished.stderr
    message = " ".join(finished.stderr.split())
    assert [part for part in told if part not in message] == []
    assert (project.table_hashes(*schemas), project.pointer(), project.raw_rows("samples")) == before


def test_a_portfolio_without_its_folder_is_a_usage_error(sorter: Ran, tmp_path: Path) -> None:
    project = sorter.project.twin(tmp_path / "state", data_dir=tmp_path / "nowhere")
    finished = project.run()
    assert finished.exit_code == 2
    assert str(tmp_path / "nowhere" / "risk_classifier") in finished.stderr.replace("\n", "")
    assert "found no landing folder" in finished.summary["error"]


def test_a_run_that_cannot_even_start_says_why(sorter: Ran, tmp_path: Path) -> None:
    project = sorter.project.twin(tmp_path / "state")
    shutil.rmtree(project.home / "mlflow")
    (project.home / "mlflow").write_text("a file where a folder is needed")
    finished = project.run()
    assert finished.exit_code == 1
    assert str(project.home / "mlflow") in finished.stderr.replace("\n", "")
    assert project.pointer() == sorter.project.pointer()


@pytest.fixture(scope="module")
def strict(sorter: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same portfolio under a gate that no model can meet, run again."""
    project = sorter.project.copied(tmp_path_factory.mktemp("strict") / "project")
    project.amend(gates=[{"metric": "log_loss", "maximum": 0.0001}])
    return Ran(project, project.run())


def _candidate(project: Project) -> str:
    return str(project.metadata("release", "release")["release_id"])


def test_a_missed_gate_leaves_the_champion_and_says_why(sorter: Ran, strict: Ran) -> None:
    assert strict.finished.exit_code == 3, strict.finished.stderr
    assert strict.project.pointer() == sorter.project.pointer()
    assert _candidate(strict.project) != _candidate(sorter.project)
    releases = strict.project.home / "releases" / "risk_classifier"
    gates = json.loads((releases / _candidate(strict.project) / "gates.json").read_text())
    assert gates["passed"] is False
    (unmet,) = gates["unmet"]
    assert re.fullmatch(r"log_loss is 0\.\d{4}, at most 0\.0001 allowed", unmet)


def test_after_a_missed_gate_the_old_champion_scores_on(sorter: Ran, strict: Ran) -> None:
    pointer = sorter.project.pointer()
    assert pointer is not None
    log = strict.project.read("select release_id from risk_classifier_output.run_log")
    assert len(log) == 4
    assert set(log["release_id"]) == {pointer.release_id}
    assert strict.project.scores_hash() == sorter.project.scores_hash()
    assert strict.finished.summary["champion"]["release_id"] == pointer.release_id


def test_materialising_the_champion_alone_still_reads_the_gates(sorter: Ran, strict: Ran) -> None:
    champion = release_assets(strict.project.use_case)[-1]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([champion], resources=platform_resources(strict.project.settings), instance=instance)
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert champion.key.path[-1] == "champion"
    assert checks == {"gates_of_this_run_passed": False, "no_expired_override": True}
    assert strict.project.pointer() == sorter.project.pointer()


def _forest_sha256(project: Project, release_id: str) -> str:
    folder = project.home / "releases" / project.name / release_id
    return str(json.loads((folder / "manifest.json").read_text())["files"]["forest.ubj"])


def test_training_again_from_the_same_rows_gives_the_same_forest(sorter: Ran, strict: Ran) -> None:
    first, second = _candidate(sorter.project), _candidate(strict.project)
    assert _forest_sha256(strict.project, first) == _forest_sha256(strict.project, second)


def test_challenger_is_who_is_tried_and_no_refused_release_and_a_hand_made_alias_is_put_right(
    sorter: Ran, strict: Ran
) -> None:
    from mlflow import MlflowClient

    project, name = strict.project, strict.project.name
    client = MlflowClient(tracking_uri=project.settings.mlflow_uri)
    champion, refused = _candidate(sorter.project), _candidate(project)
    versions = {each.tags["release_id"]: each for each in client.search_model_versions(f"name='{name}'")}

    def aliased() -> dict[str, str]:
        aliases = client.get_registered_model(name).aliases
        return {alias: client.get_model_version(name, version).tags["release_id"] for alias, version in aliases.items()}

    assert aliased() == {"champion": champion}
    client.set_registered_model_alias(name, "champion", versions[refused].version)
    client.set_registered_model_alias(name, "challenger", versions[champion].version)
    assert align_aliases(project.settings, name) == align_aliases(project.settings, name)
    assert aliased() == {"champion": champion}
    stricter = stricter_release(project, champion)
    register_release(project.settings, name, stricter, run_id=str(versions[champion].run_id), tags={})
    tried = project.command("challenger", name, stricter, "--shadow", "--share", "10", "--reason", "a look", "--json")
    assert (tried.exit_code, aliased()) == (0, {"champion": champion, "challenger": stricter}), tried.stdout
    project.command("challenger", name, "--off", "--reason", "seen")
    assert aliased() == {"champion": champion}


def test_a_release_beside_a_champion_says_who_would_get_another_band(sorter: Ran, strict: Ran) -> None:
    """Trained on the same rows again, nobody would; before the first champion there is nothing to compare."""
    pointer = sorter.project.pointer()
    assert pointer is not None
    assert "migration" not in sorter.project.metadata("release", "release")
    found = strict.project.workbench.load("risk_classifier", RELEASE).document["migration"]
    assert (found["champion"], found["unmoved"], found["far"], found["median"]) == (pointer.release_id, 1.0, 0.0, 0.0)
    assert sum(map(sum, found["table"].values())) == found["rows"] > 0
    assert strict.project.metadata("release", "release")["migration/unmoved"] == 1.0
