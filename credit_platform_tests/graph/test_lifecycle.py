"""Where a release of the demo can be looked at afterwards: MLflow's runs and registry, and a page of its own."""

import json
from pathlib import Path

import pandas as pd
import pytest

from credit_platform.builders.model_version import FIGURES
from credit_platform.builders.pieces import load_training
from credit_platform_tests.explanation.self_contained import assert_self_contained
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.test_demo_run import ENSEMBLES, MODELS


def test_the_release_is_a_version_in_mlflow_with_its_files_figures_and_metrics(demo: Ran) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=demo.project.settings.mlflow_uri)
    release_id = demo.finished.summary["champion"]["release_id"]
    version = client.get_model_version_by_alias("credit_default", "champion")
    assert version.tags["release_id"] == release_id
    released = demo.project.home / "releases" / "credit_default" / release_id
    logged = Path(str(version.source).removeprefix("file://"))
    assert {path.name: path.read_bytes() for path in logged.iterdir()} == {
        path.name: path.read_bytes() for path in released.iterdir()
    }
    run = client.get_run(str(version.run_id))
    assert run.data.metrics["oot_auc"] == pytest.approx(demo.finished.summary["metrics"]["oot"]["auc"])
    assert run.data.tags["population"] == "oot, approved"
    assert float(run.data.params["release_cut_off"]) == json.loads((released / "release.json").read_text())["cut_off"]
    shown = {file.path for folder in ("figures", "pages") for file in client.list_artifacts(run.info.run_id, folder)}
    pages = {"pages/model_card.html", "pages/model_card.md", "pages/lifecycle.html"}
    assert {f"figures/{name}" for name in FIGURES} | pages <= shown
    assert version.tags["page"] in pages


def test_the_page_of_the_release_is_linked_and_needs_nothing_but_itself(demo: Ran) -> None:
    linked = {demo.project.metadata("release", name)["page"] for name in ("release", "champion", "lifecycle")}
    (page,) = linked
    text = Path(page).read_text()
    assert_self_contained(text)
    assert text.count("<article") == 6 + 1 + len(demo.project.use_case.monitoring.segments) + 1 + 2
    for name in MODELS | ENSEMBLES:
        assert text.count(f"<title>{name}: ") == 2 * 6  # a name and a dot in each of six panels
    use_case = demo.project.use_case
    sample, split, _ = load_training(demo.project.workbench, use_case, use_case.features.gating)
    assert [key for key in sample.key[split.test].tolist() if key in text] == []


def test_mlflow_has_one_parent_and_five_finished_children_for_the_run(demo: Ran) -> None:
    import mlflow

    mlflow.set_tracking_uri(demo.project.settings.mlflow_uri)
    runs = mlflow.search_runs(experiment_names=["credit_default"])
    assert isinstance(runs, pd.DataFrame)
    parent = runs["tags.mlflow.parentRunId"].isna()
    assert (len(runs), parent.sum()) == (6, 1)
    assert set(runs["status"]) == {"FINISHED"}
    assert set(runs.loc[~parent, "tags.mlflow.runName"]) == MODELS
    assert set(runs.loc[~parent, "tags.mlflow.parentRunId"]) == set(runs.loc[parent, "run_id"])
