"""Splits match deployment."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.modelling.sample import Sample, Units, fingerprint
from credit_platform.modelling.splits import make_folds, split_sample

WINDOW = TimeSplit(
    kind="time",
    column="decided",
    history_until=dt.date(2022, 12, 20),
    oot_from=dt.date(2022, 10, 15),
    oot_until=dt.date(2022, 11, 30),
    folds=4,
)


def undated(sample: Sample) -> Units:
    return Units(key=sample.key, label=sample.label, weight=sample.weight)


def test_no_training_label_is_final_after_the_window_opens(sample: Sample) -> None:
    split = split_sample(sample, WINDOW, seed=1)
    assert sample.final is not None and sample.decided is not None
    expected = int((sample.final < np.datetime64("2022-10-15")).sum())
    assert sample.final[split.train].max() < np.datetime64("2022-10-15")
    assert len(split.train) == expected
    assert sample.decided[split.test].min() >= np.datetime64("2022-10-15")
    assert sample.decided[split.test].max() <= np.datetime64("2022-11-30")
    assert not set(split.train) & set(split.test)
    assert split.population == "oot"


def test_no_entity_is_on_both_sides_of_a_fold_and_every_row_is_scored_once(sample: Sample) -> None:
    split = split_sample(sample, WINDOW, seed=1)
    training = sample.take(split.train)
    assert training.entity is not None
    for fold in split.folds:
        assert not set(training.entity[fold.fit]) & set(training.entity[fold.score])
    assert sorted(np.concatenate([fold.score for fold in split.folds])) == list(range(len(training)))


def test_folds_hold_about_the_same_number_of_bads_and_rows(sample: Sample) -> None:
    folds = make_folds(sample, count=5, seed=1)
    bads = [int(sample.label[fold.score].sum()) for fold in folds]
    rows = [len(fold.score) for fold in folds]
    assert max(bads) - min(bads) <= 2
    assert max(rows) - min(rows) <= 0.05 * len(sample)


def test_folds_do_not_depend_on_the_order_of_the_rows(sample: Sample) -> None:
    shuffled = np.random.default_rng(5).permutation(len(sample))
    first, second = make_folds(sample, count=5, seed=1), make_folds(sample.take(shuffled), count=5, seed=1)
    for one, other in zip(first, second, strict=True):
        assert set(sample.key[one.score]) == set(sample.key[shuffled][other.score])


def test_a_stratified_hold_out_keeps_the_bad_rate_and_names_itself(sample: Sample) -> None:
    units = undated(sample)
    split = split_sample(units, StratifiedSplit(kind="stratified", test_share=0.2, folds=3), seed=1)
    assert len(split.test) == pytest.approx(0.2 * len(sample), abs=2)
    assert units.label[split.test].mean() == pytest.approx(units.label.mean(), abs=0.002)
    assert split.population == "stratified"


def test_a_stratified_split_of_a_portfolio_with_entities_is_refused(sample: Sample) -> None:
    with pytest.raises(ValueError, match="split by time"):
        split_sample(sample, StratifiedSplit(kind="stratified"), seed=1)


def test_a_split_by_time_without_dates_says_what_to_declare(sample: Sample) -> None:
    with pytest.raises(ValueError, match="final_date"):
        split_sample(undated(sample), WINDOW, seed=1)


def test_a_window_without_bads_says_so(sample: Sample) -> None:
    assert sample.final is not None
    good = sample.take(np.flatnonzero((sample.label == 0) | (sample.final < np.datetime64("2022-10-15"))))
    with pytest.raises(ValueError, match="test side of the oot split holds 0 bads"):
        split_sample(good, WINDOW, seed=1)


def test_the_fingerprint_knows_content_and_not_order(sample: Sample) -> None:
    shuffled = sample.take(np.random.default_rng(5).permutation(len(sample)))
    changed = sample.matrix.copy()
    changed[7, 2] += 1
    other = replace(sample, matrix=changed)
    assert fingerprint(shuffled) == fingerprint(sample)
    assert fingerprint(other) != fingerprint(sample)
    assert len(fingerprint(sample)) == 64


def test_a_matrix_with_an_infinite_value_names_the_feature(sample: Sample) -> None:
    matrix = sample.matrix.copy()
    matrix[3, 1] = np.inf
    with pytest.raises(ValueError, match="f1"):
        replace(sample, matrix=matrix)
