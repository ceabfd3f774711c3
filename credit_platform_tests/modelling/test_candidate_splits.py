"""Candidate splits: which one tests as deployment does, and where the rest of a random split's figure comes from."""

from dataclasses import replace

import numpy as np
import pytest

from credit_platform.modelling.candidate_splits import CandidateSplit, Way, candidate_splits, explain_gap
from credit_platform.modelling.sample import Sample
from credit_platform_tests.modelling.planted import by_time, clean, with_column


def scored(sample: Sample, *, suspects: tuple[str, ...] = ()) -> dict[Way, CandidateSplit]:
    split = by_time(clean(4) if sample.decided is None else sample)
    found = candidate_splits(sample, split.development, split.test, suspects=suspects, seed=1, threads=1)
    return {each.way: each for each in found}


@pytest.fixture(scope="module")
def remembered() -> Sample:
    """A column that names the customer, of whom three in ten are always bad and the others never."""
    sample = clean(4, customers=80)
    named = np.asarray(sample.entity)
    return replace(with_column(sample, named), label=(named * 7919 % 10 < 3).astype(np.int8))


def test_the_split_by_time_matches_deployment_and_tests_on_nothing_learned_later() -> None:
    found = scored(clean(4))
    assert [way for way, each in found.items() if each.matches_deployment] == ["by time"]
    assert found["by time"].unknowable_labels == 0
    assert found["random rows"].unknowable_labels == pytest.approx(0.5, abs=0.1)
    assert found["by entity"].known_entities == found["by time, new entities"].known_entities == 0
    assert found["random rows"].rows == found["by time"].rows


def test_customers_that_a_model_recognises_are_the_gap_to_whole_customers_held_out(remembered: Sample) -> None:
    found = scored(remembered)
    random, grouped = found["random rows"].auc, found["by entity"].auc
    assert random is not None and grouped is not None
    assert random > 0.99 and grouped < 0.75
    text = explain_gap(list(found.values()))
    assert f"Holding out whole entities alone changes it by {grouped - random:+.3f}" in text


def test_without_dates_whole_entities_and_without_both_random_rows_match_deployment() -> None:
    without_dates = replace(clean(4), decided=None, final=None)
    table = replace(without_dates, entity=None)
    for sample, way in ((without_dates, "by entity"), (table, "random rows")):
        assert [each.way for each in scored(sample).values() if each.matches_deployment] == [way]
    assert explain_gap(list(scored(table).values())) == ""


def test_a_suspect_is_left_out_of_one_more_figure_in_the_same_window() -> None:
    noise = np.random.default_rng(3).normal(0, 0.3, 4_000)
    found = scored(with_column(clean(4), clean(4).label + noise), suspects=("planted",))
    leaky, honest = found["by time"].auc, found["by time, without suspects"].auc
    assert leaky is not None and honest is not None
    assert leaky > 0.97 and honest < 0.75
    assert "no split removes such a leak" in explain_gap(list(found.values()))
