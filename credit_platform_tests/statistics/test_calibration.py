from typing import get_args

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn import metrics

from credit_platform.contracts.gate import Metric
from credit_platform.statistics import calibration
from credit_platform.statistics.arrays import expit, logit
from credit_platform.statistics.evaluation import METRICS, evaluate


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    log_odds = generator.normal(-3, 1.2, 5000)
    label = (generator.random(5000) < expit(0.3 + 0.8 * log_odds)).astype(float)
    return label, log_odds


def test_brier_and_log_loss_equal_sklearn(sample: tuple[np.ndarray, np.ndarray]) -> None:
    label, log_odds = sample
    p = expit(log_odds)
    assert calibration.brier(label, p) == pytest.approx(metrics.brier_score_loss(label, p), abs=1e-12)
    assert calibration.log_loss(label, p) == pytest.approx(metrics.log_loss(label, p), abs=1e-12)
    assert calibration.log_loss_of_log_odds(label, log_odds) == pytest.approx(metrics.log_loss(label, p), abs=1e-12)


def test_slope_and_intercept_equal_a_statsmodels_logit(sample: tuple[np.ndarray, np.ndarray]) -> None:
    label, log_odds = sample
    fitted = sm.Logit(label, sm.add_constant(log_odds)).fit(disp=0, tol=1e-12)
    found = calibration.calibration_slope_intercept(label, log_odds)
    assert (found.intercept, found.slope) == pytest.approx(tuple(fitted.params), abs=1e-6)


def test_calibration_in_the_large_equals_a_glm_with_offset(sample: tuple[np.ndarray, np.ndarray]) -> None:
    label, log_odds = sample
    family = sm.families.Binomial()
    fitted = sm.GLM(label, np.ones_like(label), family=family, offset=log_odds).fit(tol=1e-12)
    assert calibration.calibration_in_the_large(label, log_odds) == pytest.approx(fitted.params[0], abs=1e-7)


def test_separated_classes_have_an_infinite_slope_and_constant_scores_none() -> None:
    assert calibration.calibration_slope_intercept([0, 0, 1, 1], [1, 2, 3, 4]).slope == np.inf
    assert calibration.calibration_slope_intercept([1, 1, 0, 0], [1, 2, 3, 4]).slope == -np.inf
    assert np.isnan(calibration.calibration_slope_intercept([0, 1], [2, 2]).slope)


def test_expected_calibration_error_by_hand_and_whatever_the_row_order() -> None:
    label = np.array([0, 0, 0, 1, 1, 1, 0, 1.0])
    p = np.array([0.1, 0.1, 0.1, 0.1, 0.8, 0.8, 0.8, 0.8])
    # Two bins: .25 observed against .1, .75 against .8.
    assert calibration.expected_calibration_error(label, p, bins=2) == pytest.approx((0.15 + 0.05) / 2)
    order = np.random.default_rng(0).permutation(8)
    assert calibration.expected_calibration_error(label[order], p[order], bins=2) == pytest.approx(0.1)


def test_reliability_bins_are_equal_in_rows_and_keep_every_bad(sample: tuple[np.ndarray, np.ndarray]) -> None:
    label, log_odds = sample
    table = calibration.reliability_table(label, expit(log_odds), bins=10)
    assert table.weight.tolist() == [500.0] * 10
    assert float((table.bad_rate * table.weight).sum()) == pytest.approx(label.sum())
    assert (np.diff(table.mean_probability) > 0).all()


def test_evaluation_holds_exactly_the_metrics_of_the_contract(sample: tuple[np.ndarray, np.ndarray]) -> None:
    label, log_odds = sample
    assert set(METRICS) == set(get_args(Metric))
    found = evaluate(label, expit(log_odds), cut_off=0.1)
    assert dict(found).keys() == set(METRICS)
    assert found["auc"] == found.auc


def test_evaluation_of_probabilities_and_of_log_odds_agree_with_the_single_functions(
    sample: tuple[np.ndarray, np.ndarray],
) -> None:
    label, log_odds = sample
    p = expit(log_odds)
    found, by_margin = (
        evaluate(label, p, cut_off=0.1),
        evaluate(label, log_odds, cut_off=0.1, is_log_odds=True),
    )
    assert dict(found) == pytest.approx(dict(by_margin), abs=1e-9)
    assert found.auc == pytest.approx(metrics.roc_auc_score(label, p))
    assert found.f1 == pytest.approx(metrics.f1_score(label, p >= 0.1))
    assert found.brier == pytest.approx(metrics.brier_score_loss(label, p))
    assert found.log_loss == pytest.approx(metrics.log_loss(label, p))
    assert found.expected_calibration_error == pytest.approx(calibration.expected_calibration_error(label, p))
    assert found.calibration_slope == pytest.approx(calibration.calibration_slope_intercept(label, logit(p)).slope)


def test_a_probability_on_the_cut_off_is_called_bad() -> None:
    assert evaluate([0, 1, 1], [0.1, 0.3, 0.3], cut_off=0.3).f1 == 1.0


def test_log_odds_passed_as_probabilities_are_refused(sample: tuple[np.ndarray, np.ndarray]) -> None:
    label, log_odds = sample
    with pytest.raises(ValueError, match="turn log-odds into probabilities"):
        evaluate(label, log_odds, cut_off=0.1)
