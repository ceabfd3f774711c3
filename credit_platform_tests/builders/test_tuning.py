"""A use case's search, from its block to what its model says about it."""

from pathlib import Path

import numpy as np
import pytest

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.tuning import search
from credit_platform.contracts.release import Feature
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.tuning import Tuning
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.splits import Split, make_folds
from credit_platform.resources.workbench import Workbench

ROWS = 600


@pytest.fixture
def use_case(project_root: Path) -> UseCase:
    declared = read_use_case(Settings(project=project_root), "risk_classifier")
    return declared.model_copy(update={"algorithms": {"decision_tree": {"max_depth": 4}}})


@pytest.fixture
def dataset() -> tuple[Sample, Split]:
    generator = np.random.default_rng(8)
    matrix = generator.normal(size=(ROWS, 3)).astype(np.float32)
    sample = Sample(
        key=np.array([f"k{number}" for number in range(ROWS)]),
        label=(generator.random(ROWS) < 1 / (1 + np.exp(1 - matrix[:, 0]))).astype(np.int8),
        weight=np.ones(ROWS),
        matrix=matrix,
        features=tuple(Feature(name=f"f{number}", kind="numeric") for number in range(3)),
    )
    train = np.arange(500)
    folds = make_folds(sample.take(train), count=3, seed=1)
    return sample, Split(train=train, test=np.arange(500, ROWS), folds=folds, population="stratified")


def test_a_use_case_without_the_block_searches_nothing(
    use_case: UseCase, dataset: tuple[Sample, Split], tmp_path: Path
) -> None:
    workbench = Workbench(Settings(home=tmp_path))
    assert not use_case.tuning.is_on
    assert search(workbench, use_case, "decision_tree", *dataset, threads=1) is None
    assert list(tmp_path.rglob("*.log")) == []


def test_a_search_keeps_its_trials_beside_the_pieces_and_reports_its_optimism(
    use_case: UseCase, dataset: tuple[Sample, Split], tmp_path: Path
) -> None:
    workbench = Workbench(Settings(home=tmp_path))
    tuned = use_case.model_copy(update={"tuning": Tuning(trials=3, outer_folds=2)})
    found = search(workbench, tuned, "decision_tree", *dataset, threads=1)
    assert found is not None
    metrics = found.metrics()
    assert metrics["tuning/trials"] == 3
    assert metrics["tuning/best_log_loss"] <= metrics["tuning/declared_log_loss"]
    assert metrics["tuning/optimism"] == pytest.approx(metrics["tuning/gain"] - metrics["tuning/nested_gain"])
    assert found.params["max_depth"] == 4
    assert (tmp_path / "tuning" / "risk_classifier" / "decision_tree.log").stat().st_size > 0
    table = found.metadata()["tuning/table"].value
    assert table.count("\n") == 4 and "as declared" in table
