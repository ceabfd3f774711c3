"""Comparisons of two arms against statsmodels, scipy and published values; then intervals under peeking."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.power import NormalIndPower, zt_ind_solve_power

from credit_platform.statistics.experiments.design import (
    SRM_LEVEL,
    minimum_detectable_difference,
    power_of_rates,
    rows_needed,
    sample_ratio_mismatch,
)
from credit_platform.statistics.experiments.means import compare_means, difference_effect
from credit_platform.statistics.experiments.paired import compare_outcomes
from credit_platform.statistics.experiments.sequential import (
    always_valid_difference,
    always_valid_factor,
    always_valid_mean,
    betting_interval,
)

LOOKS = np.unique(np.geomspace(100, 3_000, 12).astype(int))


def clustered(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, arm (by entity) and entity of 300 entities with 1 to 9 rows."""
    generator = np.random.default_rng(seed)
    entity = np.repeat(np.arange(300), generator.integers(1, 10, 300))
    treated = generator.random(300) < 0.4
    return generator.normal(size=300)[entity] + generator.normal(size=entity.size), treated[entity], entity


def test_welch_equals_scipy() -> None:
    generator = np.random.default_rng(0)
    control, treatment = generator.normal(0, 1, 50), generator.normal(0.5, 2, 30)
    found = compare_means(np.r_[control, treatment], np.arange(80) >= 50)
    expected = stats.ttest_ind(treatment, control, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert (found.p_value, found.dof) == pytest.approx((float(expected.pvalue), float(expected.df)))
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_the_cluster_robust_error_equals_statsmodels() -> None:
    value, treated, entity = clustered(1)
    fit = sm.OLS(value, sm.add_constant(treated.astype(float)))
    robust = fit.fit(cov_type="cluster", cov_kwds={"groups": entity, "use_correction": False})
    found = compare_means(value, treated, entity)
    assert found.difference == pytest.approx(robust.params[1])
    assert found.standard_error == pytest.approx(robust.bse[1] * np.sqrt(300 / 299))
    assert found.dof == 298


def test_rows_of_their_own_have_no_design_effect_and_whole_entities_have_one() -> None:
    value, treated, entity = clustered(2)
    assert difference_effect(value, treated, np.arange(value.size)) == pytest.approx(1, abs=1e-2)
    assert 2 < difference_effect(value, treated, entity) < 5


def test_an_arm_of_one_row_is_refused() -> None:
    with pytest.raises(ValueError, match="found 9 control and 1 treatment rows"):
        compare_means(np.arange(10.0), np.arange(10) == 3)


def test_constant_arms_differ_for_certain_or_not_at_all() -> None:
    arm = np.arange(10) < 5
    assert compare_means(np.ones(10), arm).p_value == 1.0
    assert compare_means(arm.astype(float), arm).p_value == 0.0


def test_power_and_sizes_equal_statsmodels() -> None:
    h = 2 * (np.arcsin(np.sqrt(0.13)) - np.arcsin(np.sqrt(0.1)))
    expected = NormalIndPower().power(h, 1_000, 0.05, ratio=1.5)
    assert power_of_rates(0.10, 0.13, 1_000, 1_500) == pytest.approx(expected)
    solved = zt_ind_solve_power(nobs1=1_000, alpha=0.05, power=0.8, ratio=1.0)
    assert minimum_detectable_difference(1_000, 1_000) == pytest.approx(solved, rel=1e-4)
    # Fleiss, Levin and Paik 2003, formula 4.14 for 60% against 70%: 356 an arm at 5% and 80%.
    assert rows_needed(0.6, 0.1) == 356
    assert rows_needed(0.6, 0.1, deff=2) == 712
    with pytest.raises(ValueError, match="expected rates within"):
        rows_needed(0.95, 0.1)


def test_a_broken_split_of_a_planned_share_is_found() -> None:
    assert sample_ratio_mismatch(900, 100, control_share=0.9) == pytest.approx(1)
    assert sample_ratio_mismatch(900, 100) < 1e-9
    assert sample_ratio_mismatch(0, 0) == 1
    with pytest.raises(ValueError, match="planned control share"):
        sample_ratio_mismatch(1, 1, control_share=1.0)


def test_a_canary_of_one_percent_is_not_called_broken_by_its_first_entities() -> None:
    # P(two or more of 20) = 1 - .99^20 - 20 * .01 * .99^19; chi-square says .00005.
    tail = 1 - 0.99**20 - 20 * 0.01 * 0.99**19
    assert sample_ratio_mismatch(18, 2, control_share=0.99) == pytest.approx(tail)
    alarms = [k for k in range(21) if sample_ratio_mismatch(20 - k, k, control_share=0.99) < SRM_LEVEL]
    assert stats.binom.pmf(alarms, 20, 0.01).sum() <= SRM_LEVEL


def test_the_factor_is_the_published_one_and_tightest_where_asked() -> None:
    # rho^2 t* = -2 ln .05 + ln(1 - 2 ln .05) = 7.937: sqrt(2 * 8.937 / 7.937 * ln(sqrt(8.937) / .05)) = 3.035.
    assert always_valid_factor(1_000, tightest_at=1_000) == pytest.approx(3.035, abs=2e-3)
    factors = [always_valid_factor(t, tightest_at=1_000) / np.sqrt(t) for t in (100, 1_000, 10_000)]
    others = [always_valid_factor(1_000, tightest_at=t) / np.sqrt(1_000) for t in (100, 10_000)]
    assert factors == sorted(factors, reverse=True)
    assert factors[1] < min(others)


def _peeked(seed: int) -> tuple[bool, bool, bool]:
    """Whether a difference of 0 was ever called significant: at fixed-time 95%, always valid, by betting."""
    generator = np.random.default_rng(seed)
    bad, treated = generator.random(3_000) < 0.1, generator.random(3_000) < 0.5
    naive = any(abs(stats.norm.ppf(compare_means(bad[:n], treated[:n]).p_value / 2)) > 1.96 for n in LOOKS)
    found = [always_valid_difference(bad[:n], treated[:n], tightest_at=1_000) for n in LOOKS]
    # The capital remembers its largest value, so the last look holds every earlier one.
    bet = betting_interval(bad.astype(float))
    return naive, any(look.is_significant for look in found), not bet.low <= 0.1 <= bet.high


def test_intervals_hold_at_every_look_where_fixed_ones_do_not() -> None:
    naive, valid, betting = np.array([_peeked(seed) for seed in range(120)]).sum(axis=0)
    assert naive >= 15  # 12 looks at 5% each: about one in five
    assert valid <= 10
    assert betting <= 10


def test_an_effect_is_seen_by_always_valid_intervals_too() -> None:
    generator = np.random.default_rng(5)
    treated = generator.random(6_000) < 0.5
    bad = generator.random(6_000) < np.where(treated, 0.14, 0.10)
    found = always_valid_difference(bad, treated, tightest_at=6_000)
    assert found.is_significant
    assert found.low < 0.04 < found.high


def test_whole_entities_widen_a_confidence_sequence() -> None:
    value, treated, entity = clustered(3)
    single = always_valid_difference(value, treated, tightest_at=300)
    whole = always_valid_difference(value, treated, entity, tightest_at=300)
    assert whole.high - whole.low > 1.4 * (single.high - single.low)


def test_betting_knows_the_bounds_of_its_values() -> None:
    assert betting_interval(np.full(300, 7.0), lowest=0, highest=10).low > 6
    with pytest.raises(ValueError, match="found values beyond 0.0 to 1.0"):
        betting_interval([2.0])


def test_a_better_challenger_is_found_on_the_same_units() -> None:
    generator = np.random.default_rng(6)
    odds = generator.normal(-2, 1.5, 3_000)
    truth = 1 / (1 + np.exp(-odds))
    blurred = 1 / (1 + np.exp(-(odds + generator.normal(0, 1.5, 3_000))))
    bad = (generator.random(3_000) < truth).astype(float)
    found = compare_outcomes(bad, blurred, truth, tightest_at=3_000)
    assert found.verdict == "challenger better"
    assert found.gain.estimate == pytest.approx(((blurred - bad) ** 2 - (truth - bad) ** 2).mean())
    assert compare_outcomes(bad, truth, blurred, np.arange(3_000) // 2, tightest_at=1_500).verdict == "champion better"
    assert compare_outcomes(bad, truth, truth, tightest_at=3_000).verdict == "no difference shown"


def test_a_paired_mean_by_entity_is_wider_than_by_row_and_centred_alike() -> None:
    value, _, entity = clustered(4)
    single, whole = (always_valid_mean(value, who, tightest_at=300) for who in (None, entity))
    assert single.estimate == whole.estimate == pytest.approx(pd.Series(value).mean())
    assert whole.high - whole.low > single.high - single.low
