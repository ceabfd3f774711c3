"""Calibration by segment finds the part that the whole hides, and says nothing of a part that is too small."""

import numpy as np
import pytest

from credit_platform.statistics.calibration import expected_calibration_error
from credit_platform.statistics.segment_calibration import calibration_by_segment

ROWS = 6_000


def test_two_segments_that_cancel_out_are_both_found() -> None:
    generator = np.random.default_rng(5)
    segment = np.array(["north", "south", "south"])[np.arange(ROWS) % 3]
    truth = np.where(segment == "north", 0.10, 0.25)
    label = (generator.random(ROWS) < truth).astype(int)
    probability = np.full(ROWS, label.mean())
    entity = np.arange(ROWS) // 2
    south, north = calibration_by_segment(label, probability, segment, entity=entity, seed=1)
    assert (south.segment, north.segment) == ("south", "north")
    assert (south.rows, north.rows) == (4_000, 2_000)
    for found in (south, north):
        inside = segment == found.segment
        assert found.bads == label[inside].sum()
        assert found.gap is not None and found.gap.estimate == pytest.approx(found.bad_rate - found.mean_probability)
        error = expected_calibration_error(label[inside], probability[inside], bins=5)
        assert found.expected_calibration_error == pytest.approx(error)
    assert south.gap is not None and south.gap.is_above_zero
    assert north.gap is not None and north.gap.is_below_zero
    assert south.is_off and north.is_off


def test_units_of_half_the_weight_count_half() -> None:
    generator = np.random.default_rng(7)
    truth = generator.beta(2, 10, 600)
    label, twice = (generator.random(600) < truth).astype(int), np.repeat(np.arange(600), 2)
    segment = np.full(600, "all")
    (once,) = calibration_by_segment(label, truth, segment, entity=None, seed=1)
    (halves,) = calibration_by_segment(
        label[twice], truth[twice], segment[twice], entity=twice, seed=1, weight=np.full(1_200, 0.5)
    )
    assert (halves.rows, halves.bads) == (1_200, 2 * once.bads)
    assert once.gap is not None and halves.gap is not None
    assert (halves.gap.low, halves.gap.high) == pytest.approx((once.gap.low, once.gap.high))
    assert (halves.mean_probability, halves.bad_rate) == pytest.approx((once.mean_probability, once.bad_rate))
    only_bads = calibration_by_segment(label, truth, segment, entity=None, seed=1, weight=np.where(label, 1.0, 1e-9))
    assert only_bads[0].bad_rate == pytest.approx(1, abs=1e-6)


def test_true_probabilities_are_off_nowhere() -> None:
    generator = np.random.default_rng(6)
    truth = generator.beta(2, 10, ROWS)
    label = (generator.random(ROWS) < truth).astype(int)
    segment = generator.integers(0, 4, ROWS)
    found = calibration_by_segment(label, truth, segment, entity=None, seed=1)
    assert [each.is_judged for each in found] == [True] * 4
    assert not any(each.is_off for each in found)


def test_a_segment_with_few_bads_is_counted_and_not_judged() -> None:
    label = np.array([0, 1] * 100 + [0] * 19 + [1] * 19)
    segment = np.array(["large"] * 200 + ["small"] * 38)
    large, small = calibration_by_segment(label, np.full(238, 0.5), segment, entity=None, seed=1)
    assert large.is_judged and not large.is_off
    assert (small.segment, small.rows, small.bads) == ("small", 38, 19)
    assert not small.is_judged and small.expected_calibration_error is None
