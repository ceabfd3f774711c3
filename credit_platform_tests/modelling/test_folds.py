"""Folds that expand in time know nothing of the weeks that they score, and nobody of those whom they score."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from credit_platform.builders.pieces import fold_arrays, folds_of_arrays
from credit_platform.contracts.split import TimeSplit
from credit_platform.modelling.advice import advise_split
from credit_platform.modelling.fold_figures import fold_figures
from credit_platform.modelling.folds import expanding_folds, folds_of, scored_rows
from credit_platform.modelling.sample import Sample, Units, fingerprint
from credit_platform.modelling.splits import split_sample

PERIODS, GROUPS = 4, 3
WINDOW = TimeSplit(
    kind="time",
    column="decided",
    history_until=dt.date(2022, 12, 31),
    calibration_from=dt.date(2022, 7, 1),
    selection_from=dt.date(2022, 9, 1),
    oot_from=dt.date(2022, 10, 15),
    oot_until=dt.date(2022, 11, 30),
)


def units(seed: int, *, rows: int = 3_000, longest: int = 60) -> Units:
    """A tenth is bad; labels take up to ``longest`` days, the customers come back."""
    generator = np.random.default_rng(seed)
    decided = np.datetime64("2022-01-01") + generator.integers(0, 240, rows).astype("timedelta64[D]")
    return Units(
        key=np.arange(rows),
        label=(generator.random(rows) < 0.1).astype(np.int8),
        weight=np.ones(rows),
        entity=generator.integers(0, rows // 6, rows),
        decided=decided,
        final=decided + generator.integers(1, longest, rows).astype("timedelta64[D]"),
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_fold_learns_only_labels_final_before_what_it_scores_and_of_other_entities(seed: int) -> None:
    sample = units(seed)
    assert sample.decided is not None and sample.final is not None and sample.entity is not None
    folds = expanding_folds(sample, periods=PERIODS, groups=GROUPS, seed=1)
    assert [fold.period for fold in folds] == np.repeat(range(PERIODS), GROUPS).tolist()
    for fold in folds:
        assert sample.final[fold.fit].max() < sample.decided[fold.score].min()
        assert not set(sample.entity[fold.fit]) & set(sample.entity[fold.score])
    least = [min(len(fold.fit) for fold in folds if fold.period == period) for period in range(PERIODS)]
    assert least == sorted(least) and len(set(least)) == PERIODS


def test_periods_follow_each_other_and_hold_equal_rows_and_no_row_twice() -> None:
    sample = units(3)
    assert sample.decided is not None and sample.final is not None
    figures = fold_figures(sample, expanding_folds(sample, periods=PERIODS, groups=GROUPS, seed=1))
    assert all(str(first.last_day) < str(later.first_day) for first, later in pairwise(figures))
    opens = np.datetime64(figures[0].first_day or "")
    scored = int((sample.decided >= opens).sum())
    assert sum(each.scored_rows for each in figures) == scored
    assert max(abs(each.scored_rows - scored / PERIODS) for each in figures) < 15  # rows of one day
    # Half of all labels are final when the first period opens; two thirds of the customers may be learnt from.
    known = int((sample.final < opens).sum())
    assert known == pytest.approx(len(sample) / 2, abs=15)
    assert figures[0].fit_rows == pytest.approx(known * 2 / 3, rel=0.1)
    assert [(each.models, each.unknown_labels) for each in figures] == [(GROUPS, 0)] * PERIODS


def test_folds_in_time_do_not_depend_on_the_order_of_the_rows() -> None:
    sample, order = units(4), np.random.default_rng(5).permutation(3_000)
    first, second = (expanding_folds(each, periods=3, groups=2, seed=1) for each in (sample, sample.take(order)))
    for one, other in zip(first, second, strict=True):
        assert set(sample.key[one.fit]) == set(sample.key[order][other.fit])
        assert set(sample.key[one.score]) == set(sample.key[order][other.score])


def test_without_entities_a_period_is_one_fold_of_all_that_is_known() -> None:
    sample = replace(units(6), entity=None)
    assert sample.decided is not None and sample.final is not None
    folds = expanding_folds(sample, periods=3, groups=GROUPS, seed=1)
    assert [fold.period for fold in folds] == [0, 1, 2]
    for fold in folds:
        known = sample.final < sample.decided[fold.score].min()
        assert np.array_equal(fold.fit, np.flatnonzero(known))


def test_labels_that_take_longer_than_the_window_say_what_to_do() -> None:
    with pytest.raises(ValueError, match="Declare expanding: false, fewer folds, or bring more history"):
        expanding_folds(
            replace(units(7), final=np.full(3_000, np.datetime64("2023-06-01"))), periods=4, groups=3, seed=1
        )
    with pytest.raises(ValueError, match="need the decision date"):
        expanding_folds(replace(units(7), final=None), periods=4, groups=3, seed=1)


def test_a_use_case_with_time_has_them_unless_it_declares_otherwise(sample: Sample) -> None:
    split = split_sample(sample, WINDOW, seed=1)
    training = sample.take(split.train)
    mixed = folds_of(training, WINDOW.model_copy(update={"expanding": False}), seed=1)
    assert len(split.folds) == WINDOW.folds * WINDOW.entity_groups and len(mixed) == WINDOW.folds
    assert np.array_equal(split.out_of_fold, split.train[scored_rows(split.folds)])
    assert 0.3 < len(split.out_of_fold) / len(split.train) < 0.5
    assert len(scored_rows(mixed)) == len(split.train)
    found = {
        name: {each.kind: each for each in advise_split(sample, replace(split, folds=folds), is_gating=True).findings}
        for name, folds in (("expanding", split.folds), ("mixed", mixed))
    }
    assert found["expanding"]["unknown_labels_in_folds"].level == "info"
    assert found["mixed"]["unknown_labels_in_folds"].level == "warning"
    assert found["mixed"]["unknown_labels_in_folds"].figure > 100


def test_folds_survive_being_stored_and_are_part_of_the_fingerprint(sample: Sample) -> None:
    split = split_sample(sample, WINDOW, seed=1)
    stored = folds_of_arrays(fold_arrays(split))
    for one, read in zip(split.folds, stored, strict=True):
        assert one.period == read.period
        assert np.array_equal(one.fit, read.fit) and np.array_equal(one.score, read.score)
    other = split_sample(sample, WINDOW.model_copy(update={"entity_groups": 2}), seed=1)
    known = fingerprint(sample, split.windows, overlapping=split.fold_rows)
    assert fingerprint(sample, other.windows, overlapping=other.fold_rows) != known
    order = np.random.default_rng(5).permutation(len(sample))
    shuffled = sample.take(order)
    again = split_sample(shuffled, WINDOW, seed=1)
    assert fingerprint(shuffled, again.windows, overlapping=again.fold_rows) == known
