"""Noise in the ninth decimal of the inputs parts no row from its way, and so from its reasons."""

import numpy as np
import pytest

from credit_platform.modelling import algorithms
from credit_platform.modelling.bulk_reasons import bulk_contributions
from credit_platform.modelling.clearance import CLEARANCE, with_clearance
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.sample import Matrix, Sample
from credit_platform.modelling.training import cross_validate
from credit_platform_tests.modelling.test_algorithms import SMALL
from credit_platform_tests.modelling.test_monotonicity import forest, tree

NOISE = 1e-9


def noisy(matrix: Matrix, *, seed: int) -> Matrix:
    """Each cell as it would have been read from an input that is 1e-9 off, in itself or for its size."""
    generator = np.random.default_rng(seed)
    exact = matrix.astype(np.float64)
    noise = generator.uniform(-NOISE, NOISE, matrix.shape)
    return (exact + noise * np.where(generator.random(matrix.shape) < 0.5, 1.0, exact)).astype(np.float32)


@pytest.mark.parametrize("name", list(SMALL))
def test_clear_thresholds_keep_every_row_on_its_way_with_missing_cells_too(
    name: str, sample: Sample, blanked: Matrix
) -> None:
    fitted = algorithms.fit(name, sample, params=SMALL[name], seed=1, threads=1, monotone={})
    clear = with_clearance(fitted, sample.matrix)
    for matrix in (sample.matrix, blanked):
        assert np.array_equal(clear.leaves(matrix), fitted.leaves(matrix))


def test_a_trained_model_gives_the_same_bytes_of_reasons_under_noise(sample: Sample) -> None:
    folds = make_folds(sample, count=2, seed=1)
    for name in ("lightgbm", "xgboost", "random_forest"):
        found = cross_validate(name, sample, folds, params=SMALL[name], seed=1, threads=1, monotone={}).forest
        before, _ = bulk_contributions(found, sample.matrix, sample.matrix)
        after, _ = bulk_contributions(found, sample.matrix, noisy(sample.matrix, seed=2))
        assert before.tobytes() == after.tobytes()


def test_without_clearance_such_noise_does_part_rows(sample: Sample) -> None:
    """Column 4 is zero in half of the rows, and LightGBM parts zero from everything above 1e-35."""
    fitted = algorithms.fit("lightgbm", sample, params=SMALL["lightgbm"], seed=1, threads=1, monotone={})
    assert (fitted.leaves(sample.matrix) != fitted.leaves(noisy(sample.matrix, seed=2))).any()


def test_a_threshold_moves_no_further_than_the_clearance_or_the_middle() -> None:
    values = np.array([[0.0, 0], [1.0, 0], [1.0 + 1e-6, 0], [8e6, 0]], dtype=np.float32)
    near_zero, on_a_value, between_near_ones, far = 1e-35, 8e6, 1.0 + 1e-6, 0.4
    nodes = [tree((0, at, 1), 0.0, 1.0) for at in (near_zero, on_a_value, between_near_ones, far)]
    found = with_clearance(forest(*nodes), values).threshold[::3]
    assert found[0] == pytest.approx(CLEARANCE)
    assert found[1] == np.float32(8e6 - 8)
    assert 1.0 < found[2] < np.float32(1.0 + 1e-6)
    assert found[3] == np.float32(0.4)


def test_neighbours_of_float32_stay_apart() -> None:
    one = np.float32(1.0)
    values = np.array([[one, 0], [np.nextafter(one, np.float32(2)), 0]], dtype=np.float32)
    kept = with_clearance(forest(tree((0, float(values[1, 0]), 1), 0.0, 1.0)), values)
    assert kept.margin(values).tolist() == [0.0, 1.0]
