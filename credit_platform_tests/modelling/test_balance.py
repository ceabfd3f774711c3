"""Balanced classes: what a model learns of them, and that its log-odds still mean odds."""

from collections.abc import Mapping

import numpy as np
import pytest

from credit_platform.contracts.release import Feature
from credit_platform.modelling import algorithms
from credit_platform.modelling.algorithms.balance import WAYS, balanced
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.balance_effect import TOLD, balance_effect
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.training import Trained, cross_validate
from credit_platform.statistics.calibration import calibration_in_the_large
from credit_platform.statistics.evaluation import evaluate

ROWS = 8000
PARAMS: dict[str, dict[str, Parameter]] = {
    "logistic_regression": {},
    "decision_tree": {},
    "random_forest": {"n_estimators": 25},
    "lightgbm": {"num_iterations": 120},
    "xgboost": {"num_boost_round": 120},
}


@pytest.fixture(scope="module")
def rare() -> Sample:
    """4% bads that two of four columns explain."""
    generator = np.random.default_rng(21)
    matrix = generator.normal(size=(ROWS, 4)).astype(np.float32)
    log_odds = -3.9 + matrix[:, 0] + 0.7 * np.abs(matrix[:, 1])
    return Sample(
        key=np.arange(ROWS).astype(str),
        label=(generator.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(np.int8),
        weight=generator.uniform(0.5, 2.0, ROWS),
        matrix=matrix,
        features=tuple(Feature(name=f"f{number}", kind="numeric") for number in range(4)),
    )


def validated(name: str, sample: Sample, params: Mapping[str, Parameter]) -> Trained:
    folds = make_folds(sample, count=3, seed=1)
    return cross_validate(name, sample, folds, params=params, seed=1, threads=1, monotone={})


@pytest.mark.parametrize("how", list(WAYS))
def test_both_classes_count_the_same(how: str, rare: Sample) -> None:
    found = balanced(rare, how, seed=3)
    counted = found.weight if how == "weights" else np.ones(len(found))
    is_bad = found.label == 1
    assert counted[is_bad].sum() == pytest.approx(counted[~is_bad].sum())
    assert set(found.key[is_bad]) == set(rare.key[rare.label == 1])
    assert set(found.key) <= set(rare.key)
    assert how != "weights" or found.weight.sum() == pytest.approx(rare.weight.sum())


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("lightgbm", "undersample"),
        ("xgboost", "weights"),
        ("logistic_regression", "weights"),
        ("random_forest", "weights"),
        ("decision_tree", "oversample"),
    ],
)
def test_a_balanced_model_is_calibrated_in_the_large(name: str, how: str, rare: Sample) -> None:
    margin = validated(name, rare, {**PARAMS[name], "balance": how}).oof_margin
    # .1 in log-odds is a rate of 4.0% told as 4.4%; as fitted to balanced rows, it is 3.2, a rate told as half.
    assert abs(calibration_in_the_large(rare.label, margin, weight=rare.weight)) < 0.1
    assert evaluate(rare.label, margin, cut_off=0.5, is_log_odds=True)["expected_calibration_error"] < 0.02


def test_the_effect_of_weights_on_boosting_is_reported_before_any_calibrator(rare: Sample) -> None:
    params = {**PARAMS["lightgbm"], "balance": "weights"}
    trained = validated("lightgbm", rare, params)
    effect = balance_effect(trained, params, rare, refit=lambda other: validated("lightgbm", rare, other))
    assert set(effect) == {f"{side}/{name}" for side in ("balanced", "not_balanced") for name in TOLD}
    plain = validated("lightgbm", rare, PARAMS["lightgbm"]).oof_margin
    found = evaluate(rare.label, plain, cut_off=0.5, is_log_odds=True, weight=rare.weight)
    assert effect["not_balanced/calibration_slope"] == found["calibration_slope"]
    # Weights let leaves fit the few bads more closely, which no bias puts right: .83 against .89.
    assert 0.7 < effect["balanced/calibration_slope"] < effect["not_balanced/calibration_slope"]
    assert effect["balanced/expected_calibration_error"] < 0.015


def test_a_model_without_balance_is_not_fitted_twice(rare: Sample) -> None:
    def refused(params: object) -> Trained:
        raise AssertionError(params)

    assert balance_effect(validated("decision_tree", rare, {}), {}, rare, refit=refused) == {}


def test_an_unknown_way_is_named_with_those_that_exist(rare: Sample) -> None:
    with pytest.raises(ValueError, match=r"'balance' is 'smote', expected 'none' or one of \['oversample'"):
        algorithms.fit("lightgbm", rare, params={"balance": "smote"}, seed=1, threads=1, monotone={})
