"""Concept drift: silent while outcomes follow their probabilities, loud when they do not."""

import numpy as np
import pytest
from scipy import stats

from credit_platform.statistics.arrays import expit
from credit_platform.statistics.concept import ConceptResult, ReferenceAuc, concept_tests
from credit_platform.statistics.discrimination import auc

LEVEL = 0.01
WINDOWS = 400


def window(generator: np.random.Generator, *, rows: int = 1_200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels that follow their probabilities, the probabilities, and three units a customer."""
    p = expit(generator.normal(-2.5, 1.0, rows))
    return (generator.random(rows) < p).astype(float), p, np.arange(rows) // 3


@pytest.fixture(scope="module")
def reference() -> ReferenceAuc:
    y, p, _ = window(np.random.default_rng(0), rows=200_000)
    return ReferenceAuc(auc(y, p), None, None)


def by_name(found: tuple[ConceptResult, ...]) -> dict[str, ConceptResult]:
    return {each.statistic: each for each in found}


def test_outcomes_that_follow_their_probabilities_rarely_alarm(reference: ReferenceAuc) -> None:
    generator = np.random.default_rng(1)
    alarms = 0
    for _ in range(WINDOWS):
        y, p, entity = window(generator)
        alarms += any(r.is_alarm for r in concept_tests(y, p, reference=reference, entity=entity, level=LEVEL))
    assert alarms <= stats.binom.ppf(0.999, WINDOWS, LEVEL)


def test_twice_the_bads_break_calibration_and_not_the_ranking(reference: ReferenceAuc) -> None:
    y, p, _ = window(np.random.default_rng(2))
    found = by_name(concept_tests(y, p / 2, reference=reference, level=LEVEL))
    assert found["calibration"].is_alarm and found["calibration"].value > 1.6
    assert found["calibration"].value > found["calibration"].threshold > 1
    assert not found["auc"].is_alarm


def test_outcomes_that_forgot_their_probabilities_break_the_ranking_and_the_brier_score(
    reference: ReferenceAuc,
) -> None:
    generator = np.random.default_rng(3)
    y, p, _ = window(generator)
    found = by_name(concept_tests(generator.permutation(y), p, reference=reference, level=LEVEL))
    assert found["auc"].is_alarm and found["brier"].is_alarm
    assert found["auc"].value < found["auc"].threshold < found["auc"].expected


def test_customers_whose_units_fail_together_count_as_one(reference: ReferenceAuc) -> None:
    generator = np.random.default_rng(4)
    p = np.repeat(expit(generator.normal(-2.5, 1.0, 100)), 12)
    y = np.repeat((generator.random(100) < 2.2 * p[::12]).astype(float), 12)
    entity = np.repeat(np.arange(100), 12)
    alone = by_name(concept_tests(y, p, reference=reference, level=LEVEL))["calibration"]
    together = by_name(concept_tests(y, p, reference=reference, entity=entity, level=LEVEL))["calibration"]
    assert together.value == alone.value
    assert together.p_value > 100 * alone.p_value


def test_spiegelhalters_statistic_equals_its_formula(reference: ReferenceAuc) -> None:
    y, p, _ = window(np.random.default_rng(5))
    found = by_name(concept_tests(y, p, reference=reference, level=LEVEL))["brier"]
    assert found.value == pytest.approx(np.mean((y - p) ** 2))
    z = ((y - p) * (1 - 2 * p)).sum() / np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    assert found.p_value == pytest.approx(stats.norm.sf(z), rel=0.05)
