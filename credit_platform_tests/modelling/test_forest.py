"""Every algorithm, as a forest, gives the library's own log-odds."""

import io
from typing import Any

import numpy as np
import pytest
import xgboost

from credit_platform.modelling import algorithms
from credit_platform.modelling.algorithms import decision_tree, lightgbm, logistic_regression, random_forest
from credit_platform.modelling.algorithms import xgboost as xgboost_algorithm
from credit_platform.modelling.algorithms.base import Recipe
from credit_platform.modelling.assembly import strictly_below
from credit_platform.modelling.forest import Forest, combine, from_arrays
from credit_platform.modelling.sample import Floats, Matrix, Sample

SMALL: dict[str, dict[str, float]] = {
    "logistic_regression": {},
    "decision_tree": {},
    "random_forest": {"n_estimators": 15},
    "lightgbm": {"num_iterations": 30},
    "xgboost": {"num_boost_round": 30},
}
SIGNS = {"f0": 1, "f1": -1, "f3": 1}


def library_margin(name: str, sample: Sample, matrix: Matrix, monotone: dict[str, int]) -> Floats:
    recipe = algorithms.recipe(name, sample, SMALL[name], 1, 1, monotone)
    if name == "lightgbm":
        return np.asarray(lightgbm.train(sample, recipe).predict(matrix, raw_score=True))
    if name == "xgboost":
        booster = xgboost_algorithm.train(sample, recipe)
        return booster.predict(xgboost.DMatrix(matrix), output_margin=True).astype(np.float64)
    if name == "logistic_regression":
        card = logistic_regression.train(sample, recipe)
        return card.model.margin(np.stack([b.transform(matrix[:, i]) for i, b in enumerate(card.bins)], axis=1))
    return scikit_learn_margin(name, sample, matrix, recipe)


def scikit_learn_margin(name: str, sample: Sample, matrix: Matrix, recipe: Recipe) -> Floats:
    """Mean over trees of the smoothed log-odds of scikit-learn's own predict_proba and leaf weight."""
    model: Any
    model, fill = (decision_tree if name == "decision_tree" else random_forest).train(sample, recipe)
    prior, rate = recipe.number("leaf_prior"), float(np.average(sample.label, weights=sample.weight))
    filled, total = fill.apply(matrix), np.zeros(len(matrix))
    trees = getattr(model, "estimators_", [model])
    for tree in trees:
        weight = tree.tree_.weighted_n_node_samples[tree.apply(filled)]
        p = (tree.predict_proba(filled)[:, 1] * weight + prior * rate) / (weight + prior)
        total += np.log(p / (1 - p)) / len(trees)
    return total


@pytest.mark.parametrize("name", list(SMALL))
def test_a_forest_gives_the_margin_of_its_library_where_cells_are_missing(
    name: str, sample: Sample, blanked: Matrix
) -> None:
    forest = algorithms.fit(name, sample, params=SMALL[name], seed=1, threads=1, monotone={})
    for matrix in (sample.matrix, blanked):
        assert np.abs(forest.margin(matrix) - library_margin(name, sample, matrix, {})).max() <= 1e-4


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "logistic_regression"])
def test_a_constrained_forest_gives_the_margin_of_its_library(name: str, sample: Sample, blanked: Matrix) -> None:
    forest = algorithms.fit(name, sample, params=SMALL[name], seed=1, threads=1, monotone=SIGNS)
    assert np.abs(forest.margin(blanked) - library_margin(name, sample, blanked, SIGNS)).max() <= 1e-4


@pytest.mark.parametrize("name", list(SMALL))
def test_the_same_sample_and_seed_give_the_same_arrays(name: str, sample: Sample) -> None:
    first, second = (algorithms.fit(name, sample, params=SMALL[name], seed=1, threads=1, monotone={}) for _ in "12")
    assert all(np.array_equal(first.to_arrays()[key], value) for key, value in second.to_arrays().items())


def test_one_row_has_the_margin_that_it_has_in_bulk(sample: Sample) -> None:
    forest = algorithms.fit("lightgbm", sample, params=SMALL["lightgbm"], seed=1, threads=1, monotone={})
    bulk = forest.margin(sample.matrix[:20])
    assert [forest.margin(sample.matrix[row : row + 1])[0] for row in range(20)] == bulk.tolist()


def test_a_forest_survives_a_file_without_pickle(sample: Sample) -> None:
    forest = algorithms.fit("decision_tree", sample, params={}, seed=1, threads=1, monotone={})
    file = io.BytesIO()
    np.savez(file, **forest.to_arrays())  # type: ignore[arg-type]  # numpy's stub takes a second keyword for ours
    file.seek(0)
    restored = from_arrays(np.load(file, allow_pickle=False))
    assert np.array_equal(restored.margin(sample.matrix), forest.margin(sample.matrix))


def test_combining_is_the_weighted_sum_and_drops_weight_zero(sample: Sample) -> None:
    fitted = {n: algorithms.fit(n, sample, params=SMALL[n], seed=1, threads=1, monotone={}) for n in SMALL}
    weights = dict(zip(SMALL, (0.5, 0.0, 1.0, 0.25, 2.0), strict=True))
    together = combine([(fitted[name], weights[name]) for name in SMALL], bias=0.75)
    expected = 0.75 + sum(fitted[name].margin(sample.matrix) * weights[name] for name in SMALL)
    assert together.margin(sample.matrix) == pytest.approx(expected, abs=1e-9)
    assert together.trees == sum(f.trees for n, f in fitted.items() if weights[n])


def test_a_forest_of_no_tree_is_its_bias() -> None:
    forest = combine([(one_leaf(1.5), 0.0)], bias=-0.25)
    assert forest.margin(np.zeros((3, 2), np.float32)).tolist() == [-0.25] * 3


def test_a_leaf_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        one_leaf(float("inf"))


def test_strictly_below_asks_the_same_question_as_at_most() -> None:
    values = np.array([-np.float32(3e38), -1.5, -1e-30, 0.0, 1e-30, 0.1, 16777216.0, 3e38], dtype=np.float32)
    around = np.concatenate(
        [np.nextafter(values, np.float32(-np.inf)), values, np.nextafter(values, np.float32(np.inf))]
    )
    x = around[(np.abs(around) >= np.finfo(np.float32).tiny) | (around == 0)]
    thresholds = [0.0, -0.0, 0.1, float(np.float32(0.1)), 16777216.5, -1.5, 1e-300, -1e-300, 1.0000000180025095e-35]
    for threshold in (*thresholds, 1e300, -1e300):
        assert ((x.astype(np.float64) <= threshold) == (x < strictly_below(threshold))).all(), threshold


def one_leaf(value: float) -> Forest:
    one = np.zeros(1)
    return Forest(
        offsets=np.array([0, 1]),
        feature=np.full(1, -1, dtype=np.int32),
        threshold=one.astype(np.float32),
        missing_left=one.astype(bool),
        left=np.full(1, -1, dtype=np.int32),
        value=np.array([value]),
        bias=0.0,
        width=2,
    )
