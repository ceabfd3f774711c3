"""A gate on fairness is broken by what the intervals prove, not by the luck of a small group."""

import numpy as np
import pandas as pd
import pytest

from credit_platform.statistics.fairness import FairnessTable, fairness
from credit_platform.statistics.fairness_bounds import fairness_metrics, worst_ratio

GENERATOR = np.random.default_rng(6)


def compared(rows: dict[str, int], accepted: dict[str, float]) -> FairnessTable:
    """Groups with these acceptance rates; every decision is right."""
    group = np.repeat(list(rows), list(rows.values()))
    label = (GENERATOR.random(len(group)) > pd.Series(group).map(accepted)).astype(float)
    probability = np.where(label == 1, 0.9, 0.05)
    return fairness("kind", pd.Series(group), label, probability, cut_off=0.5, seed=1, count=100)


def test_the_worst_group_over_all_attributes_counts_by_what_is_certain() -> None:
    unequal = compared({"a": 2_000, "b": 1_000}, {"a": 0.8, "b": 0.5})
    equal = compared({"c": 2_000, "d": 1_000}, {"c": 0.7, "d": 0.7})
    found = fairness_metrics([equal, unequal])
    worst = unequal.groups[1].selection_ratio
    assert found["fairness_selection_ratio"] == worst.high
    assert worst.estimate == pytest.approx(0.5 / 0.8, abs=0.06)
    assert worst.high < 0.8
    assert found["fairness_opportunity_gap"] == 0.0
    named = worst_ratio([equal, unequal])
    assert named is not None and (named[0], named[1].group) == ("kind", "b")


def test_a_group_of_few_rows_is_no_evidence_and_nothing_compared_is_no_pass() -> None:
    small = compared({"a": 500, "b": 10}, {"a": 0.9, "b": 0.1})
    assert fairness_metrics([small])["fairness_selection_ratio"] is None
    assert set(fairness_metrics([]).values()) == {None}
    assert worst_ratio([small]) is None


def test_a_gap_is_the_distance_of_its_interval_from_zero() -> None:
    generator = np.random.default_rng(8)
    group = pd.Series(np.repeat(["a", "b"], 3_000))
    probability = np.full(6_000, 0.2)
    label = (generator.random(6_000) < np.repeat([0.2, 0.3], 3_000)).astype(float)
    table = fairness("kind", group, label, probability, cut_off=0.5, seed=1, count=100)
    gap = next(each.calibration_gap for each in table.groups if each.group == "b")
    assert fairness_metrics([table])["fairness_calibration_gap"] == gap.low
    assert gap.low > 0.05
