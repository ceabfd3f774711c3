"""MLflow: one parent run for one Dagster run and one finished child for each model, in one process or in several."""

from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from credit_platform.contracts.settings import Settings
from credit_platform_tests.resources.tiny_graph import HOME, MODELS, USE_CASE, tiny_job

FORKED = {"forkserver": {"preload_modules": [tiny_job.__module__, "mlflow"]}}
"""A process for each step, whose imports are paid once: apart, three times 6 s."""
PARENT, DAGSTER = "tags.mlflow.parentRunId", "tags.dagster_run_id"


def _runs(home: Path) -> pd.DataFrame:
    import mlflow

    mlflow.set_tracking_uri(Settings(home=home).mlflow_uri)
    found = mlflow.search_runs(experiment_names=[USE_CASE])
    assert isinstance(found, pd.DataFrame)
    return found.assign(**{PARENT: found.get(PARENT)})


@pytest.mark.parametrize("processes", [1, 3], ids=["in_process", "multiprocess"])
def test_one_parent_and_a_finished_child_for_each_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setenv(HOME, str(tmp_path))
    with dg.instance_for_test() as instance:
        if processes == 1:
            result = tiny_job().execute_in_process(instance=instance)
            is_success, run_id = result.success, result.run_id
        else:
            config = {"execution": {"config": {"max_concurrent": processes, "start_method": FORKED}}}
            with dg.execute_job(dg.reconstructable(tiny_job), instance=instance, run_config=config) as several:
                is_success, run_id = several.success, several.run_id
    assert is_success
    runs = _runs(tmp_path)
    parents, children = runs[runs[PARENT].isna()], runs[runs[PARENT].notna()]
    assert len(parents) == 1
    assert sorted(children["tags.mlflow.runName"]) == sorted(MODELS)
    assert set(children[PARENT]) == set(parents["run_id"])
    assert set(runs["status"]) == {"FINISHED"}
    assert set(parents[DAGSTER]) == {run_id}
    assert children["metrics.auc"].tolist() == [0.5] * len(MODELS)
