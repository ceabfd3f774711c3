import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from credit_platform.statistics import discrimination
from credit_platform.statistics.arrays import OneClassError


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    label = (generator.random(4000) < 0.1).astype(float)
    score = np.round(generator.normal(size=4000) + label, 1)
    return label, score, generator.random(4000)


def test_auc_equals_sklearn_with_ties_and_weights(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    label, score, weight = sample
    assert discrimination.auc(label, score) == pytest.approx(metrics.roc_auc_score(label, score), abs=1e-12)
    expected = metrics.roc_auc_score(label, score, sample_weight=weight)
    assert discrimination.auc(label, score, weight=weight) == pytest.approx(expected, abs=1e-12)
    assert discrimination.gini(label, score) == pytest.approx(2 * metrics.roc_auc_score(label, score) - 1)


def test_ks_equals_scipy_two_sample_distance(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    label, score, _ = sample
    expected = stats.ks_2samp(score[label == 1], score[label == 0]).statistic
    assert discrimination.ks(label, score) == pytest.approx(expected, abs=1e-12)


def test_average_precision_equals_sklearn(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    label, score, weight = sample
    expected = metrics.average_precision_score(label, score, sample_weight=weight)
    assert discrimination.average_precision(label, score, weight=weight) == pytest.approx(expected, abs=1e-12)


def test_f1_equals_sklearn_and_is_zero_when_nothing_is_bad(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    label, score, _ = sample
    called = (score > 0.5).astype(float)
    assert discrimination.f1(label, called) == pytest.approx(metrics.f1_score(label, called))
    assert discrimination.f1([0, 0], [0, 0]) == 0.0


def test_roc_curve_has_the_area_and_points_of_sklearn(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    label, score, _ = sample
    curve = discrimination.roc_curve(label, score)
    fpr, tpr, _ = metrics.roc_curve(label, score, drop_intermediate=False)
    np.testing.assert_allclose(curve.false_positive_rate, fpr)
    np.testing.assert_allclose(curve.true_positive_rate, tpr)


def test_one_class_is_refused_with_the_counts() -> None:
    with pytest.raises(OneClassError, match="found 0 bads and 3 goods in 3 rows"):
        discrimination.auc([0, 0, 0], [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("label", "score", "message"),
    [([0, 2], [0.1, 0.2], r"found \[2.0\]"), ([0, 1], [0.1, np.nan], "1 missing"), ([0, 1], [0.1], "differ in length")],
)
def test_bad_input_names_what_was_found(label: list[int], score: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        discrimination.auc(label, score)
