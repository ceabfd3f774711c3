"""The proxy scan finds what gives a group away, and nothing where nothing does."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from credit_platform.modelling.proxies import proxy_scan
from credit_platform.modelling.sample import Sample


def of_entity(sample: Sample, names: list[str], *, seed: int) -> np.ndarray:
    """A group for each entity, by chance alone."""
    generator = np.random.default_rng(seed)
    assert sample.entity is not None
    entities, member = np.unique(sample.entity, return_inverse=True)
    return generator.choice(names, len(entities))[member]


def test_a_feature_that_stands_for_the_group_is_named_first(sample: Sample) -> None:
    noise = np.random.default_rng(3).normal(size=len(sample))
    group = np.where(sample.matrix[:, 2] + 0.3 * noise > 0.8, "north", "south")
    (found,) = proxy_scan("region", pd.Series(group), sample, seed=1)
    assert (found.attribute, found.level, found.rows) == ("region", "north", int((group == "north").sum()))
    assert found.auc.low > 0.9
    assert found.proxies[0].feature == "f2"
    assert found.proxies[0].share > 0.5
    assert found.proxies[0].association > 0.6
    assert found.proxies[1].association < 0.15


def test_a_group_drawn_by_chance_is_told_at_chance_though_entities_repeat(sample: Sample) -> None:
    """Folds that cut entities apart would tell it by the entity's other rows."""
    traits = np.random.default_rng(9).normal(size=500).astype(np.float32)
    assert sample.entity is not None
    marked = sample.matrix.copy()
    marked[:, 1] = traits[[int(name[1:]) for name in sample.entity]]
    told = replace(sample, matrix=marked)
    (found,) = proxy_scan("region", pd.Series(of_entity(told, ["a", "b"], seed=4)), told, seed=1)
    assert found.auc.low < 0.5 < found.auc.high


def test_of_several_levels_each_is_scanned_and_small_or_unknown_ones_are_not(sample: Sample) -> None:
    group = of_entity(sample, ["a", "b", "c"], seed=5).astype(object)
    group[:40] = "rare"
    group[40:60] = None
    found = proxy_scan("region", pd.Series(group), sample, seed=1)
    assert sorted(scan.level for scan in found) == ["a", "b", "c"]
    assert sum(scan.rows for scan in found) == len(sample) - 60
    assert [scan.auc.count for scan in found] == [pytest.approx(480, abs=20)] * 3
