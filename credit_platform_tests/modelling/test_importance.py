"""Permutation importance and partial dependence of functions whose truth is known."""

import numpy as np
import pytest

from credit_platform.modelling.importance import partial_dependence, permutation_importance
from credit_platform.modelling.sample import Floats, Matrix, Units
from credit_platform.statistics.arrays import OneClassError
from credit_platform.statistics.discrimination import auc

ROWS, NAMES = 4_000, ("strong", "weak", "unused", "constant")
ALL = np.arange(len(NAMES))


def additive(matrix: Matrix) -> Floats:
    return -1 + 1.5 * matrix[:, 0].astype(np.float64) + 0.4 * matrix[:, 1]


def interacting(matrix: Matrix) -> Floats:
    return np.asarray(matrix[:, 0] * np.sign(matrix[:, 1]), dtype=np.float64)


@pytest.fixture(scope="module")
def drawn() -> tuple[Matrix, Units]:
    """Four rows of each entity, all alike."""
    generator = np.random.default_rng(4)
    matrix = np.repeat(generator.normal(size=(ROWS // 4, 4)).astype(np.float32), 4, axis=0)
    matrix[:, 3] = 1.0
    label = np.repeat(generator.random(ROWS // 4) < 1 / (1 + np.exp(-additive(matrix[::4]))), 4).astype(np.int8)
    entity = np.repeat(np.arange(ROWS // 4), 4)
    return matrix, Units(key=np.arange(ROWS), label=label, weight=np.ones(ROWS), entity=entity)


def test_shuffling_costs_what_a_feature_is_worth_and_nothing_where_it_is_unused(drawn: tuple[Matrix, Units]) -> None:
    matrix, units = drawn
    found = permutation_importance(additive, matrix, units, columns=ALL, names=NAMES, seed=1, repeats=3)
    assert [each.feature for each in found][:2] == ["strong", "weak"]
    strong, weak, *rest = found
    shuffled = matrix.copy()
    shuffled[:, 0] = np.random.default_rng(9).permutation(shuffled[:, 0])
    drop = auc(units.label, additive(matrix)) - auc(units.label, additive(shuffled))
    assert strong.auc_drop.estimate == pytest.approx(drop, abs=0.02)
    assert strong.auc_drop.low > 0.15 and strong.log_loss_rise.low > 0.2
    assert weak.auc_drop.is_above_zero
    assert {(e.auc_drop.estimate, e.log_loss_rise.estimate) for e in rest} == {(0.0, 0.0)}


def test_intervals_count_entities_and_not_rows(drawn: tuple[Matrix, Units]) -> None:
    """Four rows that say the same are one: their interval is twice as wide as if they were four."""
    matrix, units = drawn
    apart = Units(key=units.key, label=units.label, weight=units.weight)
    known = permutation_importance(additive, matrix, units, columns=ALL, names=NAMES, seed=1, repeats=1)[0].auc_drop
    naive = permutation_importance(additive, matrix, apart, columns=ALL, names=NAMES, seed=1, repeats=1)[0].auc_drop
    assert (known.high - known.low) / (naive.high - naive.low) == pytest.approx(1.5, abs=0.3)
    assert (known.count, naive.count) == (ROWS // 4, ROWS)


def test_one_class_has_no_importance(drawn: tuple[Matrix, Units]) -> None:
    matrix, units = drawn
    goods = np.flatnonzero(units.label == 0)
    with pytest.raises(OneClassError, match="found 0 bads"):
        permutation_importance(additive, matrix[goods], units.take(goods), columns=ALL, names=NAMES, seed=1, repeats=1)


def test_an_additive_effect_has_no_band_and_an_interaction_hides_in_a_flat_mean(drawn: tuple[Matrix, Units]) -> None:
    matrix = drawn[0][:400]
    straight = partial_dependence(additive, matrix, 0, name="strong")
    assert straight is not None
    assert np.diff(straight.mean) == pytest.approx(1.5 * np.diff(straight.grid), rel=1e-4)
    assert straight.high == pytest.approx(straight.low, abs=1e-9)
    crossed = partial_dependence(interacting, matrix, 0, name="strong")
    assert crossed is not None
    assert np.ptp(crossed.mean) < 0.2 * np.ptp(crossed.grid)
    assert (crossed.high - crossed.low)[[0, -1]].min() > 3
    assert partial_dependence(additive, matrix, 3, name="constant") is None


def test_the_grid_of_a_category_is_the_codes_that_occur() -> None:
    matrix = np.array([[0, 1], [2, 1], [np.nan, 1]], dtype=np.float32)
    found = partial_dependence(lambda rows: rows[:, 0].astype(np.float64), matrix, 0, name="c", codes=4)
    assert found is not None
    assert (found.grid.tolist(), found.mean.tolist()) == ([0.0, 2.0], [0.0, 2.0])
