"""What is declared of an algorithm holds for what was fitted."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from credit_platform.contracts.score import Band, ScoreScale
from credit_platform.modelling import algorithms
from credit_platform.modelling.algorithms import logistic_regression
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.logistic import fit_logistic
from credit_platform.modelling.monotonicity import monotone_breaches
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.scorecard import scorecard_table
from credit_platform.modelling.training import cross_validate
from credit_platform.statistics.discrimination import auc

SMALL: dict[str, dict[str, float]] = {
    "logistic_regression": {},
    "decision_tree": {},
    "random_forest": {"n_estimators": 15},
    "lightgbm": {"num_iterations": 30},
    "xgboost": {"num_boost_round": 30},
}
# Against the data: f0 rises with risk in truth, so a constraint of -1 has something to hold back.
SIGNS = {"f0": -1, "f1": 1, "f2": -1, "f3": 1, "f4": 1, "f5": -1}


@pytest.mark.parametrize("name", list(SMALL))
def test_a_declared_sign_holds_along_every_walk(name: str, sample: Sample) -> None:
    forest = algorithms.fit(name, sample, params=SMALL[name], seed=1, threads=1, monotone=SIGNS)
    assert monotone_breaches(forest, sample.matrix[:60], names=sample.names, monotone=SIGNS) == {}


def test_a_broken_sign_is_found(sample: Sample) -> None:
    forest = algorithms.fit("lightgbm", sample, params=SMALL["lightgbm"], seed=1, threads=1, monotone={})
    breaches = monotone_breaches(forest, sample.matrix[:60], names=sample.names, monotone={"f3": -1})
    assert set(breaches) == {"f3"}
    assert breaches["f3"] > 0.05


@pytest.mark.parametrize("name", list(SMALL))
def test_cross_validation_scores_every_row_by_a_model_that_did_not_see_it(name: str, sample: Sample) -> None:
    folds = make_folds(sample, count=3, seed=1)
    trained = cross_validate(name, sample, folds, params=SMALL[name], seed=1, threads=1, monotone={})
    first = folds[0]
    alone = algorithms.fit(name, sample.take(first.fit), params=SMALL[name], seed=1, threads=1, monotone={})
    assert np.array_equal(trained.oof_margin[first.score], alone.margin(sample.matrix[first.score]))
    assert len(trained.period_auc) == 3
    assert auc(sample.label, trained.oof_margin) > 0.65


def test_folds_that_score_a_row_twice_are_refused(sample: Sample) -> None:
    first, second, _ = make_folds(sample, count=3, seed=1)
    with pytest.raises(ValueError, match="expected each row once"):
        cross_validate("decision_tree", sample, (first, second, first), params={}, seed=1, threads=1, monotone={})


def test_rows_that_no_fold_scores_have_no_output(sample: Sample) -> None:
    folds = make_folds(sample, count=3, seed=1)
    some = cross_validate("decision_tree", sample, folds[:2], params={}, seed=1, threads=1, monotone={})
    every = cross_validate("decision_tree", sample, folds, params={}, seed=1, threads=1, monotone={})
    assert len(some.oof_margin) == len(sample) - len(folds[2].score)
    assert np.array_equal(some.oof_margin, np.delete(every.oof_margin, folds[2].score))
    assert some.period_auc == every.period_auc[:2]


def test_an_unknown_parameter_or_algorithm_is_named_with_those_that_exist(sample: Sample) -> None:
    with pytest.raises(ValueError, match=r"no parameters \['num_leafs'\].*num_leaves"):
        algorithms.fit("lightgbm", sample, params={"num_leafs": 3}, seed=1, threads=1, monotone={})
    with pytest.raises(KeyError, match="catboost"):
        algorithms.fit("catboost", sample, params={}, seed=1, threads=1, monotone={})


def test_a_value_above_the_training_range_is_not_taken_for_missing(sample: Sample) -> None:
    forest = algorithms.fit("decision_tree", sample, params={}, seed=1, threads=1, monotone={})
    rows = np.repeat(sample.matrix[:50], 2, axis=0)
    highest = np.nanmax(sample.matrix[:, 0])
    rows[::2, 0], rows[1::2, 0] = highest, 1000 * highest
    margin = forest.margin(rows)
    assert np.array_equal(margin[::2], margin[1::2])


def test_points_of_the_scorecard_add_up_to_the_score(sample: Sample) -> None:
    scale = ScoreScale(base_points=600, base_odds=30, points_to_double=20, bands=(Band(name="all"),))
    card = logistic_regression.train(sample, algorithms.recipe("logistic_regression", sample, {}, 1, 1, {}))
    table = scorecard_table(card, scale).set_index(["feature", "bin"])["points"]
    row = sample.matrix[:1]
    points = table["(base)", ""]
    for feature, bins, weight in zip(card.features, card.bins, card.model.coefficient, strict=True):
        if weight > 0:
            points += table[feature.name].iloc[int(bins.index(row[:, sample.names.index(feature.name)])[0])]
    margin = card.to_forest().margin(row)[0]
    assert points == pytest.approx(600 + 20 / np.log(2) * (-margin - np.log(30)), abs=1e-9)


def test_the_bounded_logistic_is_scikit_learns_where_no_bound_binds() -> None:
    generator = np.random.default_rng(2)
    matrix = generator.normal(size=(800, 3))
    label = (generator.random(800) < 1 / (1 + np.exp(1 - matrix @ [1.0, 0.5, 0.2]))).astype(int)
    own = fit_logistic(matrix, label, np.ones(800), ridge=2.0, lower=0.0)
    theirs = LogisticRegression(C=0.5, tol=1e-10).fit(matrix, label)
    assert own.coefficient == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert own.intercept == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_the_bound_holds_where_the_data_pull_below_it() -> None:
    generator = np.random.default_rng(2)
    matrix = generator.normal(size=(800, 2))
    label = (generator.random(800) < 1 / (1 + np.exp(1 - matrix @ [1.0, -1.0]))).astype(int)
    assert fit_logistic(matrix, label, np.ones(800), ridge=0.0, lower=0.0).coefficient[1] == 0.0
