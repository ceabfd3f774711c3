"""The parts of a profile against scipy, pandas and counts made by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from credit_platform.statistics.profile import profile, rounded
from credit_platform.statistics.profile.associations import associations
from credit_platform.statistics.profile.missing import missingness
from credit_platform.statistics.profile.outliers import outliers
from credit_platform.statistics.profile.repeats import repeats
from credit_platform.statistics.profile.shape import shape

GENERATOR = np.random.default_rng(11)


def test_associations_equal_spearman_kruskal_and_cramer() -> None:
    n = 900
    level = GENERATOR.integers(0, 3, n)
    frame = pd.DataFrame({"x": GENERATOR.normal(size=n) + level, "level": level.astype(str)})
    frame["y"] = -frame["x"] + GENERATOR.normal(size=n)
    frame["same"] = frame["level"]
    frame.loc[5, "x"] = 1e9
    found = associations(frame, {"x": "numeric", "y": "numeric", "level": "category", "same": "category"})
    strength = {(a, b): v for a, b, v in found.strongest(0.0)} | {(b, a): v for a, b, v in found.strongest(0.0)}
    assert strength["x", "y"] == pytest.approx(stats.spearmanr(frame["x"], frame["y"]).statistic)
    h = stats.kruskal(*(group["x"] for _, group in frame.groupby("level"))).statistic
    assert strength["x", "level"] == pytest.approx(np.sqrt(h / (n - 1)))
    assert strength["level", "same"] == pytest.approx(1.0)
    assert found.names.index("level") - found.names.index("same") in (-1, 1)


def test_missing_patterns_count_every_row_once_and_group_columns_that_go_together() -> None:
    frame = pd.DataFrame({"full": np.zeros(100), "a": np.ones(100), "b": np.ones(100), "c": np.ones(100)})
    frame.loc[:39, ["a", "b"]] = np.nan
    frame.loc[30:49, "c"] = np.nan
    frame.loc[99, "c"] = np.nan
    label = np.r_[np.ones(40), np.zeros(60)]
    found = missingness(frame, label)
    assert found.groups == (("a", "b"), ("c",))
    assert found.group_rows == (40, 21)
    outcomes = {p.groups: (p.outcome.rows, p.outcome.bads) for p in found.patterns}
    assert outcomes == {(): (49, 0), (0,): (30, 30), (0, 1): (10, 10), (1,): (11, 0)}
    assert (found.other_patterns, found.other_rows) == (0, 0)


def test_a_pattern_of_fewer_than_five_rows_is_only_counted() -> None:
    frame = pd.DataFrame({"a": np.ones(100), "b": np.ones(100)})
    frame.loc[:3, "a"] = np.nan
    found = missingness(frame, None)
    assert [p.groups for p in found.patterns] == [()]
    assert (found.other_patterns, found.other_rows) == (1, 4)


def test_outliers_by_tukeys_fences_and_by_robust_z() -> None:
    values = np.r_[np.arange(1.0, 101.0), 1e9, -500.0]
    low, high = np.quantile(values, [0.25, 0.75])
    reach = 1.5 * (high - low)
    found = outliers(values)
    assert (found.below, found.above) == ((values < low - reach).sum(), (values > high + reach).sum()) == (1, 1)
    deviation = np.abs(values - np.median(values)) / stats.median_abs_deviation(values, scale="normal")
    assert found.robust == (deviation > 3.5).sum() == 2
    assert outliers(np.r_[np.zeros(60), np.ones(40)]).robust is None


def test_repeated_rows_and_columns_are_found_whatever_their_type() -> None:
    frame = pd.DataFrame({"a": [1.0, 1.0, np.nan, np.nan], "b": ["x", "x", "y", "z"]})
    frame["c"] = frame["b"]
    found = repeats(frame)
    assert found.rows == frame.duplicated().sum() == 1
    assert found.columns == (("b", "c"),)
    assert repeats(pd.DataFrame({"p": [1, 2], "q": [2, 1]})).rows == 0


def test_an_outline_tells_no_small_cell_and_takes_a_logarithm_for_amounts() -> None:
    amounts = GENERATOR.lognormal(8, 2, 5_000)
    found = shape(amounts)
    assert found is not None and found.is_log
    assert sum(found.counts) <= 5_000 and not any(0 < count < 5 for count in found.counts)
    assert shape(np.full(50, 3.0)) is None


def test_bins_carry_the_evidence_that_sums_to_the_information_value() -> None:
    x = GENERATOR.normal(size=4_000)
    label = (GENERATOR.random(4_000) < stats.logistic.cdf(x - 2)).astype(float)
    column = profile(pd.DataFrame({"x": x}), label=label).columns[0]
    assert column.information_value == pytest.approx(sum(b.contribution or 0.0 for b in column.bins))
    first = column.bins[0]
    assert first.bads is not None and first.woe is not None
    goods, bads = label.size - label.sum(), label.sum()
    assert first.woe == pytest.approx(np.log(((first.rows - first.bads) / goods) / (first.bads / bads)), abs=0.1)


def test_numbers_are_rounded_to_three_digits() -> None:
    assert [rounded(v) for v in (0, 0.025871, 1.5, 417, 9_876.5, 10_360, 2_345_678, -4.2e9)] == [
        "0",
        "0.0259",
        "1.5",
        "417",
        "9880",
        "10.4k",
        "2.35M",
        "-4.2bn",
    ]
