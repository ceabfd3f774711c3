"""Tuning of real algorithms on real folds."""

from pathlib import Path

import numpy as np
import pytest

from credit_platform.contracts.tuning import Tuning
from credit_platform.modelling.algorithms import ALGORITHMS
from credit_platform.modelling.folds import Fold, make_folds
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.training import cross_validate
from credit_platform.modelling.tuned_training import Task, nested_estimate, tune_algorithm
from credit_platform.statistics.calibration import log_loss_of_log_odds


def task(**changes: object) -> Task:
    settings = {
        "algorithm": "decision_tree",
        "declared": {},
        "budget": Tuning(trials=4),
        "seed": 3,
        "threads": 1,
        "monotone": {},
        "journals": None,
    }
    return Task(**{**settings, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folds(sample: Sample) -> tuple[Fold, ...]:
    return make_folds(sample, count=3, seed=1)


@pytest.mark.parametrize("name", list(ALGORITHMS))
@pytest.mark.parametrize("rows", [400, 1500])
def test_the_defaults_lie_inside_the_search_space(name: str, rows: int, sample: Sample) -> None:
    algorithm = ALGORITHMS[name]
    start = algorithm.resolved({}, sample.take(np.arange(rows)))
    assert algorithm.space and set(algorithm.space) <= set(algorithm.defaults)
    assert [key for key, dimension in algorithm.space.items() if start[key] not in dimension] == []


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_algorithm_is_tuned_to_no_more_than_its_declared_loss(
    name: str, sample: Sample, folds: tuple[Fold, ...]
) -> None:
    few: dict[str, dict[str, int]] = {
        "random_forest": {"n_estimators": 8},
        "lightgbm": {"num_iterations": 15},
        "xgboost": {"num_boost_round": 15},
    }
    declared = few.get(name, {})
    tuned = tune_algorithm(task(algorithm=name, declared=declared, budget=Tuning(trials=2)), sample, folds)
    assert len(tuned.trials) == 2 and tuned.gain >= 0
    oof = cross_validate(name, sample, folds, params={**declared, **tuned.best.params}, seed=3, threads=1, monotone={})
    loss = log_loss_of_log_odds(sample.label, oof.oof_margin, weight=sample.weight)
    assert tuned.best.value == pytest.approx(loss, abs=1e-12)


def test_a_declared_parameter_is_never_searched(sample: Sample, folds: tuple[Fold, ...]) -> None:
    tuned = tune_algorithm(task(declared={"max_depth": 4, "leaf_prior": 9.0}), sample, folds)
    assert {frozenset(row.params) for row in tuned.trials[1:]} == {frozenset({"max_leaf_nodes", "min_samples_leaf"})}


def test_another_sample_begins_another_search_in_a_file_of_its_own(
    tmp_path: Path, sample: Sample, folds: tuple[Fold, ...]
) -> None:
    kept = task(journals=str(tmp_path), budget=Tuning(trials=2))
    first = tune_algorithm(kept, sample, folds)
    part = sample.take(np.arange(900))
    other = tune_algorithm(kept, part, make_folds(part, count=3, seed=1))
    assert other.trials[0].value != first.trials[0].value and len(other.trials) == 2
    assert tune_algorithm(kept, sample, folds) == first
    assert len(list(tmp_path.glob("decision_tree-*.log"))) == 2


def test_on_labels_of_pure_chance_the_nested_estimate_shows_no_skill(sample: Sample) -> None:
    generator = np.random.default_rng(4)
    chance = Sample(**{**vars(sample), "label": (generator.random(len(sample)) < 0.3).astype(np.int8)})
    searched = task(budget=Tuning(trials=5, outer_folds=2))
    outer = make_folds(chance, count=2, seed=3)
    nested = nested_estimate(searched, chance, outer, inner=lambda part: make_folds(part, count=3, seed=3))
    rate = np.average(chance.label, weights=chance.weight)
    blind = -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)
    # Nothing can be learnt: on rows outside the choice no search beats the constant.
    assert nested.tuned > blind
