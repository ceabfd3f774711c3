import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from credit_platform.statistics.drift_laws import psi
from credit_platform.statistics.histograms import Histogram, is_outside, place, reference_histogram
from credit_platform.statistics.multiplicity import benjamini_hochberg
from credit_platform.statistics.references import column_drift, reference_of
from credit_platform.statistics.stability import drift_test, judge_together


def customers(generator: np.random.Generator, *, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entity, an amount and a category that most of a customer's rows share; 8 rows a customer on average."""
    sizes = 1 + generator.geometric(0.1, count) * (generator.random(count) < 0.7)
    level = generator.normal(size=count)
    entity = np.repeat(np.arange(count), sizes)
    amount = np.exp(9 + 0.8 * level[entity] + 0.6 * generator.normal(size=entity.size))
    own = generator.random(entity.size) < 0.8
    category = np.where(own, (level[entity] > 0).astype(int), generator.integers(2, 7, entity.size))
    return entity, amount, category.astype(str)


def test_psi_by_hand() -> None:
    # Half a count is added to each bin: shares .5/.5 against .75/.25.
    assert psi([49.5, 49.5], [74.5, 24.5]) == pytest.approx(0.25 * np.log(1.5) + 0.25 * np.log(2), abs=1e-12)


def test_numeric_bins_are_reference_quantiles_and_atoms_have_a_bin_of_their_own() -> None:
    values = np.concatenate([np.zeros(600), np.arange(1, 401)])
    histogram = reference_histogram(values)
    assert histogram.edges == (0.0, 100.0, 200.0, 300.0)
    assert histogram.counts == (600, 100, 100, 100, 100)
    assert histogram.names[-2:] == ("200 to 300", "above 300")


def test_levels_keep_missing_and_unseen_apart() -> None:
    reference = pd.Series(["a"] * 500 + ["b"] * 300 + ["c", "d"] * 2 + [None] * 20)
    histogram = reference_histogram(reference)
    assert (histogram.levels, histogram.rare, histogram.counts, histogram.missing) == (
        ("a", "b"),
        ("c", "d"),
        (500, 300, 4),
        20,
    )
    assert place(histogram, pd.Series(["a", "d", None, "new"])).tolist() == [0, 2, -1, -2]
    assert is_outside(histogram, pd.Series(["a", "d", None, "new"])).tolist() == [False, False, False, True]


@pytest.mark.parametrize("values", [[1.0, 2.0, np.nan, 5.0], ["x", "y", None, "x"], [True, False, True, True]])
def test_a_histogram_survives_json(values: list[object]) -> None:
    histogram = reference_histogram(pd.Series(values))
    assert Histogram.from_dict(json.loads(json.dumps(histogram.to_dict()))) == histogram


def test_without_drift_independent_rows_rarely_alarm_at_any_size() -> None:
    generator = np.random.default_rng(0)
    histogram = reference_histogram(generator.lognormal(size=50_000))
    for rows in (100, 1_000, 5_000, 20_000):
        alarms = sum(drift_test(histogram, generator.lognormal(size=rows)).is_alarm for _ in range(100))
        assert alarms <= 5, rows


def test_without_drift_whole_customers_rarely_alarm_with_their_design_effect_and_mostly_without() -> None:
    generator = np.random.default_rng(1)
    entity, *columns = customers(generator, count=4_000)
    histograms = [reference_histogram(values) for values in columns]
    references = [reference_of(values, entity=entity, seed=1) for values in columns]
    naive = total = 0
    for rows, repeats in ((100, 40), (1_000, 40), (5_000, 15), (20_000, 10)):
        alarms = 0
        for _ in range(repeats):
            who, *current = customers(generator, count=max(rows // 6, 60))
            for histogram, values, reference in zip(histograms, current, references, strict=True):
                alarms += column_drift(reference, values[:rows], entity=who[:rows]).is_alarm
                naive += drift_test(histogram, values[:rows]).p_value < 0.01
                total += 1
        assert alarms <= repeats / 10, rows
    assert naive / total > 0.4


def test_a_shift_of_the_median_by_22_percent_is_caught_at_1000_rows() -> None:
    generator = np.random.default_rng(2)
    histogram = reference_histogram(generator.lognormal(9, 1, 50_000))
    found = [drift_test(histogram, 1.22 * generator.lognormal(9, 1, 1_000)) for _ in range(100)]
    assert sum(result.is_alarm for result in found) >= 99
    # Cliff's delta of a shift by ln 1.22 standard deviations: 2 Phi(.199 / sqrt 2) - 1.
    assert np.mean([result.shift for result in found]) == pytest.approx(0.1117, abs=0.006)


def test_missing_values_that_grow_from_5_to_25_percent_are_caught_at_100_rows() -> None:
    generator = np.random.default_rng(8)
    histogram = reference_histogram(np.where(generator.random(50_000) < 0.05, np.nan, 1.0))
    samples = [np.where(generator.random(100) < 0.25, np.nan, 1.0) for _ in range(100)]
    assert sum(drift_test(histogram, sample).is_missing_alarm for sample in samples) >= 99


def test_a_column_without_missing_values_on_both_sides_says_nothing_about_them() -> None:
    assert drift_test(reference_histogram(np.arange(100.0)), np.arange(50.0)).missing_p_value == 1.0


def test_a_shift_of_ranks_is_the_mann_whitney_test_of_the_bins() -> None:
    generator = np.random.default_rng(9)
    reference, current = generator.normal(size=900), generator.normal(0.2, 1, 400)
    # Values beyond the reference are judged apart.
    current = current.clip(reference.min(), reference.max())
    histogram = reference_histogram(reference)
    expected = stats.mannwhitneyu(place(histogram, current), place(histogram, reference), use_continuity=False)
    found = drift_test(histogram, current)
    assert found.shift == pytest.approx(2 * expected.statistic / (900 * 400) - 1)
    assert found.shift_p_value == pytest.approx(expected.pvalue, rel=0.01)


@pytest.mark.parametrize("rows", [100, 1_000, 20_000])
def test_one_absurd_value_changes_no_verdict(rows: int) -> None:
    generator = np.random.default_rng(3)
    reference = generator.lognormal(9, 1, 50_000)
    current = generator.lognormal(9, 1, rows)
    poisoned = np.concatenate([[1e9], current])
    histogram = reference_histogram(reference)
    clean, found = drift_test(histogram, current), drift_test(histogram, poisoned)
    assert (found.psi, found.shift, found.is_alarm) == (clean.psi, clean.shift, False)
    moved, also = drift_test(histogram, 2 * current), drift_test(histogram, np.concatenate([[1e9], 2 * current]))
    assert moved.is_alarm and also.is_alarm
    widened = drift_test(reference_histogram(np.concatenate([[1e9], reference])), poisoned)
    assert not widened.is_alarm
    assert widened.psi == pytest.approx(clean.psi, abs=0.01)


def test_missing_and_unseen_values_alarm_by_themselves() -> None:
    generator = np.random.default_rng(4)
    reference = pd.Series(generator.choice(["a", "b", "c"], 20_000))
    histogram = reference_histogram(reference)
    current = pd.Series(generator.choice(["a", "b", "c"], 1_000), dtype=object)
    current[:50] = None
    gaps = drift_test(histogram, current)
    assert (gaps.is_shape_alarm, gaps.is_missing_alarm, gaps.is_unseen_alarm) == (False, True, False)
    current[:50] = "new"
    new = drift_test(histogram, current)
    assert (new.is_shape_alarm, new.is_missing_alarm, new.is_unseen_alarm) == (False, False, True)
    assert new.unseen_share == 0.05


def test_a_constant_column_that_moves_is_unseen() -> None:
    assert drift_test(reference_histogram(np.full(1000, 5.0)), np.full(200, 7.0)).is_unseen_alarm
    assert not drift_test(reference_histogram(np.full(1000, 5.0)), np.full(200, 5.0)).is_alarm


def test_a_large_sample_with_an_immaterial_shift_does_not_alarm() -> None:
    generator = np.random.default_rng(5)
    histogram = reference_histogram(generator.normal(size=200_000))
    found = drift_test(histogram, generator.normal(0.05, 1, 200_000))
    assert found.p_value < 1e-6
    assert not found.is_alarm


def test_an_empty_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="found no rows in the current sample"):
        drift_test(reference_histogram(np.arange(10.0)), np.array([]))


def test_benjamini_hochberg_equals_scipy_and_the_paper() -> None:
    # Benjamini and Hochberg 1995, section 3.2: 15 p-values, at .05 the four smallest are rejected.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    assert benjamini_hochberg(p, 0.05).tolist() == [True] * 4 + [False] * 11
    shuffled = np.random.default_rng(6).permutation(p)
    np.testing.assert_array_equal(benjamini_hochberg(shuffled, 0.05), stats.false_discovery_control(shuffled) <= 0.05)


def test_columns_share_one_budget() -> None:
    generator = np.random.default_rng(7)
    histogram = reference_histogram(generator.normal(size=5_000))
    alone = {f"c{i}": drift_test(histogram, generator.normal(size=300), level=0.2) for i in range(40)}
    alone["moved"] = drift_test(histogram, generator.normal(1, 1, 300), level=0.2)
    together = judge_together(alone, level=0.01)
    assert sum(found.is_alarm for found in alone.values()) > 3
    assert [name for name, found in together.items() if found.is_alarm] == ["moved"]
