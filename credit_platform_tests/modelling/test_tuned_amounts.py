"""Tuning of regressors: what is found is better on its folds, the same again, and goes on where it stopped."""

from pathlib import Path

import numpy as np
import pytest

from credit_platform.contracts.release import Feature
from credit_platform.contracts.tuning import Tuning
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.amounts import REGRESSORS, Amounts, fit_amounts, predict_amounts
from credit_platform.modelling.folds import Fold
from credit_platform.modelling.tuned_amounts import gamma_deviance, squared_error, tune_amounts
from credit_platform.modelling.tuned_training import Task

ROWS = 900
FEW: dict[str, dict[str, Parameter]] = {
    "random_forest": {"n_estimators": 8},
    "lightgbm": {"num_iterations": 15},
    "xgboost": {"num_boost_round": 15},
}


def task(algorithm: str, *, trials: int, journals: Path | None = None) -> Task:
    return Task(
        algorithm=algorithm,
        declared=FEW.get(algorithm, {}),
        budget=Tuning(trials=trials),
        seed=3,
        threads=1,
        monotone={"f0": 1},
        journals=None if journals is None else str(journals),
    )


@pytest.fixture(scope="module")
def prices() -> Amounts:
    """Prices about 8,000 that bend in two columns; the third says nothing."""
    generator = np.random.default_rng(5)
    matrix = generator.normal(size=(ROWS, 3)).astype(np.float32)
    log_price = 9 + 0.5 * matrix[:, 0] + 0.4 * np.sin(2 * matrix[:, 1]) + generator.normal(scale=0.2, size=ROWS)
    features = tuple(Feature(name=f"f{number}", kind="numeric") for number in range(3))
    return Amounts(label=np.exp(log_price).astype(np.float64), weight=np.ones(ROWS), matrix=matrix, features=features)


@pytest.fixture(scope="module")
def folds() -> tuple[Fold, ...]:
    third = np.arange(ROWS) % 3
    return tuple(Fold(np.flatnonzero(third != n), np.flatnonzero(third == n)) for n in range(3))


@pytest.mark.parametrize("name", list(REGRESSORS))
@pytest.mark.parametrize("rows", [400, ROWS])
def test_the_defaults_of_a_regressor_lie_inside_its_search_space(name: str, rows: int, prices: Amounts) -> None:
    algorithm = REGRESSORS[name]
    start = algorithm.resolved({}, prices.take(np.arange(rows)))
    assert algorithm.space and set(algorithm.space) <= set(algorithm.defaults)
    assert [key for key, dimension in algorithm.space.items() if start[key] not in dimension] == []


@pytest.mark.parametrize("name", list(REGRESSORS))
def test_every_regressor_is_tuned_to_no_more_than_its_declared_loss(
    name: str, prices: Amounts, folds: tuple[Fold, ...]
) -> None:
    searched = task(name, trials=2)
    tuned = tune_amounts(searched, prices, folds, link="log")
    assert len(tuned.trials) == 2 and tuned.gain >= 0
    predicted = np.empty(ROWS)
    for fold in folds:
        params = searched.params(tuned.best.params)
        forest = fit_amounts(
            name, prices.take(fold.fit), link="log", params=params, seed=3, threads=1, monotone={"f0": 1}
        )
        predicted[fold.score] = predict_amounts(forest, prices.matrix[fold.score], link="log")
    assert tuned.best.value == pytest.approx(gamma_deviance(prices.label, predicted).mean(), rel=1e-12)


def test_a_search_finds_a_regression_that_later_rows_confirm(prices: Amounts, folds: tuple[Fold, ...]) -> None:
    """Fifteen trees at the declared rate of .04 explain too little: the search finds a higher one."""
    searched = task("lightgbm", trials=8)
    tuned = tune_amounts(searched, prices, folds, link="log")
    assert float(tuned.best.params["learning_rate"] or 0) > 0.06
    assert tuned.gain > 0.2 * tuned.trials[0].value
    generator = np.random.default_rng(6)
    matrix = generator.normal(size=(4_000, 3)).astype(np.float32)
    later = np.exp(9 + 0.5 * matrix[:, 0] + 0.4 * np.sin(2 * matrix[:, 1]) + generator.normal(scale=0.2, size=4_000))
    loss = {}
    for name, params in (("declared", searched.declared), ("tuned", searched.params(tuned.best.params))):
        forest = fit_amounts("lightgbm", prices, link="log", params=params, seed=3, threads=1, monotone={"f0": 1})
        loss[name] = gamma_deviance(later, predict_amounts(forest, matrix, link="log")).mean()
    assert loss["tuned"] < 0.8 * loss["declared"]


def test_a_stopped_search_of_amounts_goes_on_and_ends_as_in_one_go(
    tmp_path: Path, prices: Amounts, folds: tuple[Fold, ...]
) -> None:
    whole = tune_amounts(task("decision_tree", trials=5), prices, folds, link="identity")
    tune_amounts(task("decision_tree", trials=3, journals=tmp_path), prices, folds, link="identity")
    resumed = tune_amounts(task("decision_tree", trials=5, journals=tmp_path), prices, folds, link="identity")
    assert resumed == whole
    again = tune_amounts(task("decision_tree", trials=5), prices, folds, link="identity")
    assert again == whole
    assert len(list(tmp_path.glob("decision_tree-*.log"))) == 1
    # Another link has other losses, and a search of its own.
    other = tune_amounts(task("decision_tree", trials=1, journals=tmp_path), prices, folds, link="log")
    assert other.trials[0].value != whole.trials[0].value
    assert len(list(tmp_path.glob("decision_tree-*.log"))) == 2


def test_the_loss_of_a_link_is_least_at_the_mean() -> None:
    amount = np.random.default_rng(2).lognormal(9, 0.6, 5_000)
    for loss in (squared_error, gamma_deviance):
        at = {share: loss(amount, np.full(5_000, share * amount.mean())).mean() for share in (0.97, 1.0, 1.03)}
        assert min(at, key=at.__getitem__) == 1.0
    assert gamma_deviance(amount, 2 * amount) == pytest.approx(gamma_deviance(7 * amount, 14 * amount))


def test_an_unknown_regressor_is_named_before_anything_is_searched(prices: Amounts, folds: tuple[Fold, ...]) -> None:
    with pytest.raises(KeyError, match="no regressor 'logistic_regression'"):
        tune_amounts(task("logistic_regression", trials=2), prices, folds, link="log")
