"""A use case's search, from its block to what its model says about it."""

from pathlib import Path

import numpy as np
import pytest

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.models import train
from credit_platform.builders.tuning import search, search_space
from credit_platform.contracts.release import Feature
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.tuning import Tuning
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.levels import levelled_log_loss
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.splits import Split
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.calibration import log_loss_of_log_odds

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
    calibration, selection, test = np.split(np.arange(500, ROWS), [10, 90])
    return sample, Split(
        train=train, calibration=calibration, selection=selection, test=test, folds=folds, population="stratified"
    )


def test_a_use_case_without_the_block_searches_nothing(
    use_case: UseCase, dataset: tuple[Sample, Split], tmp_path: Path
) -> None:
    workbench = Workbench(Settings(home=tmp_path))
    assert not use_case.tuning.is_on
    assert search(workbench, use_case, "decision_tree", *dataset, threads=1) is None
    assert list(tmp_path.rglob("*.log")) == []


def test_a_setting_caps_the_trials_that_a_use_case_declares(
    use_case: UseCase, dataset: tuple[Sample, Split], tmp_path: Path
) -> None:
    tuned = use_case.model_copy(update={"tuning": Tuning(trials=9, outer_folds=2)})
    capped = [Workbench(Settings(home=tmp_path, tuning_trials=most)) for most in (1, 2)]
    assert search(capped[0], tuned, "decision_tree", *dataset, threads=1) is None
    found = search(capped[1], tuned, "decision_tree", *dataset, threads=1)
    assert found is not None and len(found.tuned.trials) == 2


def test_an_empty_cap_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDIT_PLATFORM_TUNING_TRIALS", "")
    assert Settings().tuning_trials is None


def test_the_space_of_a_search_is_shown_without_what_the_use_case_declares(use_case: UseCase) -> None:
    assert search_space(use_case, "decision_tree") == {}
    shown = search_space(use_case.model_copy(update={"tuning": Tuning(trials=3)}), "decision_tree")
    table = shown["search_space"].value
    assert "| leaf_prior | 2 to 200, log |" in table
    assert "max_depth" not in table


def test_a_search_keeps_its_trials_beside_the_pieces_and_reports_its_optimism(
    use_case: UseCase, dataset: tuple[Sample, Split], tmp_path: Path
) -> None:
    workbench = Workbench(Settings(home=tmp_path))
    tuned = use_case.model_copy(update={"tuning": Tuning(trials=3, outer_folds=2)})
    sample, split = dataset
    found = search(workbench, tuned, "decision_tree", sample, split, threads=1)
    assert found is not None
    trained = train(tuned, "decision_tree", sample, split, params=found.params, threads=1)
    metrics = found.metrics(trained, sample.take(split.train), sample.take(split.selection))
    assert metrics["tuning/trials"] == 3
    assert metrics["tuning/best_log_loss"] <= metrics["tuning/declared_log_loss"]
    assert metrics["tuning/optimism"] == pytest.approx(metrics["tuning/gain"] - metrics["tuning/nested_gain"])
    later = sample.take(split.selection)
    plain = train(tuned, "decision_tree", sample, split, params={"max_depth": 4}, threads=1)
    one = np.zeros(len(later), dtype=np.int64)
    margins = [each.forest.margin(later.matrix) for each in (plain, trained)]
    loss = [levelled_log_loss(later.label, margin, later.weight, one) for margin in margins]
    assert loss[1] < log_loss_of_log_odds(later.label, margins[1])
    assert metrics["tuning/later_gain"] == pytest.approx(loss[0] - loss[1], abs=1e-12)
    assert found.params["max_depth"] == 4
    # The search itself and one for each outer fold.
    assert len(list((tmp_path / "tuning" / "risk_classifier").glob("decision_tree-*.log"))) == 3
    table = found.metadata(metrics)["tuning/table"].value
    assert table.count("\n") == 4 and "as declared" in table
    report = found.metadata(metrics)["tuning/report"].value.splitlines()[2:]
    assert [line.split(" | ")[0] for line in report] == [
        "| the folds that chose",
        "| outer folds",
        "| later rows, at their level",
    ]
    assert f"{metrics['tuning/nested_gain']:+.6f}" in report[1]
