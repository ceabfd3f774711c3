"""What a period's models say of its bad rate moves no weight and no search: only the order within it does."""

import numpy as np
import pytest
from scipy.special import expit

from credit_platform.contracts.tuning import Tuning
from credit_platform.modelling.ensemble import Ensemble, stacked, weighted_average
from credit_platform.modelling.folds import expanding_folds
from credit_platform.modelling.levels import level_shifts, levelled_log_loss
from credit_platform.modelling.sample import Floats, Indices, Sample
from credit_platform.modelling.tuned_training import Task, tune_algorithm

ROWS = 6_000
OFF = np.array([-3.0, -1.5, 0.2, 0.0])
"""How wrong members are about the level of four periods: what the contest's loans show, in log-odds."""

Outputs = tuple[dict[str, Floats], np.ndarray, Floats, Indices]


@pytest.fixture(scope="module")
def outputs() -> Outputs:
    """Three members: one right but for noise, one weaker, one of noise alone."""
    generator = np.random.default_rng(3)
    signal, period = generator.normal(size=ROWS), generator.integers(0, 4, ROWS)
    label = (generator.random(ROWS) < expit(-2.5 + 1.2 * signal)).astype(np.int8)
    members = {
        "good": -2.5 + 1.2 * (signal + 0.3 * generator.normal(size=ROWS)),
        "weak": -2.5 + 0.8 * (signal + generator.normal(size=ROWS)),
        "noise": -2.5 + 0.5 * generator.normal(size=ROWS),
    }
    return members, label, generator.uniform(0.5, 2, ROWS), period


def weights(ensemble: Ensemble) -> list[float]:
    return [member.weight for member in ensemble.members]


def test_a_period_at_its_own_level_predicts_its_bad_rate(outputs: Outputs) -> None:
    members, label, weight, period = outputs
    off = members["good"] + OFF[period]
    levelled = off + level_shifts(label, off, weight, period)
    for number in range(4):
        rows = period == number
        rate = np.average(label[rows], weights=weight[rows])
        assert np.average(expit(levelled[rows]), weights=weight[rows]) == pytest.approx(rate, abs=1e-9)
    right = levelled_log_loss(label, members["good"], weight, period)
    assert levelled_log_loss(label, off, weight, period) == pytest.approx(right, abs=1e-9)
    assert levelled_log_loss(label, off, weight, None) > right + 0.05


@pytest.mark.parametrize("build", [stacked, weighted_average])
def test_a_wrong_level_of_a_period_changes_no_weight(build: object, outputs: Outputs) -> None:
    members, label, weight, period = outputs
    wrong = {name: margin + OFF[period] for name, margin in members.items()}
    honest, same = (build(each, label, weight, period=period) for each in (members, wrong))  # type: ignore[operator]
    assert weights(same) == pytest.approx(weights(honest), abs=1e-4)
    assert weights(honest)[0] > 0.6 and weights(honest)[2] < 0.1
    misled = build(wrong, label, weight)  # type: ignore[operator]
    assert np.abs(np.subtract(weights(misled), weights(honest))).max() > 0.1


def test_the_bias_of_the_stack_is_the_level_of_the_latest_period(outputs: Outputs) -> None:
    members, label, weight, period = outputs
    wrong = {name: margin + OFF[period] for name, margin in members.items()}
    stack = stacked(wrong, label, weight, period=period)
    latest = period == 3
    predicted = expit(stack.margin(wrong))[latest]
    assert np.average(predicted, weights=weight[latest]) == pytest.approx(
        np.average(label[latest], weights=weight[latest]), abs=1e-6
    )


def test_a_period_of_one_class_has_no_level() -> None:
    with pytest.raises(ValueError, match="level of period 1: its 2 rows hold one class"):
        level_shifts(np.array([0, 1, 1, 1]), np.zeros(4), np.ones(4), np.array([0, 0, 1, 1]))


def test_a_search_on_folds_in_time_is_judged_at_each_period_s_own_level(sample: Sample) -> None:
    folds = expanding_folds(sample, periods=3, groups=2, seed=1)
    task = Task(
        algorithm="decision_tree",
        declared={},
        budget=Tuning(trials=3),
        seed=3,
        threads=1,
        monotone={},
        journals=None,
    )
    tuned = tune_algorithm(task, sample, folds)
    assert [row.folds for row in tuned.trials] == [3, 3, 3]
    assert tuned.gain >= 0
    assert tune_algorithm(task, sample, folds) == tuned
