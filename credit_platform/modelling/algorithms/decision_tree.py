"""Decision tree: one tree that a person can read; its leaves enter as smoothed log-odds, or means of an amount."""

from collections.abc import Sized
from typing import TYPE_CHECKING

import numpy as np

from credit_platform.modelling.algorithms.base import Algorithm, Parameter, Recipe
from credit_platform.modelling.algorithms.space import Range, Space
from credit_platform.modelling.assembly import assemble
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.missing_fill import MissingFill, fit_missing_fill
from credit_platform.modelling.rows import Rows, Task
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.smoothed_leaves import smoothed_log_odds, smoothed_means, to_raw_tree

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

DEFAULTS: dict[str, Parameter] = {
    "max_depth": 8,
    "max_leaf_nodes": 24,
    "min_samples_leaf": None,
    "criterion": "log_loss",
    "ccp_alpha": 0.0,
    # Pseudo-rows at the overall bad rate in every leaf.
    "leaf_prior": 20.0,
}
SPACE: Space = {
    "max_depth": Range(low=3, high=10, whole=True),
    "max_leaf_nodes": Range(low=6, high=64, log=True, whole=True),
    "min_samples_leaf": Range(low=10, high=1000, log=True, whole=True),
    "leaf_prior": Range(low=2.0, high=200.0, log=True),
}


def train(
    sample: Rows, recipe: Recipe, *, task: Task = "binary"
) -> "tuple[DecisionTreeClassifier | DecisionTreeRegressor, MissingFill]":
    """scikit-learn's own tree on the filled matrix, and the fill."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if task == "binary" else DecisionTreeRegressor
    fill = fit_missing_fill(sample, recipe.signs)
    own = {name: value for name, value in recipe.params.items() if name != "leaf_prior"}
    constraints = list(recipe.signs) if any(recipe.signs) else None
    model = kind(**own, monotonic_cst=constraints, random_state=recipe.seed)
    return model.fit(fill.apply(sample.matrix), sample.label, sample_weight=sample.weight), fill


def fit(sample: Sample, recipe: Recipe) -> Forest:
    """Train and convert."""
    model, fill = train(sample, recipe)
    bad_rate = float(np.average(sample.label, weights=sample.weight))
    value = smoothed_log_odds(model.tree_, bad_rate=bad_rate, prior=recipe.number("leaf_prior"))
    tree = to_raw_tree(model.tree_, value, fill=fill, signs=recipe.signs)
    return assemble([tree], bias=0.0, width=len(sample.features))


def fit_amounts(rows: Rows, recipe: Recipe) -> Forest:
    """The same for an amount: leaves are smoothed means."""
    model, fill = train(rows, recipe, task="regression")
    mean = float(np.average(rows.label, weights=rows.weight))
    value = smoothed_means(model.tree_, mean=mean, prior=recipe.number("leaf_prior"))
    tree = to_raw_tree(model.tree_, value, fill=fill, signs=recipe.signs)
    return assemble([tree], bias=0.0, width=len(rows.features))


def large_leaf_rows(sample: Sized) -> int:
    """1% of the rows, at least 10 and at most 200: a tree of few, large leaves."""
    return int(np.clip(len(sample) // 100, 10, 200))


ALGORITHM = Algorithm[Sample]("decision_tree", DEFAULTS, fit, SPACE, {"min_samples_leaf": large_leaf_rows})
REGRESSOR = Algorithm[Rows](
    "decision_tree",
    DEFAULTS | {"criterion": "squared_error", "leaf_prior": 5.0},
    fit_amounts,
    SPACE,
    {"min_samples_leaf": large_leaf_rows},
)
