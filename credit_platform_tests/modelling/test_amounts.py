"""Regressors: what each library fitted is what the forest says, signs hold, and a log link keeps the total."""

from dataclasses import replace

import numpy as np
import pytest

from credit_platform.modelling.algorithms import decision_tree, lightgbm, prepared, random_forest
from credit_platform.modelling.algorithms import xgboost as levelled
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.amounts import REGRESSORS, Amounts, Link, fit_amounts, predict_amounts
from credit_platform.modelling.ensemble import voting
from credit_platform.modelling.fold import to_xgboost
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.monotonicity import TOLERANCE, steps_left_open
from credit_platform.modelling.sample import Matrix, Sample

SMALL: dict[str, dict[str, Parameter]] = {
    "linear_regression": {},
    "decision_tree": {},
    "random_forest": {"n_estimators": 20},
    "lightgbm": {"num_iterations": 60},
    "xgboost": {"num_boost_round": 60},
}
# f1 rises with the price in truth, so a constraint of -1 has something to hold back.
SIGNS = {"f0": 1, "f1": -1, "f3": 1, "f5": -1}
TRAINED = 1000


@pytest.fixture(scope="module")
def prices(sample: Sample) -> Amounts:
    """Prices about 8,000 with a long tail, over the columns of the shared sample, missing cells included."""
    noise = np.random.default_rng(17).normal(scale=0.3, size=len(sample))
    matrix = np.nan_to_num(sample.matrix, nan=1.0)
    log_price = 9.0 + 0.5 * matrix[:, 0] + 0.4 * matrix[:, 1] + 0.1 * matrix[:, 3] + noise
    return Amounts(
        label=np.exp(log_price).astype(np.float64),
        weight=sample.weight,
        matrix=sample.matrix,
        features=sample.features,
    )


def part(prices: Amounts, rows: slice) -> Amounts:
    taken = {name: getattr(prices, name)[rows] for name in ("label", "weight", "matrix")}
    return Amounts(**taken, features=prices.features)


def fitted(
    name: str, prices: Amounts, *, link: Link, monotone: dict[str, int] | None = None, **params: Parameter
) -> Forest:
    return fit_amounts(
        name, prices, link=link, params={**SMALL[name], **params}, seed=1, threads=1, monotone=monotone or {}
    )


@pytest.mark.parametrize("link", ["identity", "log"])
@pytest.mark.parametrize("name", list(REGRESSORS))
def test_a_regressor_explains_half_of_what_it_has_not_seen(name: str, link: Link, prices: Amounts) -> None:
    """Prices by a log link, their logarithms by an identity link."""
    amounts = prices if link == "log" else replace(prices, label=np.log(prices.label))
    forest = fitted(name, part(amounts, slice(0, TRAINED)), link=link)
    later = part(prices, slice(TRAINED, None))
    truth = np.log(later.label)
    assert 1 - np.var(truth - forest.margin(later.matrix)) / np.var(truth) > 0.5
    predicted = predict_amounts(forest, later.matrix, link=link)
    assert 0.8 < np.mean(later.label if link == "log" else truth) / np.mean(predicted) < 1.25


@pytest.mark.parametrize("name", list(REGRESSORS))
def test_under_a_log_link_the_predicted_prices_add_up_to_the_true_ones(name: str, prices: Amounts) -> None:
    forest = fitted(name, prices, link="log")
    predicted = predict_amounts(forest, prices.matrix, link="log")
    assert (predicted > 0).all()
    assert prices.weight @ predicted == pytest.approx(prices.weight @ prices.label, rel=1e-9)


@pytest.mark.parametrize("name", list(REGRESSORS))
def test_a_declared_sign_is_proved_for_every_input(name: str, prices: Amounts) -> None:
    forest = fitted(name, prices, link="log", monotone=SIGNS)
    assert max(steps_left_open(forest, names=prices.names, monotone=SIGNS).values()) <= TOLERANCE
    free = fitted(name, prices, link="log")
    assert steps_left_open(free, names=prices.names, monotone=SIGNS)["f1"] > 0.1


@pytest.mark.parametrize("name", ["decision_tree", "random_forest", "lightgbm", "xgboost"])
def test_the_forest_says_what_the_library_says(name: str, prices: Amounts, blanked: Matrix) -> None:
    params = {**SMALL[name]} | ({"leaf_prior": 0.0} if name in ("decision_tree", "random_forest") else {})
    recipe = prepared(REGRESSORS[name], prices, params, 1, 1, {})
    forest = REGRESSORS[name].fit(prices, recipe)
    spread = float(np.std(prices.label))
    assert forest.margin(blanked) == pytest.approx(of_library(name, prices, params, blanked), abs=1e-5 * spread)


def of_library(name: str, prices: Amounts, params: dict[str, Parameter], matrix: Matrix) -> np.ndarray:
    """Predictions by the library's own model."""
    import xgboost

    recipe = prepared(REGRESSORS[name], prices, params, 1, 1, {})
    if name == "lightgbm":
        return np.asarray(lightgbm.train(prices, recipe, objective="regression").predict(matrix))
    if name == "xgboost":
        booster = levelled.train(prices, recipe, objective="reg:squarederror")
        return np.asarray(booster.predict(xgboost.DMatrix(matrix, missing=np.nan)))
    module = decision_tree if name == "decision_tree" else random_forest
    model, fill = module.train(prices, recipe, task="regression")
    return np.asarray(model.predict(fill.apply(matrix)))


def test_regressors_fold_into_one_forest_with_additive_reasons(prices: Amounts) -> None:
    import xgboost

    forests = {name: fitted(name, prices, link="log") for name in REGRESSORS}
    margins = {name: forest.margin(prices.matrix) for name, forest in forests.items()}
    ensemble = voting(margins)
    booster = xgboost.Booster()
    booster.load_model(bytearray(to_xgboost(ensemble.fold(forests), prices.names, prices.matrix[:200])))
    served = xgboost.DMatrix(prices.matrix, missing=np.nan, feature_names=list(prices.names))
    margin = booster.predict(served, output_margin=True)
    assert margin == pytest.approx(ensemble.margin(margins), abs=1e-3)
    assert booster.predict(served, pred_contribs=True).sum(axis=1) == pytest.approx(margin, abs=1e-3)


def test_amounts_of_zero_have_no_logarithm(prices: Amounts) -> None:
    free = replace(prices, label=prices.label * 0)
    with pytest.raises(ValueError, match="1500 of 1500 amounts are zero or below"):
        fitted("lightgbm", free, link="log")
    assert np.allclose(
        predict_amounts(fitted("linear_regression", free, link="identity"), free.matrix, link="identity"), 0
    )


def test_an_unknown_regressor_or_parameter_is_named_with_those_that_exist(prices: Amounts) -> None:
    with pytest.raises(KeyError, match="no regressor 'logistic_regression'; there are .*linear_regression"):
        fit_amounts("logistic_regression", prices, link="log", params={}, seed=1, threads=1, monotone={})
    with pytest.raises(ValueError, match=r"no parameters \['depth'\]; it has .*max_depth"):
        fit_amounts("xgboost", prices, link="log", params={"depth": 3}, seed=1, threads=1, monotone={})
