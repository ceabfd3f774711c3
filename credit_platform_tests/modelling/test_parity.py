"""The folded forest gives every member's own margin and takes every member's own way, leaf by leaf."""

from dataclasses import replace

import numpy as np
import pytest

from credit_platform.engine.forest import load_forest
from credit_platform.modelling.fold import to_xgboost
from credit_platform.modelling.forest import combine
from credit_platform.modelling.sample import Matrix, Sample
from credit_platform_tests.bench.own_members import Own, misrouted, own_members

SMALL = {"random_forest": {"n_estimators": 15}, "lightgbm": {"num_iterations": 30}, "xgboost": {"num_boost_round": 30}}


@pytest.fixture(scope="module")
def members(sample: Sample) -> dict[str, Own]:
    return own_members(sample, params=SMALL, seed=5, threads=1)


def test_every_row_reaches_the_leaf_that_its_library_sends_it_to(
    members: dict[str, Own], sample: Sample, blanked: Matrix
) -> None:
    for matrix in (sample.matrix, blanked):
        wrong = {name: misrouted(own, matrix, threads=1) for name, own in members.items()}
        assert wrong == dict.fromkeys(members, 0)


def test_the_served_margin_is_the_sum_of_the_libraries_own(
    members: dict[str, Own], sample: Sample, blanked: Matrix
) -> None:
    whole = combine([(own.forest, 0.2) for own in members.values()], bias=0.0)
    served = load_forest(to_xgboost(whole, sample.names, sample.matrix), feature_count=len(sample.names))
    for matrix in (sample.matrix, blanked):
        expected = sum((0.2 * own.margin(matrix) for own in members.values()), np.zeros(len(matrix)))
        assert np.abs(served.margin(matrix) - expected).max() <= 1e-3


def test_a_row_sent_elsewhere_is_counted(members: dict[str, Own], sample: Sample) -> None:
    own = members["lightgbm"]
    moved = sample.matrix.copy()
    moved[:7] = moved[-7:]
    theirs = replace(own, leaves=lambda matrix: own.leaves(moved))
    changed = int((own.leaves(moved) != own.leaves(sample.matrix)).sum())
    assert misrouted(theirs, sample.matrix, threads=1) == changed > 0
