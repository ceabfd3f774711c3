"""The strategy curve against counting by hand."""

import numpy as np
import pytest

from credit_platform.statistics.arrays import OneClassError
from credit_platform.statistics.strategy import strategy_curve

LABEL = [0, 0, 1, 0, 1]
PROBABILITY = [0.1, 0.2, 0.3, 0.4, 0.5]


def test_five_units_by_hand() -> None:
    found = strategy_curve(LABEL, PROBABILITY, step=0.2)
    assert [point.approval_rate for point in found] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert [point.bad_rate for point in found] == pytest.approx([0, 0, 1 / 3, 1 / 4, 2 / 5])
    assert [point.expected_bad_rate for point in found] == pytest.approx([0.1, 0.15, 0.2, 0.25, 0.3])
    assert [point.approved_bads for point in found] == pytest.approx([0, 0, 0.5, 0.5, 1])
    assert [point.highest_probability for point in found] == PROBABILITY


def test_every_two_percent_of_many_units_matches_counting_them() -> None:
    generator = np.random.default_rng(3)
    probability = generator.beta(1, 12, 5_000)
    label = (generator.random(5_000) < probability).astype(int)
    found = strategy_curve(label, probability)
    assert [point.approval_rate for point in found] == pytest.approx(np.arange(1, 51) / 50)
    for point in found:
        approved = probability <= point.highest_probability
        assert point.approval_rate == pytest.approx(approved.mean(), abs=1e-12)
        assert point.bad_rate == pytest.approx(label[approved].mean(), abs=1e-12)
        assert point.expected_bad_rate == pytest.approx(probability[approved].mean(), abs=1e-12)


def test_units_of_one_probability_are_approved_together_and_weights_count() -> None:
    found = strategy_curve([0, 1, 0], [0.1, 0.1, 0.6], weight=[1, 3, 4], step=0.25)
    assert [(point.approval_rate, point.bad_rate) for point in found] == [(0.5, 0.75), (1.0, 0.375)]


def test_goods_alone_have_no_curve() -> None:
    with pytest.raises(OneClassError):
        strategy_curve([0, 0], [0.1, 0.2])
