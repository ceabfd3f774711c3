"""XGBoost: gradient boosting, level by level; enters the ensemble by its margin."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from credit_platform.modelling.algorithms.base import Algorithm, Parameter, Recipe
from credit_platform.modelling.algorithms.space import Range, Space
from credit_platform.modelling.assembly import RawTree, assemble
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.rows import Rows
from credit_platform.modelling.sample import Sample

if TYPE_CHECKING:
    import xgboost

DEFAULTS: dict[str, Parameter] = {
    "num_boost_round": 250,
    "learning_rate": 0.05,
    "max_depth": 4,
    # In hessian units p (1 - p): at a 2% bad rate 1 is about 50 rows.
    "min_child_weight": 1.0,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
    "reg_alpha": 0.0,
    "reg_lambda": 5.0,
    "gamma": 0.0,
    "max_bin": 256,
}
SPACE: Space = {
    # At a fixed number of trees: how far the boosting goes.
    "learning_rate": Range(low=0.01, high=0.2, log=True),
    "max_depth": Range(low=2, high=6, whole=True),
    "min_child_weight": Range(low=0.1, high=20.0, log=True),
    "subsample": Range(low=0.5, high=1.0),
    "colsample_bytree": Range(low=0.3, high=1.0),
    "reg_lambda": Range(low=0.1, high=100.0, log=True),
}


def train(sample: Rows, recipe: Recipe, *, objective: str = "binary:logistic") -> "xgboost.Booster":
    """The library's own booster, trained on the sample's matrix."""
    import xgboost

    params = {name: value for name, value in recipe.params.items() if name != "num_boost_round"}
    fixed = {
        "objective": objective,
        "tree_method": "hist",
        "monotone_constraints": str(recipe.signs) if len(recipe.signs) > 1 else f"({recipe.signs[0]})",
        "seed": recipe.seed,
        "nthread": recipe.threads,
        "verbosity": 1,
    }
    data = xgboost.DMatrix(
        sample.matrix, label=sample.label, weight=sample.weight, missing=np.nan, nthread=recipe.threads
    )
    return xgboost.train({**params, **fixed}, data, num_boost_round=recipe.integer("num_boost_round"))


def to_forest(booster: "xgboost.Booster") -> Forest:
    """The booster's margin as a forest: XGBoost's own comparison is x < threshold, its bias the link of base_score."""
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    parameters = learner["learner_model_param"]
    trees = [_tree(tree) for tree in learner["gradient_booster"]["model"]["trees"]]
    bias = _BIAS[learner["objective"]["name"]](_score(parameters["base_score"]))
    return assemble(trees, bias=bias, width=int(parameters["num_feature"]))


def _score(base_score: str) -> float:
    # "[1.8E-2]" since 3.1 (one score a target), "1.8E-2" before.
    return float(base_score.strip("[]"))


_BIAS: dict[str, Callable[[float], float]] = {
    "binary:logistic": lambda score: float(np.log(score) - np.log1p(-score)),
    "reg:squarederror": lambda score: score,
}


def _tree(tree: Mapping[str, Any]) -> RawTree:
    # A leaf keeps its value where an inner node keeps its threshold.
    condition = np.array(tree["split_conditions"], dtype=np.float32)
    return RawTree(
        feature=np.array(tree["split_indices"], dtype=np.int64),
        threshold=condition,
        missing_left=np.array(tree["default_left"], dtype=np.bool_),
        left=np.array(tree["left_children"], dtype=np.int64),
        right=np.array(tree["right_children"], dtype=np.int64),
        value=condition.astype(np.float64),
    )


def fit(sample: Sample, recipe: Recipe) -> Forest:
    """Train and convert."""
    return to_forest(train(sample, recipe))


def fit_amounts(rows: Rows, recipe: Recipe) -> Forest:
    """The same for an amount, by squared error."""
    return to_forest(train(rows, recipe, objective="reg:squarederror"))


ALGORITHM = Algorithm[Sample]("xgboost", DEFAULTS, fit, SPACE)
REGRESSOR = Algorithm[Rows]("xgboost", DEFAULTS | {"max_depth": 6, "min_child_weight": 5.0}, fit_amounts, SPACE)
