"""Each member as its own library knows it: what a forest of ours is held against.

A margin is asked of the library; only the mean of smoothed log-odds over the leaves of a scikit-learn forest is ours,
because the library averages probabilities.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from credit_platform.modelling import algorithms
from credit_platform.modelling.algorithms import decision_tree, lightgbm, logistic_regression, random_forest
from credit_platform.modelling.algorithms import xgboost as levelled
from credit_platform.modelling.algorithms.base import Recipe
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Matrix, Sample
from credit_platform.modelling.smoothed_leaves import smoothed_log_odds

Leaves = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Own:
    """A member of its library and the forest that it became."""

    model: Any
    forest: Forest
    margin: Callable[[Matrix], Floats]
    """Log-odds of bad, (n,)."""
    predict: Callable[[Matrix], object]
    """What its user would call for a score."""
    leaves: Callable[[Matrix], Leaves]
    """Leaf, or bin of the scorecard, of each row in each tree: (n, trees), numbered as the library does."""
    prepared: Callable[[Matrix], Matrix]
    """The matrix as the library takes it: scikit-learn's forests have missing cells filled."""


def own_members(
    sample: Sample, *, params: Mapping[str, Mapping[str, float]], seed: int, threads: int
) -> dict[str, Own]:
    """Every algorithm of the platform, trained on the sample; ``params`` override defaults by algorithm."""
    recipes = {
        name: algorithms.recipe(name, sample, params.get(name, {}), seed, threads, {}) for name in algorithms.ALGORITHMS
    }
    return {name: _OWN[name](sample, recipe) for name, recipe in recipes.items()}


def _as_it_is(matrix: Matrix) -> Matrix:
    return matrix


def _scorecard(sample: Sample, recipe: Recipe) -> Own:
    card = logistic_regression.train(sample, recipe)
    kept = np.flatnonzero(card.model.coefficient > 0).tolist()

    def margin(matrix: Matrix) -> Floats:
        return card.model.margin(np.stack([bins.transform(matrix[:, i]) for i, bins in enumerate(card.bins)], axis=1))

    return Own(
        model=card,
        forest=card.to_forest(),
        margin=margin,
        predict=margin,
        leaves=lambda matrix: np.stack([card.bins[i].index(matrix[:, i]) for i in kept], axis=1),
        prepared=_as_it_is,
    )


def _lightgbm(sample: Sample, recipe: Recipe) -> Own:
    model = lightgbm.train(sample, recipe)
    return Own(
        model=model,
        forest=lightgbm.to_forest(model),
        margin=lambda matrix: np.asarray(model.predict(matrix, raw_score=True)),
        predict=model.predict,
        leaves=lambda matrix: np.asarray(model.predict(matrix, pred_leaf=True), dtype=np.int64),
        prepared=_as_it_is,
    )


def _xgboost(sample: Sample, recipe: Recipe) -> Own:
    model = levelled.train(sample, recipe)
    return Own(
        model=model,
        forest=levelled.to_forest(model),
        margin=lambda matrix: model.predict(xgboost.DMatrix(matrix), output_margin=True).astype(np.float64),
        predict=model.inplace_predict,
        leaves=lambda matrix: model.predict(xgboost.DMatrix(matrix), pred_leaf=True).astype(np.int64),
        prepared=_as_it_is,
    )


def _scikit_learn(algorithm: Any) -> Callable[[Sample, Recipe], Own]:
    def own(sample: Sample, recipe: Recipe) -> Own:
        model, fill = algorithm.train(sample, recipe)
        trees = getattr(model, "estimators_", [model])
        rate, prior = float(np.average(sample.label, weights=sample.weight)), recipe.number("leaf_prior")
        values = [smoothed_log_odds(tree.tree_, bad_rate=rate, prior=prior) for tree in trees]

        def leaves(matrix: Matrix) -> Leaves:
            return np.asarray(model.apply(fill.apply(matrix)), dtype=np.int64).reshape(len(matrix), len(trees))

        def margin(matrix: Matrix) -> Floats:
            found = leaves(matrix)
            total = sum((value[found[:, number]] for number, value in enumerate(values)), np.zeros(len(matrix)))
            return total / len(trees)

        return Own(
            model=model,
            forest=algorithm.fit(sample, recipe),
            margin=margin,
            predict=lambda matrix: model.predict_proba(fill.apply(matrix)),
            leaves=leaves,
            prepared=fill.apply,
        )

    return own


_OWN: dict[str, Callable[[Sample, Recipe], Own]] = {
    "logistic_regression": _scorecard,
    "decision_tree": _scikit_learn(decision_tree),
    "random_forest": _scikit_learn(random_forest),
    "lightgbm": _lightgbm,
    "xgboost": _xgboost,
}


def misrouted(own: Own, matrix: Matrix, *, threads: int) -> int:
    """Routes (row, tree) whose leaf is another than the library's.

    Two ways to number the leaves of a tree agree where the pairs of numbers that occur are one to one; a route
    outside the usual pair of either number counts as wrong.
    """
    wrong = 0
    for start in range(0, len(matrix), 10_000):
        rows = matrix[start : start + 10_000]
        theirs, ours = own.leaves(rows), own.forest.leaves(rows, threads=threads)
        if theirs.shape != ours.shape:
            raise ValueError(f"the library routes through {theirs.shape[1]} trees, the forest through {ours.shape[1]}")
        wrong += sum(_apart(theirs[:, tree], ours[:, tree]) for tree in range(theirs.shape[1]))
    return wrong


def _apart(theirs: Leaves, ours: Leaves) -> int:
    left, right = np.unique(theirs, return_inverse=True)[1], np.unique(ours, return_inverse=True)[1]
    table = np.zeros((left.max() + 1, right.max() + 1), dtype=np.int64)
    np.add.at(table, (left, right), 1)
    usual = (table == table.max(axis=1, keepdims=True)) & (table == table.max(axis=0, keepdims=True))
    return int(table[~usual].sum())
