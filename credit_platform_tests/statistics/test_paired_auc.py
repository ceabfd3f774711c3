"""A challenger is better when a paired test says so: right about chance, able to see a gain, never not a number."""

import numpy as np
import pytest
from scipy.stats import norm

from credit_platform.statistics.arrays import OneClassError
from credit_platform.statistics.discrimination import auc
from credit_platform.statistics.experiments.paired_auc import auc_lift
from credit_platform_tests.statistics.pairs import pair


def delong_by_hand(y: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Lift and standard error from every pair of a bad and a good, as the paper writes it."""
    psi = [(s[y][:, None] > s[~y][None]) + 0.5 * (s[y][:, None] == s[~y][None]) for s in (a, b)]
    bad, good = ([p.mean(axis=axis) for p in psi] for axis in (1, 0))
    parts = [np.var(found[1] - found[0], ddof=1) / found[0].size for found in (bad, good)]
    return float(psi[1].mean() - psi[0].mean()), float(np.sqrt(sum(parts)))


def test_the_lift_and_its_error_are_delongs() -> None:
    rng = np.random.default_rng(3)
    y = rng.uniform(size=400) < 0.3
    a, b = np.round(rng.normal(size=(2, 400)) + y, 1)
    lift, error = delong_by_hand(y, a, b)
    found = auc_lift(y, a, b)
    assert found.lift == pytest.approx(lift, abs=1e-12)
    assert found.standard_error == pytest.approx(error, rel=0.01)
    assert (found.champion, found.challenger) == pytest.approx((auc(y, a), auc(y, b)), abs=1e-12)
    assert found.p_value == pytest.approx(norm.cdf(-lift / error), abs=0.01)
    assert auc_lift(y, b, a).p_value == pytest.approx(1 - found.p_value, abs=1e-12)


def test_identical_scores_and_scores_of_one_order_have_no_lift_and_p_value_one() -> None:
    rng = np.random.default_rng(4)
    y, a = rng.uniform(size=500) < 0.1, rng.normal(size=500)
    for b in (a, 2 * a + 1, np.exp(a)):
        found = auc_lift(y, a, b)
        assert (found.lift, found.p_value) == (0.0, 1.0)
    tiny = (([0, 1], [0, 0], [0, 1]), ([0, 0, 1, 1], [0] * 4, [0, 0, 1, 1]), ([0, 1, 1], [0, 1, 1], [0, 1, 2]))
    for few, before, after in tiny:
        assert 0 < auc_lift(few, before, after).p_value <= 1


def test_rows_of_one_entity_count_once() -> None:
    """Every customer ten times over: the error is that of the customers, not a third of it."""
    y, a, b = pair(np.random.default_rng(5), rows=300, bad_rate=0.3, auc=0.75, gain=0.0, correlation=0.5)
    once = auc_lift(y, a, b)
    many_y, many_a, many_b = (np.repeat(values, 10) for values in (y, a, b))
    entity = np.repeat(np.arange(300), 10)
    assert auc_lift(many_y, many_a, many_b, entity).standard_error == pytest.approx(once.standard_error, rel=1e-9)
    assert auc_lift(many_y, many_a, many_b).standard_error == pytest.approx(once.standard_error / np.sqrt(10), rel=0.01)


def test_chance_promotes_five_in_a_hundred_and_a_real_gain_nearly_always() -> None:
    """100 and 20 pairs; bench/promotion.py counts 1,000 and 200."""
    rng = np.random.default_rng(6)
    chance = [auc_lift(*pair(rng, rows=2_000, bad_rate=0.05, auc=0.75, gain=0, correlation=0.8)) for _ in range(100)]
    assert sum(found.p_value <= 0.05 for found in chance) <= 11
    better = [auc_lift(*pair(rng, rows=20_000, bad_rate=0.05, auc=0.75, gain=0.02, correlation=0.8)) for _ in range(20)]
    assert sum(found.p_value <= 0.05 for found in better) >= 16


def test_one_class_is_refused() -> None:
    with pytest.raises(OneClassError, match="found 0 bads of 3 rows"):
        auc_lift([0, 0, 0], [1, 2, 3], [1, 2, 3])


def test_a_row_of_weight_three_is_three_rows_of_one_entity() -> None:
    rng = np.random.default_rng(6)
    y = rng.uniform(size=300) < 0.3
    a, b = np.round(rng.normal(size=(2, 300)) + y, 1)
    times = rng.integers(1, 4, 300)
    rows = np.repeat(np.arange(300), times)
    weighted, repeated = auc_lift(y, a, b, weight=times), auc_lift(y[rows], a[rows], b[rows], rows)
    assert (weighted.champion, weighted.lift) == pytest.approx((repeated.champion, repeated.lift), abs=1e-12)
    assert weighted.standard_error == pytest.approx(repeated.standard_error, rel=1e-9)
    assert weighted.p_value == pytest.approx(repeated.p_value, rel=1e-9)
    assert weighted.champion == pytest.approx(auc(y, a, weight=times), abs=1e-12)
    assert auc_lift(y, a, np.exp(a), weight=times).p_value == 1.0
