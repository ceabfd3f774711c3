"""A score means the same odds after every retraining: observed odds lie on the one line of points."""

import numpy as np
import pytest

from credit_platform.contracts.release import Feature
from credit_platform.contracts.score import Band, ScoreScale
from credit_platform.engine.score_scale import points
from credit_platform.modelling import algorithms
from credit_platform.modelling.calibration import fit_calibrator
from credit_platform.modelling.sample import Sample

TRAINING, CALIBRATING, JUDGED, COLUMNS = 6_000, 6_000, 60_000, 5
SCALE = ScoreScale(base_points=600, base_odds=30, points_to_double=20, bands=(Band(name="all"),))
RANGES = np.arange(520, 640, 20)


def drawn(rows: int, *, seed: int) -> Sample:
    """Units of one business, 7% of them bad: each retraining sees other ones."""
    generator = np.random.default_rng(seed)
    matrix = generator.normal(size=(rows, COLUMNS)).astype(np.float32)
    log_odds = -3.1 + matrix @ np.array([0.8, -0.6, 0.5, 0.3, 0.0]) + 0.4 * matrix[:, 0] * matrix[:, 1]
    label = generator.random(rows) < 1 / (1 + np.exp(-log_odds))
    features = tuple(Feature(name=f"f{number}", kind="numeric") for number in range(COLUMNS))
    key = np.arange(rows)
    return Sample(key=key, label=label.astype(np.int8), weight=np.ones(rows), matrix=matrix, features=features)


def retrained(name: str, judged: Sample, *, seed: int) -> np.ndarray:
    """Scores of the judged rows by a model and a calibrator that were fitted on samples of this seed."""
    training, calibrating = drawn(TRAINING, seed=seed), drawn(CALIBRATING, seed=seed + 1)
    forest = algorithms.fit(name, training, params={}, seed=seed, threads=1, monotone={})
    calibrator = fit_calibrator(forest.margin(calibrating.matrix), calibrating.label, calibrating.weight)
    return points(calibrator.margin(forest.margin(judged.matrix)), SCALE)


@pytest.mark.parametrize("retraining", [(100, "lightgbm"), (200, "lightgbm"), (300, "logistic_regression")])
def test_observed_odds_of_every_score_range_are_those_of_the_line(retraining: tuple[int, str]) -> None:
    """Within four points (a seventh of the odds) of a range's mean score, and three standard errors.

    Training, calibrating and judged units are drawn anew for every retraining: none has seen another's.
    """
    seed, name = retraining
    judged = drawn(JUDGED, seed=seed + 2)
    score = retrained(name, judged, seed=seed)
    for floor in RANGES:
        held = (score >= floor) & (score < floor + 20)
        good, bad = int((judged.label[held] == 0).sum()), int(judged.label[held].sum())
        assert min(good, bad) >= 30, floor
        observed = 600 + 20 / np.log(2) * np.log(good / bad / 30)
        error = 20 / np.log(2) * np.sqrt(1 / good + 1 / bad)
        # Odds of a mean are not the mean of odds: the promise is the mean probability of the range.
        promised = (1 / (1 + 30 * 2 ** ((score[held] - 600) / 20))).mean()
        expected = 600 + 20 / np.log(2) * np.log((1 - promised) / promised / 30)
        assert abs(observed - expected) <= 4 + 3 * error, (floor, observed, expected, error)
