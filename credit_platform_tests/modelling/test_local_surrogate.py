"""LIME's recipe finds what it should where it is right: additive effects of quartiles."""

import numpy as np
import pytest

from credit_platform.modelling.local_surrogate import agreement, local_surrogate
from credit_platform.modelling.sample import Floats, Matrix

BACKGROUND = np.random.default_rng(2).normal(size=(2_000, 3)).astype(np.float32)
PLAIN = np.zeros(3, dtype=np.bool_)


def stepped(matrix: Matrix) -> Floats:
    """Two more for a row in the top quartile of the first column, one less in the bottom quartile of the second."""
    top, bottom = np.quantile(BACKGROUND[:, 0], 0.75), np.quantile(BACKGROUND[:, 1], 0.25)
    return 2.0 * (matrix[:, 0] > top) - 1.0 * (matrix[:, 1] <= bottom)


def test_the_weight_of_a_column_is_what_being_in_its_quartile_is_worth() -> None:
    row = np.array([2.0, -2.0, 0.0], dtype=np.float32)
    weights, fit = local_surrogate(stepped, row, BACKGROUND, is_category=PLAIN, seed=1)
    assert weights == pytest.approx([2, -1, 0], abs=0.05)
    assert fit > 0.99
    again, _ = local_surrogate(stepped, row, BACKGROUND, is_category=PLAIN, seed=1)
    assert again.tobytes() == weights.tobytes()


def test_a_category_and_a_missing_value_are_the_same_or_not() -> None:
    background = np.stack([np.arange(400) % 4, np.where(np.arange(400) % 2, np.nan, 1.0)], axis=1).astype(np.float32)
    row = np.array([3.0, np.nan], dtype=np.float32)

    def margin(matrix: Matrix) -> Floats:
        return 1.0 * (matrix[:, 0] == 3) + 0.5 * np.isnan(matrix[:, 1])

    weights, _ = local_surrogate(margin, row, background, is_category=np.array([True, False]), seed=1)
    assert weights == pytest.approx([1.0, 0.5], abs=0.03)


def test_agreement_is_full_with_itself_and_none_with_the_opposite() -> None:
    rows = np.array([[2.0, -2.0, 0.0], [2.0, 2.0, 0.0]], dtype=np.float32)
    exact = np.stack(
        [local_surrogate(stepped, r, BACKGROUND, is_category=PLAIN, seed=s)[0] for s, r in enumerate(rows)]
    )
    same = agreement(stepped, rows, exact, BACKGROUND, is_category=PLAIN, seed=0)
    assert (same.rows, same.rank_correlation, same.same_top, same.same_adverse) == (2, 1.0, 1.0, 1.0)
    opposite = agreement(stepped, rows, -exact, BACKGROUND, is_category=PLAIN, seed=0)
    assert (opposite.rank_correlation, opposite.same_top, opposite.same_adverse) == (-1.0, 1.0, 0.0)
