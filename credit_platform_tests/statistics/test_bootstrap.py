import numpy as np
import pytest

from credit_platform.statistics.bootstrap import entity_bootstrap, paired_difference
from credit_platform.statistics.evaluation import evaluate


def mean(values: np.ndarray) -> dict[str, float]:
    return {"mean": float(values.mean())}


def test_row_bootstrap_of_a_mean_has_the_width_of_the_textbook_interval() -> None:
    values = np.random.default_rng(0).normal(3, 2, 1000)
    found = entity_bootstrap(mean, [values], count=800, seed=1)["mean"]
    half = 1.96 * values.std() / np.sqrt(1000)
    assert found.estimate == values.mean()
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)
    assert found.count == 800


def test_whole_entities_widen_the_interval_by_the_root_of_their_size() -> None:
    entity = np.repeat(np.arange(100), 9)
    values = np.random.default_rng(0).normal(size=100)[entity]
    by_row = entity_bootstrap(mean, [values], count=500, seed=1)["mean"]
    by_entity = entity_bootstrap(mean, [values], entity, count=500, seed=1)["mean"]
    assert (by_entity.high - by_entity.low) / (by_row.high - by_row.low) == pytest.approx(3, rel=0.15)


def test_entities_of_unequal_size_are_drawn_whole() -> None:
    entity = np.array(["a", "b", "a", "c", "c", "c"])
    sizes = {"a": 2, "b": 1, "c": 3}

    def check(names: np.ndarray) -> dict[str, float]:
        for name, size in sizes.items():
            assert (names == name).sum() % size == 0
        return {"rows": float(names.size)}

    assert entity_bootstrap(check, [entity], entity, count=50, seed=3)["rows"].estimate == 6


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).normal(size=50)
    first, again = (entity_bootstrap(mean, [values], count=50, seed=9) for _ in range(2))
    assert first == again


def test_a_paired_difference_sees_what_two_separate_intervals_miss() -> None:
    generator = np.random.default_rng(4)
    label = (generator.random(3000) < 0.2).astype(float)
    better = 1 / (1 + np.exp(-(label + generator.normal(size=3000))))
    worse = 1 / (1 + np.exp(-(2 * np.log(better / (1 - better)) + 0.8 * generator.normal(size=3000)) / 2))

    def auc(y: np.ndarray, p: np.ndarray) -> dict[str, float]:
        return {"auc": evaluate(y, p, cut_off=0.5).auc}

    single = [entity_bootstrap(auc, [label, p], count=100, seed=5)["auc"] for p in (worse, better)]
    paired = paired_difference(auc, label, worse, better, count=100, seed=5)["auc"]
    assert single[0].high > single[1].low
    assert paired.is_below_zero
    assert paired.estimate == pytest.approx(single[0].estimate - single[1].estimate)


def test_a_sample_with_too_few_bads_is_refused() -> None:
    label, p = np.array([1.0] + [0.0] * 50), np.linspace(0.1, 0.9, 51)
    with pytest.raises(ValueError, match="held one class only"):
        entity_bootstrap(lambda y, q: evaluate(y, q, cut_off=0.5), [label, p], count=100, seed=1)


def test_a_missing_entity_is_refused() -> None:
    with pytest.raises(ValueError, match="found 1 missing of 3"):
        entity_bootstrap(mean, [np.arange(3.0)], np.array(["a", None, "b"], dtype=object), count=10, seed=1)
