"""A year of dated decisions with their true probability of bad, and what its first months taught."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from credit_platform.contracts.release import Feature
from credit_platform.contracts.score import CutOff
from credit_platform.contracts.split import TimeSplit
from credit_platform.modelling.ensemble import Ensemble, stacked, voting, weighted_average
from credit_platform.modelling.folds import periods_of
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.leaderboard import Leaderboard, rank
from credit_platform.modelling.sample import Floats, Sample
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


def dated_portfolio(seed: int) -> Portfolio:
    """A tenth of the units is bad; two of three members overfit."""
    generator = np.random.default_rng(seed)
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
    scored = sample.take(split.out_of_fold)
    ensembles = (
        stacked(oof, scored.label, scored.weight, period=periods_of(split.folds)),
        weighted_average(oof, scored.label, scored.weight, period=periods_of(split.folds)),
        voting(oof),
    )
    return Portfolio(sample, truth, split, {name: model.forest for name, model in trained.items()}, ensembles)


def slope_against(truth: Floats, margin: Floats) -> float:
    """Slope of the true probabilities (n,) on log-odds (n,).

    A row that is bad with probability p counts p times as bad and 1 - p times as good: no noise of its own outcome.
    """
    label = np.repeat([1, 0], len(truth))
    return calibration_slope_intercept(label, np.tile(margin, 2), weight=np.concatenate([truth, 1 - truth])).slope
