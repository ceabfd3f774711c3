"""A forest as an XGBoost model document (xgboost.readthedocs.io, "Introduction to Model IO", schema of 3.1)."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from credit_platform.modelling import ubjson

if TYPE_CHECKING:
    from credit_platform.modelling.forest import Forest
    from credit_platform.modelling.sample import Floats

NO_PARENT = np.int32(2**31 - 1)
SCHEMA_VERSION = (3, 1, 0)
"""First schema in which base_score is a vector; later versions read it."""


def model_bytes(forest: "Forest", *, names: tuple[str, ...] | None, cover: "Floats") -> bytes:
    """UBJSON for ``Booster.load_model(bytearray(...))``: identity link, base score 0, covers (nodes,) as given.

    The bias is a last tree of a single leaf where ``names`` are given (a served model); without names the document
    holds the forest's own trees only, to route rows.
    """
    trees = [_tree(forest, number, cover) for number in range(forest.trees)]
    if names is not None:
        root_cover = float(cover[0]) if forest.trees else 1.0
        trees.append(_constant_tree(forest.bias, cover=root_cover, width=forest.width, number=len(trees)))
    model: ubjson.Value = {
        "cats": {"enc": [], "feature_segments": np.zeros(0, np.int32), "sorted_idx": np.zeros(0, np.int32)},
        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(trees))},
        "iteration_indptr": list(range(len(trees) + 1)),
        "tree_info": [0] * len(trees),
        "trees": trees,
    }
    learner: ubjson.Value = {
        "attributes": {},
        "feature_names": list(names or ()),
        "feature_types": ["float"] * len(names or ()),
        "gradient_booster": {"model": model, "name": "gbtree"},
        "learner_model_param": {
            "base_score": "[0E0]",
            "boost_from_average": "0",
            "num_class": "0",
            "num_feature": str(forest.width),
            "num_target": "1",
        },
        "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}},
    }
    return ubjson.write({"learner": learner, "version": list(SCHEMA_VERSION)})


def _tree(forest: "Forest", number: int, cover: "Floats") -> ubjson.Value:
    nodes = slice(int(forest.offsets[number]), int(forest.offsets[number + 1]))
    left = forest.left[nodes]
    return _document(
        left=left,
        feature=np.where(left < 0, 0, forest.feature[nodes]).astype(np.int32),
        condition=np.where(left < 0, forest.value[nodes], forest.threshold[nodes]).astype(np.float32),
        missing_left=forest.missing_left[nodes],
        cover=cover[nodes],
        width=forest.width,
        number=number,
    )


def _constant_tree(value: float, *, cover: float, width: int, number: int) -> ubjson.Value:
    return _document(
        left=np.full(1, -1, dtype=np.int32),
        feature=np.zeros(1, dtype=np.int32),
        condition=np.full(1, value, dtype=np.float32),
        missing_left=np.zeros(1, dtype=np.bool_),
        cover=np.full(1, cover),
        width=width,
        number=number,
    )


def _document(
    *,
    left: NDArray[np.int32],
    feature: NDArray[np.int32],
    condition: NDArray[np.float32],
    missing_left: NDArray[np.bool_],
    cover: "Floats",
    width: int,
    number: int,
) -> ubjson.Value:
    count, is_leaf = len(left), left < 0
    inner = np.flatnonzero(~is_leaf).astype(np.int32)
    parents = np.full(count, NO_PARENT, dtype=np.int32)
    parents[left[inner]] = inner
    parents[left[inner] + 1] = inner
    return {
        "base_weights": np.where(is_leaf, condition, 0).astype(np.float32),
        "categories": np.zeros(0, np.int32),
        "categories_nodes": np.zeros(0, np.int32),
        "categories_segments": np.zeros(0, np.int64),
        "categories_sizes": np.zeros(0, np.int64),
        "default_left": missing_left.astype(np.uint8),
        "id": number,
        "left_children": left,
        "loss_changes": np.zeros(count, np.float32),
        "parents": parents,
        "right_children": np.where(is_leaf, -1, left + 1).astype(np.int32),
        "split_conditions": condition,
        "split_indices": feature,
        "split_type": np.zeros(count, np.uint8),
        "sum_hessian": cover.astype(np.float32),
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(width),
            "num_nodes": str(count),
            "size_leaf_vector": "1",
        },
    }
