import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats.contingency import association

from credit_platform.statistics.association import cramers_v, weight_of_evidence
from credit_platform.statistics.distributions import compare
from credit_platform.statistics.experiments.design import minimum_detectable_effect, sample_ratio_mismatch
from credit_platform.statistics.experiments.proportions import compare_proportions
from credit_platform.statistics.proportions import wilson_interval
from credit_platform.statistics.two_sample.registry import USUAL


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    generator = np.random.default_rng(0)

    def frame(rows: int, shift: float, share: float) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "same": generator.normal(size=rows),
                "moved": generator.normal(shift, 1, rows),
                "kind": np.where(generator.random(rows) < share, "a", "b"),
                "day": pd.Timestamp("2022-01-01"),
            }
        )

    return frame(4_000, 0, 0.5), frame(2_000, 0.5, 0.7)


def test_every_column_but_dates_is_compared_and_the_moved_ones_are_found() -> None:
    checks = compare(*frames())
    assert [(c.column, c.test) for c in checks] == [
        (column, test)
        for column, tests in {"same": USUAL["numeric"], "moved": USUAL["numeric"], "kind": USUAL["category"]}.items()
        for test in tests
    ]
    assert {c.column for c in checks if c.is_different} == {"moved", "kind"}


def test_statistics_and_p_values_equal_scipy() -> None:
    reference, current = frames()
    found = {(c.column, c.test): c for c in compare(reference, current)}
    ks = stats.ks_2samp(reference["moved"], current["moved"], method="asymp")
    assert (found["moved", "ks"].statistic, found["moved", "ks"].p_value) == pytest.approx((ks.statistic, ks.pvalue))
    wins = stats.mannwhitneyu(current["moved"], reference["moved"]).statistic / (4_000 * 2_000)
    assert found["moved", "ks"].effect_size == pytest.approx(2 * wins - 1)
    table = np.array([reference["kind"].value_counts().sort_index(), current["kind"].value_counts().sort_index()])
    chi = stats.chi2_contingency(table, correction=False)
    assert found["kind", "chi_square"].statistic == pytest.approx(chi.statistic)
    assert found["kind", "chi_square"].effect_size == pytest.approx(association(table, method="cramer"))


def test_a_column_that_the_current_sample_lacks_is_named() -> None:
    reference, current = frames()
    with pytest.raises(ValueError, match=r"columns \['moved'\] missing"):
        compare(reference, current.drop(columns="moved"))


def test_information_value_by_hand() -> None:
    values = ["a"] * 100 + ["b"] * 100
    label = np.r_[np.ones(20), np.zeros(80), np.ones(10), np.zeros(90)]
    table = weight_of_evidence(values, label)
    goods, bads = np.array([80.5, 90.5]) / 171, np.array([20.5, 10.5]) / 31
    np.testing.assert_allclose([b.woe for b in table.bins], np.log(goods / bads))
    assert table.information_value == pytest.approx(((goods - bads) * np.log(goods / bads)).sum())
    assert [(b.rows, b.bads) for b in table.bins] == [(100, 20), (100, 10)]


def test_cramers_v_is_one_for_copies_and_zero_for_independent_columns() -> None:
    generator = np.random.default_rng(1)
    first, second = generator.integers(0, 4, (2, 3_000))
    assert cramers_v(first, first) == pytest.approx(1.0, abs=1e-3)
    assert cramers_v(first, second) < 0.04


def test_wilson_interval_equals_scipy_and_stays_inside_0_and_1() -> None:
    for events, rows in ((0, 10), (3, 10), (10, 10), (175, 6000)):
        expected = stats.binomtest(events, rows).proportion_ci(0.95, method="wilson")
        assert [float(b) for b in wilson_interval(events, rows)] == pytest.approx([expected.low, expected.high])
    assert [float(b) for b in wilson_interval(0, 0)] == [0.0, 1.0]


def test_difference_of_proportions_has_the_published_newcombe_interval() -> None:
    # Newcombe 1998, table II, case (a): 56/70 - 48/80, method 10: .0524 to .3339.
    found = compare_proportions((48, 80), (56, 70))
    assert (found.difference, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert found.is_significant


def test_clusters_weaken_an_experiment() -> None:
    assert compare_proportions((48, 80), (56, 70), deff=4.0).p_value > 0.05


def test_sample_ratio_mismatch_and_minimum_effect() -> None:
    assert sample_ratio_mismatch(5_000, 5_050) > 0.5
    assert sample_ratio_mismatch(5_000, 5_500) < 1e-5
    # z(.975) + z(.8) = 2.8016; sqrt(.1 * .9 * 2 / 1000) = .013416.
    assert minimum_detectable_effect(0.1, 1_000, 1_000) == pytest.approx(2.8016 * 0.0134164, rel=1e-4)
