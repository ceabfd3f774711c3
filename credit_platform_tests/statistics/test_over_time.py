"""Stability within the test window: month by month, and the scores against those of the selection window."""

import numpy as np
import pytest

from credit_platform.statistics.discrimination import auc
from credit_platform.statistics.over_time import auc_by_month, score_psi, worst_month


def test_months_are_measured_each_for_itself_and_small_ones_are_not_judged() -> None:
    rng = np.random.default_rng(8)
    decided = np.repeat(np.array(["2022-10-03", "2022-11-20", "2022-12-01"], dtype="datetime64[D]"), [300, 300, 40])
    label = (np.arange(640) % 10 == 0).astype(int)
    score = rng.normal(size=640) + label * np.where(decided < np.datetime64("2022-11-01"), 2.0, 0.5)
    months = auc_by_month(label, score, decided)
    assert [(m.month, m.rows, m.bads) for m in months] == [
        ("2022-10", 300, 30),
        ("2022-11", 300, 30),
        ("2022-12", 40, 4),
    ]
    assert months[2].auc is None
    assert months[1].auc == auc(label[300:600], score[300:600])
    assert worst_month(months) == months[1].auc
    assert worst_month(months[2:]) is None
    twice = np.repeat(np.arange(640), 2)
    halves = auc_by_month(label[twice], score[twice], decided[twice], weight=np.full(1_280, 0.5))
    assert [m.bads for m in halves] == [60, 60, 8]
    assert halves[1].auc == pytest.approx(months[1].auc, abs=1e-12)


def test_the_psi_of_scores_is_small_for_one_population_and_large_for_another() -> None:
    rng = np.random.default_rng(9)
    before = rng.normal(size=2_000)
    assert score_psi(before, rng.normal(size=1_000)) < 0.03
    assert score_psi(before, rng.normal(size=1_000) + 1) > 0.5
    assert score_psi(before, before) == pytest.approx(0, abs=1e-9)
    # Parts of one decision count one together, on either side.
    after, parts = rng.normal(size=1_000) + 0.3, rng.integers(1, 3, 1_000)
    once, each = score_psi(before, after), np.repeat(1 / parts, parts)
    assert score_psi(before, np.repeat(after, parts), weight=each) == pytest.approx(once, abs=1e-9)
    other = score_psi(after, before)
    assert score_psi(np.repeat(after, 2), before, reference_weight=np.full(2_000, 0.5)) == pytest.approx(
        other, abs=1e-9
    )
