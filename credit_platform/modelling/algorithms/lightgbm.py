"""LightGBM: gradient boosting, leaf by leaf; enters the ensemble by its margin."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from credit_platform.modelling.algorithms.base import Algorithm, Parameter, Recipe, leaf_rows
from credit_platform.modelling.algorithms.space import Range, Space
from credit_platform.modelling.assembly import RawTree, assemble, strictly_below
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.rows import Rows
from credit_platform.modelling.sample import Sample

if TYPE_CHECKING:
    import lightgbm

DEFAULTS: dict[str, Parameter] = {
    "num_iterations": 250,
    "learning_rate": 0.04,
    "num_leaves": 15,
    "max_depth": -1,
    "min_data_in_leaf": None,
    # In hessian units p (1 - p): half of one expected bad, where the library's own .001 lets a leaf hold none.
    "min_sum_hessian_in_leaf": 0.5,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l1": 0.0,
    "lambda_l2": 5.0,
    "max_bin": 255,
}
SPACE: Space = {
    # At a fixed number of trees: how far the boosting goes.
    "learning_rate": Range(low=0.01, high=0.15, log=True),
    "num_leaves": Range(low=4, high=31, log=True, whole=True),
    "min_data_in_leaf": Range(low=5, high=400, log=True, whole=True),
    "min_sum_hessian_in_leaf": Range(low=0.05, high=10.0, log=True),
    "feature_fraction": Range(low=0.3, high=1.0),
    "bagging_fraction": Range(low=0.5, high=1.0),
    "lambda_l2": Range(low=0.1, high=100.0, log=True),
}
# Of squared error every row's hessian is 1, so the leaf's bound in rows is the only one; an amount says more of a row
# than a class, so trees may have more leaves.
AMOUNT_SPACE: Space = {name: each for name, each in SPACE.items() if name != "min_sum_hessian_in_leaf"} | {
    "num_leaves": Range(low=4, high=63, log=True, whole=True)
}


def train(sample: Rows, recipe: Recipe, *, objective: str = "binary") -> "lightgbm.Booster":
    """The library's own booster, trained on the sample's matrix with every switch for repeatable results."""
    import lightgbm

    params = {name: value for name, value in recipe.params.items() if name != "num_iterations"}
    fixed = {
        "objective": objective,
        "monotone_constraints": list(recipe.signs) if any(recipe.signs) else None,
        "seed": recipe.seed,
        "num_threads": recipe.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(sample.matrix, label=sample.label, weight=sample.weight, free_raw_data=True)
    return lightgbm.train({**params, **fixed}, data, num_boost_round=recipe.integer("num_iterations"))


def to_forest(booster: "lightgbm.Booster") -> Forest:
    """The booster's margin as a forest; its bias is already inside the first tree's leaves."""
    trees = [_tree(info["tree_structure"]) for info in booster.dump_model()["tree_info"]]
    return assemble(trees, bias=0.0, width=booster.num_feature())


def _walk(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    level = [root]
    while level:
        yield from level
        level = [node[side] for node in level if "left_child" in node for side in ("left_child", "right_child")]


def _tree(root: Mapping[str, Any]) -> RawTree:
    nodes = list(_walk(root))
    number = {id(node): position for position, node in enumerate(nodes)}
    threshold = np.array([node.get("threshold", 0.0) for node in nodes], dtype=np.float64)
    return RawTree(
        feature=np.array([node.get("split_feature", -1) for node in nodes], dtype=np.int64),
        threshold=strictly_below(threshold),
        missing_left=np.array([_missing_goes_left(node) for node in nodes], dtype=np.bool_),
        left=np.array([number.get(id(node.get("left_child")), -1) for node in nodes], dtype=np.int64),
        right=np.array([number.get(id(node.get("right_child")), -1) for node in nodes], dtype=np.int64),
        value=np.array([node.get("leaf_value", 0.0) for node in nodes], dtype=np.float64),
    )


def _missing_goes_left(node: Mapping[str, Any]) -> bool:
    """A column never missing in training has missing_type None, and LightGBM then reads a NaN as 0."""
    if "left_child" not in node:
        return False
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        raise ValueError(
            f"LightGBM node with decision {node['decision_type']!r} and missing type {node['missing_type']!r}; "
            "expected numeric splits with missing type 'None' or 'NaN': "
            "leave zero_as_missing and categorical features off"
        )
    return bool(node["default_left"]) if node["missing_type"] == "NaN" else 0.0 <= float(node["threshold"])


def fit(sample: Sample, recipe: Recipe) -> Forest:
    """Train and convert."""
    return to_forest(train(sample, recipe))


def fit_amounts(rows: Rows, recipe: Recipe) -> Forest:
    """The same for an amount, by squared error."""
    return to_forest(train(rows, recipe, objective="regression"))


ALGORITHM = Algorithm[Sample]("lightgbm", DEFAULTS, fit, SPACE, {"min_data_in_leaf": leaf_rows})
REGRESSOR = Algorithm[Rows](
    "lightgbm", DEFAULTS | {"num_leaves": 31}, fit_amounts, AMOUNT_SPACE, {"min_data_in_leaf": leaf_rows}
)
