"""Splits match deployment."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.maturity import mature_shares, maturity
from credit_platform.modelling.sample import Sample, Units, fingerprint
from credit_platform.modelling.splits import split_sample

WINDOW = TimeSplit(
    kind="time",
    column="decided",
    history_until=dt.date(2022, 12, 20),
    calibration_from=dt.date(2022, 7, 1),
    selection_from=dt.date(2022, 9, 1),
    oot_from=dt.date(2022, 10, 15),
    oot_until=dt.date(2022, 11, 30),
    folds=4,
)
WINDOWS = {"train": np.arange(10), "test": np.arange(10, 20)}


def undated(sample: Sample) -> Units:
    return Units(key=sample.key, label=sample.label, weight=sample.weight)


def dated(sample: Sample, seed: int) -> tuple[Units, TimeSplit]:
    """Other dates, labels that take up to 60 days, and windows that open on other days, by seed.

    Training is then too short for folds that expand in time: these tests are of windows alone.
    """
    generator = np.random.default_rng(seed)
    decided = np.datetime64("2022-01-01") + generator.integers(0, 365, len(sample)).astype("timedelta64[D]")
    final = decided + generator.integers(1, 60, len(sample)).astype("timedelta64[D]")
    days = generator.integers(1, 28, 3).tolist()
    opens = [dt.date(2022, month, day) for month, day in zip((4, 7, 10), days, strict=True)]
    names = ("calibration_from", "selection_from", "oot_from")
    units = Units(key=sample.key, label=sample.label, weight=sample.weight, decided=decided, final=final)
    return units, WINDOW.model_copy(update={**dict(zip(names, opens, strict=True)), "expanding": False})


@pytest.mark.parametrize("seed", range(20))
def test_windows_are_disjoint_and_dated_and_hold_no_immature_label(sample: Sample, seed: int) -> None:
    units, declared = dated(sample, seed)
    split = split_sample(units, declared, seed=1)
    assert units.final is not None and units.decided is not None
    opens = [declared.calibration_from, declared.selection_from, declared.oot_from, dt.date(2022, 12, 1)]
    used_on = [declared.calibration_from, declared.oot_from, declared.oot_from, dt.date(2023, 12, 1)]
    first = dt.date(2022, 1, 1)
    assert list(split.windows) == ["train", "calibration", "selection", "oot"]
    used = np.concatenate(list(split.windows.values()))
    assert len(np.unique(used)) == len(used)
    for rows, end, use in zip(split.windows.values(), opens, used_on, strict=True):
        inside = (units.decided >= np.datetime64(first)) & (units.decided < np.datetime64(end))
        mature = units.final < np.datetime64(use)
        assert rows.tolist() == np.flatnonzero(inside & mature).tolist()
        first = end
    assert sorted(used[np.isin(used, split.test, invert=True)]) == split.development.tolist()


def test_maturity_tells_which_units_a_window_was_used_too_early_for(sample: Sample) -> None:
    assert sample.decided is not None
    days = np.where(np.arange(len(sample)) % 4 == 0, 40, 8)
    units = replace(undated(sample), decided=sample.decided, final=sample.decided + days.astype("timedelta64[D]"))
    split = split_sample(units, WINDOW, seed=1)
    found = {(each.window, each.label_days): each for each in maturity(units, WINDOW, split)}
    assert [key for key in found if key[0] == "selection"] == [("selection", "up to 8"), ("selection", "9 to 40")]
    for (window, _), each in found.items():
        assert each.used <= each.decided, window
    for name, rows in split.windows.items():
        parts = [each for each in found.values() if each.window == name]
        assert sum(each.used for each in parts) == len(rows)
        assert sum(each.bads for each in parts) == units.label[rows].sum()
        assert sum(each.share_used for each in parts) == pytest.approx(1)
    shares = mature_shares(tuple(found.values()))
    assert list(shares) == list(split.windows)
    inside = (sample.decided >= np.datetime64("2022-09-01")) & (sample.decided < np.datetime64("2022-10-15"))
    assert shares["selection"] == len(split.selection) / inside.sum()
    slow = found["selection", "9 to 40"]
    early = (sample.decided >= np.datetime64("2022-09-01")) & (sample.decided < np.datetime64("2022-09-05"))
    assert slow.used == int((early & (days == 40)).sum())
    assert slow.share_used < 0.05
    assert slow.share_decided > 0.2
    assert found["oot", "9 to 40"].used == found["oot", "9 to 40"].decided


def test_windows_of_shares_are_disjoint_and_cover_every_row(sample: Sample) -> None:
    shares = StratifiedSplit(kind="stratified", test_share=0.2, calibration_share=0.1, selection_share=0.3)
    units = undated(sample)
    split = split_sample(units, shares, seed=1)
    assert sorted(np.concatenate(list(split.windows.values()))) == list(range(len(sample)))
    for rows, share in ((split.test, 0.2), (split.calibration, 0.1), (split.selection, 0.3), (split.train, 0.4)):
        assert len(rows) == pytest.approx(share * len(sample), abs=2)
        assert units.label[rows].mean() == pytest.approx(units.label.mean(), abs=0.005)


def test_a_window_with_too_few_bads_for_a_calibrator_says_how_many(sample: Sample) -> None:
    late = WINDOW.model_copy(update={"calibration_from": dt.date(2022, 8, 29)})
    with pytest.raises(
        ValueError, match=r"calibration window holds \d+ bads among \d+ rows, expected at least 20 bads"
    ):
        split_sample(sample, late, seed=1)
    few = StratifiedSplit(kind="stratified", calibration_share=0.01)
    with pytest.raises(ValueError, match="widen it with split.calibration_share"):
        split_sample(undated(sample), few, seed=1)


def test_no_entity_is_on_both_sides_of_a_fold_and_every_row_is_scored_once(sample: Sample) -> None:
    split = split_sample(sample, WINDOW.model_copy(update={"expanding": False}), seed=1)
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
    assert sample.decided is not None
    good = sample.take(np.flatnonzero((sample.label == 0) | (sample.decided < np.datetime64("2022-10-15"))))
    with pytest.raises(ValueError, match="test side of the oot split holds 0 bads"):
        split_sample(good, WINDOW, seed=1)


def test_the_fingerprint_knows_content_and_not_order(sample: Sample) -> None:
    shuffled = sample.take(np.random.default_rng(5).permutation(len(sample)))
    changed = sample.matrix.copy()
    changed[7, 2] += 1
    other = replace(sample, matrix=changed)
    known = fingerprint(sample, WINDOWS)
    assert fingerprint(shuffled, {}) == fingerprint(sample, {})
    assert fingerprint(other, WINDOWS) != known
    assert len(known) == 64


def test_the_fingerprint_knows_which_window_a_row_is_in(sample: Sample) -> None:
    moved = {"train": np.arange(5), "test": np.arange(5, 20)}
    assert fingerprint(sample, moved) != fingerprint(sample, WINDOWS)
    order = np.arange(len(sample))[::-1]
    turned = {name: len(sample) - 1 - rows for name, rows in WINDOWS.items()}
    assert fingerprint(sample.take(order), turned) == fingerprint(sample, WINDOWS)


def test_a_matrix_with_an_infinite_value_names_the_feature(sample: Sample) -> None:
    matrix = sample.matrix.copy()
    matrix[3, 1] = np.inf
    with pytest.raises(ValueError, match="f1"):
        replace(sample, matrix=matrix)
