"""Each window is used for its one purpose, and what comes out of it holds out of time."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import expit

from credit_platform.contracts.release import Feature
from credit_platform.contracts.score import CutOff
from credit_platform.contracts.split import TimeSplit
from credit_platform.modelling.ensemble import Ensemble, stacked, voting, weighted_average
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.leaderboard import Leaderboard, rank
from credit_platform.modelling.sample import Floats, Indices, Sample
from credit_platform.modelling.splits import Split, split_sample
from credit_platform.modelling.training import cross_validate
from credit_platform.statistics.calibration import calibration_slope_intercept

ROWS = 16_000
RULE = CutOff(objective="cost", cost_of_accepted_bad=5, cost_of_declined_good=1)
# Calibration has three times the rows of the test: what is measured is the model, not the calibrator's luck.
WINDOWS = TimeSplit(
    kind="time",
    column="decided",
    history_until=dt.date(2022, 12, 31),
    calibration_from=dt.date(2022, 4, 15),
    selection_from=dt.date(2022, 9, 15),
    oot_from=dt.date(2022, 11, 15),
    oot_until=dt.date(2022, 12, 31),
    folds=3,
)
MEMBERS: dict[str, dict[str, float]] = {
    "logistic_regression": {},
    "lightgbm": {"num_iterations": 40, "num_leaves": 31, "learning_rate": 0.15},
    "decision_tree": {"max_depth": 4},
}


@dataclass(frozen=True)
class Portfolio:
    """A year of decisions with their true probability of bad, and what its first months taught."""

    sample: Sample
    truth: Floats
    split: Split
    forests: dict[str, Forest]
    ensembles: tuple[Ensemble, ...]

    def board(self, sample: Sample) -> Leaderboard:
        return rank(self.ensembles, self.forests, sample, self.split, rule=RULE, seed=1, threads=1, resamples=20)


@pytest.fixture(scope="module")
def portfolio() -> Portfolio:
    generator = np.random.default_rng(21)
    matrix = generator.normal(size=(ROWS, 6)).astype(np.float32)
    log_odds = -2.2 + 0.9 * matrix[:, 0] + 0.6 * matrix[:, 1] * (matrix[:, 2] > 0) - 0.5 * np.abs(matrix[:, 3])
    truth = expit(log_odds.astype(np.float64))
    decided = np.datetime64("2022-01-01") + generator.integers(0, 365, ROWS).astype("timedelta64[D]")
    sample = Sample(
        key=np.arange(ROWS).astype(str),
        label=(generator.random(ROWS) < truth).astype(np.int8),
        weight=np.ones(ROWS),
        entity=generator.integers(0, ROWS // 2, ROWS).astype(str),
        decided=decided,
        final=decided + np.timedelta64(8, "D"),
        matrix=matrix,
        features=tuple(Feature(name=f"f{number}", kind="numeric") for number in range(6)),
    )
    split = split_sample(sample, WINDOWS, seed=1)
    training = sample.take(split.train)
    trained = {
        name: cross_validate(name, training, split.folds, params=params, seed=1, threads=1, monotone={})
        for name, params in MEMBERS.items()
    }
    oof = {name: model.oof_margin for name, model in trained.items()}
    ensembles = (
        stacked(oof, training.label, training.weight),
        weighted_average(oof, training.label, training.weight),
        voting(oof),
    )
    return Portfolio(sample, truth, split, {name: model.forest for name, model in trained.items()}, ensembles)


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
    return repr((board.selection, board.cut_off_band, made))


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
    # A row that is bad with probability p counts p times as bad and 1 - p times as good: no noise of its own outcome.
    label = np.repeat([1, 0], len(truth))
    found = calibration_slope_intercept(label, np.tile(margin, 2), weight=np.concatenate([truth, 1 - truth]))
    assert 0.9 < found.slope < 1.1
    # Here too without that noise: this sample's own rate is 1.96 standard errors above what its truth expects.
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
