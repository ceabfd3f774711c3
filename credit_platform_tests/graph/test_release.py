"""The release that a run leaves: data alone, the forest that was tested, and features computed one way."""

import json
from pathlib import Path

import numpy as np
import pytest

from credit_platform.builders.candidate import load_candidate
from credit_platform.contracts.release import RELEASE_FILES
from credit_platform.engine.columns import build_table
from credit_platform.engine.releases import LoadedRelease
from credit_platform.modelling.encoding import encode
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import Project

CODE = {".pkl", ".pickle", ".joblib", ".py", ".pyc"}
PICKLE_MARK = b"\x80"


@pytest.fixture(params=["demo", "classifier"])
def ran(request: pytest.FixtureRequest) -> Ran:
    """Both committed use cases."""
    found: Ran = request.getfixturevalue(request.param)
    return found


def _folder(project: Project) -> Path:
    pointer = project.pointer()
    assert pointer is not None
    return project.home / "releases" / project.name / pointer.release_id


def _champion(project: Project) -> LoadedRelease:
    return ReleaseStore(project.settings).champion(project.name)


def test_a_release_holds_its_declared_files_and_a_manifest_of_them(ran: Ran) -> None:
    folder = _folder(ran.project)
    assert {path.name for path in folder.iterdir()} == {*RELEASE_FILES, "manifest.json"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["files"]) == set(RELEASE_FILES)


def test_no_file_of_a_release_or_of_the_workbench_is_code(ran: Ran) -> None:
    files = [p for name in ("releases", "workbench") for p in (ran.project.home / name).rglob("*") if p.is_file()]
    assert len(files) > len(RELEASE_FILES)
    assert [path for path in files if path.suffix in CODE] == []
    assert [path for path in files if path.read_bytes().startswith(PICKLE_MARK)] == []


def test_the_one_forest_gives_what_its_members_give_on_every_test_row(ran: Ran) -> None:
    candidate = load_candidate(ran.project.workbench, ran.project.use_case)
    served = _champion(ran.project).forest.margin(candidate.test.matrix)
    assert np.abs(served - candidate.test_margin(threads=2)).max() <= 1e-3


def test_the_feature_program_gives_the_warehouses_features_on_every_row(ran: Ran) -> None:
    use_case, champion = ran.project.use_case, _champion(ran.project)
    unit, star = use_case.unit, use_case.star_schema
    order = f"order by scoring_day nulls first, {unit.key}"
    inputs = ran.project.warehouse.columns(use_case.name, f"select * from {star}.{unit.inputs_model} {order}")
    size = len(inputs[unit.key])
    computed = champion.program.encoded(build_table(inputs, types=champion.program.inputs, size=size)).matrix
    stored = encode(ran.project.read(f"select * from {star}.{unit.features_model} {order}"), champion.release.features)
    assert size == {"credit_default": 20_930, "risk_classifier": 569}[use_case.name]
    different = ~((computed == stored) | (np.isnan(computed) & np.isnan(stored)))
    assert {name: int(n) for name, n in zip(champion.program.features, different.sum(axis=0), strict=True) if n} == {}


def test_metrics_of_a_portfolio_without_time_name_their_hold_out(classifier: Ran) -> None:
    summary = classifier.finished.summary
    assert classifier.finished.exit_code == 0, classifier.finished.stderr
    assert set(summary["metrics"]) == {"stratified", "benchmarks"}
    assert summary["rows"] == 529
    assert summary["metrics"]["stratified"]["auc"] > 0.98
    assert len(summary["leaderboard"]) == 8
    metadata = classifier.project.metadata("assurance", "leaderboard")
    assert metadata["population"] == "stratified"
    assert not [name for name in metadata if name.startswith("oot/")]
    notes = _champion(classifier.project).release.notes
    assert any("stratified hold-out" in note and "no time and no entity" in note for note in notes)
