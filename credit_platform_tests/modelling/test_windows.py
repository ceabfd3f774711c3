"""Each window is used for its one purpose, and what comes out of it holds out of time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from credit_platform.modelling.leaderboard import Leaderboard
from credit_platform.modelling.sample import Indices, Sample
from credit_platform_tests.modelling.dated import Portfolio, dated_portfolio, slope_against


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    return dated_portfolio(21)


@pytest.fixture(scope="module")
def honest(portfolio: Portfolio) -> Leaderboard:
    return portfolio.board(portfolio.sample)


def poisoned(sample: Sample, rows: Indices) -> Sample:
    """Every label of these rows is the other one."""
    label = sample.label.copy()
    label[rows] = 1 - label[rows]
    return replace(sample, label=label)


def chosen(board: Leaderboard) -> str:
    """Candidate, calibrators, cut-offs and band, to the last digit, without what was measured on the test rows."""
    made = sorted((c.name, repr(c.ensemble), repr(c.calibrator), repr(c.cut_off)) for c in board.contenders)
    return repr((board.selection, board.cut_off_band, board.strategy, made))


def calibrators(board: Leaderboard) -> dict[str, str]:
    return {contender.name: repr(contender.calibrator) for contender in board.contenders}


def test_poisoned_test_labels_change_no_byte_of_what_was_chosen(portfolio: Portfolio, honest: Leaderboard) -> None:
    changed = portfolio.board(poisoned(portfolio.sample, portfolio.split.test))
    assert chosen(changed) == chosen(honest)
    assert changed.candidate.metrics["auc"] < 0.5 < honest.candidate.metrics["auc"]


def test_the_calibrator_sees_the_calibration_window_alone(portfolio: Portfolio, honest: Leaderboard) -> None:
    elsewhere = np.concatenate([portfolio.split.train, portfolio.split.selection, portfolio.split.test])
    changed = portfolio.board(poisoned(portfolio.sample, elsewhere))
    assert calibrators(changed) == calibrators(honest)


def test_poisoned_calibration_labels_do_change_the_calibrator(portfolio: Portfolio, honest: Leaderboard) -> None:
    few = portfolio.split.calibration[::10]
    changed = calibrators(portfolio.board(poisoned(portfolio.sample, few)))
    assert all(changed[name] != calibrator for name, calibrator in calibrators(honest).items())


def test_the_candidate_is_calibrated_against_the_true_probabilities_out_of_time(
    portfolio: Portfolio, honest: Leaderboard
) -> None:
    test, truth = portfolio.sample.take(portfolio.split.test), portfolio.truth[portfolio.split.test]
    candidate = honest.candidate
    margins = {name: forest.margin(test.matrix) for name, forest in portfolio.forests.items()}
    margin = candidate.calibrator.margin(candidate.ensemble.margin(margins))
    assert 0.9 < slope_against(truth, margin) < 1.1
    # Not against the rate: this sample's own is 1.96 standard errors above what its truth expects.
    standard_error = np.sqrt((truth * (1 - truth)).mean() / len(truth))
    assert abs(expit(margin).mean() - truth.mean()) < 2 * standard_error


def test_the_strategy_curve_is_that_of_the_selection_window(portfolio: Portfolio, honest: Leaderboard) -> None:
    label = portfolio.sample.label[portfolio.split.selection]
    assert len(honest.probability) == len(label)
    assert len(honest.strategy) == 50
    everybody = honest.strategy[-1]
    assert (everybody.approval_rate, everybody.bad_rate) == pytest.approx((1, label.mean()))
    cut_off = honest.candidate.cut_off
    taken = [point for point in honest.strategy if point.approval_rate <= cut_off.accepted_share][-1]
    assert taken.highest_probability < cut_off.threshold
    accepted = honest.probability < cut_off.threshold
    assert accepted.mean() == pytest.approx(cut_off.accepted_share, abs=1e-12)
    assert label[accepted].mean() == pytest.approx(cut_off.bad_rate_of_accepted, abs=1e-12)
    assert taken.bad_rate == pytest.approx(cut_off.bad_rate_of_accepted, abs=0.01)


def test_the_calibrator_of_an_overfitted_member_flattens_it(honest: Leaderboard) -> None:
    slopes = {c.name: c.calibrator.slope for c in honest.contenders}
    assert slopes["lightgbm"] < slopes["logistic_regression"]
