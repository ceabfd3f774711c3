"""A search inside the graph: what it leaves in Dagster, in MLflow and below the home, and that it is not paid twice."""

from dataclasses import dataclass
from typing import Any

import optuna
import pytest
from mlflow.tracking import MlflowClient
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from credit_platform.builders.pieces import model_piece
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import Project

ALGORITHMS = {"decision_tree": {"max_depth": 3}, "lightgbm": {"num_iterations": 15}}
TRIALS = 3


@dataclass(frozen=True)
class Searched:
    """The project and what its models said after the first run."""

    project: Project
    said: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def searched(sorter: Ran, tmp_path_factory: pytest.TempPathFactory) -> Searched:
    """The small portfolio's models, trained again with a search."""
    project = sorter.project.copied(tmp_path_factory.mktemp("searched") / "project")
    project.amend(algorithms=ALGORITHMS, tuning={"trials": TRIALS, "outer_folds": 2})
    finished = project.run("--stage", "models")
    assert finished.exit_code == 0, finished.stderr
    return Searched(project, {name: project.metadata("models", name) for name in ALGORITHMS})


def test_a_model_says_what_its_search_found_and_what_that_is_worth(searched: Searched) -> None:
    for name, said in searched.said.items():
        stored = searched.project.workbench.load(searched.project.name, model_piece(name)).document
        assert stored["params"] == ALGORITHMS[name] | said["tuning/found"]
        assert (said["tuning/trials"], said["tuning/ended_by"]) == (TRIALS, "trials")
        assert said["tuning/best_log_loss"] == pytest.approx(said["oof/log_loss"], abs=1e-9)
        assert said["tuning/gain"] >= 0
        assert said["tuning/optimism"] == pytest.approx(said["tuning/gain"] - said["tuning/nested_gain"])
        assert said["tuning/later_gain"] == pytest.approx(
            said["tuning/later_declared_log_loss"] - said["tuning/later_log_loss"]
        )
        assert said["tuning/table"].count("\n| ") == TRIALS
        assert said["tuning/plot"].startswith("![figure](data:image/png;base64,")


def test_the_child_run_of_an_algorithm_holds_its_trials_and_the_parameters_found(searched: Searched) -> None:
    client = MlflowClient(searched.project.settings.mlflow_uri)
    experiment = client.get_experiment_by_name(searched.project.name)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"])
    for name, said in searched.said.items():
        run = next(run for run in runs if run.info.run_name == name)
        history = sorted(client.get_metric_history(run.info.run_id, "trial_log_loss"), key=lambda each: each.step)
        assert [each.step for each in history] == list(range(TRIALS))
        assert history[0].value == pytest.approx(said["tuning/declared_log_loss"])
        assert run.data.params.items() >= {key: str(value) for key, value in said["tuning/found"].items()}.items()


def test_the_same_search_again_reads_its_trials_and_ends_the_same(searched: Searched) -> None:
    before = _trials(searched.project)
    # Each algorithm's own search, and one for each of its two outer folds.
    assert list(before.values()) == [TRIALS] * 6
    assert searched.project.run("--stage", "models").exit_code == 0
    assert _trials(searched.project) == before
    for name, said in searched.said.items():
        again = searched.project.metadata("models", name)
        assert {key: value for key, value in again.items() if key.startswith(("tuning/", "oof/"))} == {
            key: value for key, value in said.items() if key.startswith(("tuning/", "oof/"))
        }


def test_without_the_block_nothing_is_searched(sorter: Ran) -> None:
    assert not (sorter.project.home / "tuning").exists()
    assert not any(name.startswith("tuning/") for name in sorter.project.metadata("models", "lightgbm"))


def _trials(project: Project) -> dict[str, int]:
    """Trials of every search that the project's home keeps."""
    files = sorted((project.home / "tuning" / project.name).glob("*.log"))
    stores = {path.stem: JournalStorage(JournalFileBackend(str(path))) for path in files}
    return {name: len(optuna.load_study(study_name=name, storage=store).trials) for name, store in stores.items()}
