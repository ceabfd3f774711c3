"""The folded model: the stack to 1e-3, additive reasons, one baseline, the same bytes twice."""

import numpy as np
import pytest
import xgboost

from credit_platform.modelling import algorithms
from credit_platform.modelling.fold import baseline, covers, reference_rows, to_xgboost
from credit_platform.modelling.forest import Forest, combine
from credit_platform.modelling.sample import Matrix, Sample

MEMBERS = {
    "logistic_regression": ({}, 0.3),
    "decision_tree": ({}, 0.1),
    "random_forest": ({"n_estimators": 15}, 0.4),
    "lightgbm": ({"num_iterations": 30}, 0.5),
    "xgboost": ({"num_boost_round": 30}, 0.2),
}


@pytest.fixture(scope="module")
def members(sample: Sample) -> dict[str, Forest]:
    return {
        name: algorithms.fit(name, sample, params=params, seed=1, threads=1, monotone={})
        for name, (params, _) in MEMBERS.items()
    }


@pytest.fixture(scope="module")
def forest(members: dict[str, Forest]) -> Forest:
    return combine([(members[name], weight) for name, (_, weight) in MEMBERS.items()], bias=-0.4)


@pytest.fixture(scope="module")
def booster(forest: Forest, sample: Sample) -> xgboost.Booster:
    loaded = xgboost.Booster({"nthread": 1})
    loaded.load_model(bytearray(to_xgboost(forest, sample.names, sample.matrix)))
    return loaded


def rows(sample: Sample, matrix: Matrix) -> xgboost.DMatrix:
    return xgboost.DMatrix(matrix, feature_names=list(sample.names))


def test_the_folded_model_is_the_weighted_sum_of_its_members(
    booster: xgboost.Booster, members: dict[str, Forest], sample: Sample, blanked: Matrix
) -> None:
    for matrix in (sample.matrix, blanked):
        expected = -0.4 + sum(weight * members[name].margin(matrix) for name, (_, weight) in MEMBERS.items())
        assert np.abs(booster.predict(rows(sample, matrix)) - expected).max() <= 1e-3


def test_contributions_add_up_to_the_margin_from_the_mean_of_the_reference(
    booster: xgboost.Booster, forest: Forest, sample: Sample, blanked: Matrix
) -> None:
    data = rows(sample, blanked)
    contributions = booster.predict(data, pred_contribs=True)
    assert np.abs(contributions.sum(axis=1) - booster.predict(data)).max() <= 1e-3
    assert contributions[:, -1] == pytest.approx(baseline(forest, sample.matrix), abs=1e-3)


def test_one_row_is_scored_bit_for_bit_as_in_bulk(booster: xgboost.Booster, sample: Sample) -> None:
    bulk = booster.predict(rows(sample, sample.matrix))
    single = [booster.predict(rows(sample, sample.matrix[row : row + 1]))[0] for row in range(40)]
    assert np.array_equal(bulk[:40], np.array(single))


def test_the_same_forest_folds_to_the_same_bytes(forest: Forest, sample: Sample) -> None:
    first, second = (to_xgboost(forest, sample.names, sample.matrix) for _ in "12")
    assert first == second


def test_covers_count_the_reference_and_are_never_zero(forest: Forest, sample: Sample) -> None:
    cover = covers(forest, sample.matrix[:30])
    inner = np.flatnonzero(forest.left >= 0)
    start = np.repeat(forest.offsets[:-1], np.diff(forest.offsets))
    left = (start + forest.left)[inner]
    assert cover.min() > 0
    assert cover[inner] == pytest.approx(cover[left] + cover[left + 1])
    assert cover[forest.offsets[:-1]] == pytest.approx(np.full(forest.trees, 30), abs=2)


def test_folding_without_a_reference_is_refused(forest: Forest, sample: Sample) -> None:
    with pytest.raises(ValueError, match="0 reference rows"):
        to_xgboost(forest, sample.names, sample.matrix[:0])


def test_the_reference_sample_is_seeded_and_bounded() -> None:
    first, second = (reference_rows(1000, size=100, seed=3) for _ in "12")
    assert np.array_equal(first, second)
    assert len(np.unique(first)) == 100
    assert reference_rows(50, size=100, seed=3).tolist() == list(range(50))
