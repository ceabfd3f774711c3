"""The advice blocks what a decision cannot know, and nothing else."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from credit_platform.contracts.release import Feature
from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.modelling.advice import Kind, advise_split
from credit_platform.modelling.folds import Fold
from credit_platform.modelling.leakage import post_outcome_test
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.splits import split_sample
from credit_platform_tests.modelling.planted import LEAKS, by_time, clean, independent, named

WINDOW = TimeSplit(
    kind="time",
    column="decided",
    history_until=dt.date(2022, 12, 31),
    calibration_from=dt.date(2022, 7, 1),
    selection_from=dt.date(2022, 9, 1),
    oot_from=dt.date(2022, 10, 15),
    oot_until=dt.date(2022, 11, 30),
)


def with_column(sample: Sample, column: np.ndarray) -> Sample:
    features = (*sample.features, Feature(name="planted", kind="numeric"))
    matrix = np.column_stack([sample.matrix, column]).astype(np.float32)
    return replace(sample, matrix=matrix, features=features)


def leak(sample: Sample) -> np.ndarray:
    return sample.label + np.random.default_rng(1).normal(0, 0.2, len(sample))


def test_an_honest_sample_passes_with_its_figures(sample: Sample) -> None:
    assert sample.entity is not None
    advice = advise_split(sample, split_sample(sample, WINDOW, seed=1), is_gating=True)
    found = {finding.kind: finding for finding in advice.findings}
    assert not advice.blocks
    assert (advice.recommended, advice.grouped_by_entity) == ("time", True)
    assert found["entities_across_folds"].figure == 0
    assert found["entity_repeats"].figure == pytest.approx(len(sample) / len(set(sample.entity.tolist())))
    assert found["time_order"].level == "info" and found["time_order"].figure > 0
    assert {"single_feature_auc", "post_outcome"}.isdisjoint(found)


def test_a_value_written_after_the_outcome_blocks_the_gating_set_only(sample: Sample) -> None:
    leaky = with_column(sample, leak(sample))
    split = split_sample(leaky, WINDOW, seed=1)
    gating, benchmark = (advise_split(leaky, split, is_gating=is_gating) for is_gating in (True, False))
    planted = {finding.kind: finding for finding in gating.findings if finding.feature == "planted"}
    assert gating.blocks and not benchmark.blocks
    assert planted["single_feature_auc"].figure > 0.99
    assert planted["post_outcome"].figure > 0.95


def test_a_counter_that_rises_with_every_unit_is_a_trend_and_not_a_leak(sample: Sample) -> None:
    assert sample.decided is not None and sample.entity is not None
    days = (sample.decided - np.datetime64("2022-01-01")).astype(float)
    is_last = np.array([days[row] == days[sample.entity == sample.entity[row]].max() for row in range(len(sample))])
    counted = replace(with_column(sample, days), label=is_last.astype(np.int8))
    test = post_outcome_test(counted, len(sample.features))
    assert (test.share, test.control_share) == (1.0, 1.0)
    advice = advise_split(counted, split_sample(counted, WINDOW, seed=1), is_gating=True)
    assert "post_outcome" not in {finding.kind for finding in advice.findings}


def test_without_entities_a_feature_that_is_that_good_only_warns(sample: Sample) -> None:
    table = replace(with_column(sample, leak(sample)), entity=None, decided=None, final=None)
    split = split_sample(table, StratifiedSplit(kind="stratified"), seed=1)
    advice = advise_split(table, split, is_gating=True)
    assert not advice.blocks
    assert [f.level for f in advice.findings if f.feature == "planted"] == ["warning"]
    assert advice.recommended == "stratified"


def test_a_value_that_is_present_for_bads_only_is_found(sample: Sample) -> None:
    leaky = with_column(sample, np.where(sample.label == 1, 1.0, np.nan))
    assert advise_split(leaky, split_sample(leaky, WINDOW, seed=1), is_gating=True).blocks


def test_an_entity_on_both_sides_of_a_fold_blocks(sample: Sample) -> None:
    split = split_sample(sample, WINDOW, seed=1)
    half = np.arange(len(split.train)) % 2
    sides = (np.flatnonzero(half), np.flatnonzero(1 - half))
    folds = (Fold(sides[0], sides[1]), Fold(sides[1], sides[0]))
    mixed = replace(split, folds=folds)
    assert advise_split(sample, mixed, is_gating=True).blocks
    assert not advise_split(sample, mixed, is_gating=False).blocks


@pytest.mark.parametrize("kind", list(LEAKS))
def test_a_planted_leak_is_named(kind: Kind) -> None:
    assert kind in named(LEAKS[kind](3))


@pytest.mark.parametrize("seed", [0, 1])
def test_rows_that_share_nothing_raise_no_alarm(seed: int) -> None:
    assert named(independent(seed)) == set()


def test_customers_who_come_back_raise_no_alarm_in_a_split_by_time() -> None:
    sample = clean(5)
    assert named((sample, by_time(sample))) == set()
