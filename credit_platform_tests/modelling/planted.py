"""Simulated units without a leak, and the same with one planted: what the split advisor must and must not name."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from credit_platform.contracts.release import Feature
from credit_platform.contracts.split import TimeSplit
from credit_platform.modelling.advice import Kind, advise_split
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.sample import Indices, Sample
from credit_platform.modelling.splits import Split, split_sample

ROWS, CUSTOMERS, DAYS = 4_000, 700, 300
FIRST_DAY = np.datetime64("2022-01-01")
WINDOW = TimeSplit(
    kind="time",
    column="decided",
    history_until=dt.date(2022, 12, 31),
    calibration_from=dt.date(2022, 4, 15),
    selection_from=dt.date(2022, 6, 15),
    oot_from=dt.date(2022, 8, 15),
    oot_until=dt.date(2022, 12, 31),
)
Planted = tuple[Sample, Split]


def clean(seed: int, *, customers: int = CUSTOMERS) -> Sample:
    """Units of customers whose risk differs, 8% bad: an amount in whole tens, a term, a counter that rises, a gap."""
    generator = np.random.default_rng([seed, 1])
    entity = generator.integers(0, customers, ROWS)
    day = np.sort(generator.integers(0, DAYS, ROWS))
    risk = generator.normal(0, 1, customers)[entity]
    earlier = np.zeros(ROWS)
    for each in np.unique(entity):
        earlier[entity == each] = np.arange((entity == each).sum())
    amount = np.round(generator.lognormal(6, 0.8, ROWS), -1)
    gap = np.where(earlier > 0, generator.exponential(20, ROWS), np.nan)
    term = generator.choice([7, 14, 30], ROWS)
    matrix = np.column_stack([amount, term, earlier, gap, risk + generator.normal(0, 1, ROWS)])
    bad = generator.random(ROWS) < 1 / (1 + np.exp(3.1 - 0.8 * risk - 0.3 * (np.log(amount) - 6)))
    decided = FIRST_DAY + day.astype("timedelta64[D]")
    return Sample(
        key=np.arange(ROWS),
        label=bad.astype(np.int8),
        weight=np.ones(ROWS),
        entity=entity,
        decided=decided,
        final=decided + (term + 1).astype("timedelta64[D]"),
        matrix=matrix.astype(np.float32),
        features=tuple(Feature(name=n, kind="numeric") for n in ("amount", "term", "earlier", "gap", "noisy_risk")),
    )


def by_time(sample: Sample) -> Split:
    return split_sample(sample, WINDOW, seed=1)


def independent(seed: int) -> Planted:
    """Rows that share nothing: each its own customer; every second sample of columns with few values only."""
    sample = replace(clean(seed, customers=ROWS), entity=np.arange(ROWS))
    if seed % 2:
        rounded = np.column_stack([np.round(np.log(sample.matrix[:, 0])), np.round(sample.matrix[:, 1:])])
        sample = replace(sample, matrix=rounded.astype(np.float32))
    return sample, by_time(sample)


def with_column(sample: Sample, column: np.ndarray) -> Sample:
    matrix = np.column_stack([sample.matrix, column]).astype(np.float32)
    return replace(sample, matrix=matrix, features=(*sample.features, Feature(name="planted", kind="numeric")))


def _late_charge(seed: int) -> Planted:
    """A charge that differs far more between customers than the late fee adds to it."""
    sample, generator = clean(seed), np.random.default_rng([seed, 2])
    usual = generator.normal(0, 1, CUSTOMERS)[np.asarray(sample.entity)]
    leaky = with_column(sample, usual + generator.normal(0, 0.05, ROWS) + 0.3 * sample.label)
    return leaky, by_time(leaky)


def _nearly_the_label(seed: int) -> Planted:
    sample = clean(seed)
    leaky = with_column(sample, sample.label + np.random.default_rng([seed, 2]).normal(0, 0.35, ROWS))
    return leaky, by_time(leaky)


def _random_rows(seed: int) -> Planted:
    sample = clean(seed)
    order = np.random.default_rng([seed, 2]).permutation(ROWS)
    test, calibration, selection, train = (np.sort(part) for part in np.split(order, [ROWS // 4, 1_500, 2_000]))
    return sample, replace(_split(sample, train, test), calibration=calibration, selection=selection)


def _copies(seed: int) -> Planted:
    """One test row in twenty has the features of a training row, under another key and customer."""
    sample, generator = clean(seed), np.random.default_rng([seed, 2])
    split = by_time(sample)
    matrix = sample.matrix.copy()
    chosen = generator.choice(split.test, len(split.test) // 20, replace=False)
    matrix[chosen] = matrix[generator.choice(split.train, len(chosen), replace=False)]
    return replace(sample, matrix=matrix), split


def _time_broken(seed: int) -> Planted:
    """Training goes on for a month after the test window has opened."""
    sample, split = clean(seed), by_time(clean(seed))
    assert sample.decided is not None
    is_late = sample.decided[split.test] < np.datetime64("2022-09-15")
    moved = np.random.default_rng([seed, 2]).random(len(split.test)) < 0.5
    late = split.test[is_late & moved]
    return sample, _split(sample, np.sort(np.concatenate([split.train, late])), np.setdiff1d(split.test, late))


def _two_lenders(seed: int) -> Planted:
    """One row in thirty is a second lender's part of the row before it: same customer, day and outcome."""
    sample, generator = clean(seed), np.random.default_rng([seed, 2])
    rows = np.arange(ROWS)
    second = generator.choice(rows[1:], ROWS // 30, replace=False)
    rows[second] = second - 1
    split_funding = with_column(sample.take(rows), generator.random(ROWS))
    return replace(split_funding, key=np.arange(ROWS)), by_time(split_funding)


def _split(sample: Sample, train: Indices, test: Indices) -> Split:
    folds = make_folds(sample.take(train), count=5, seed=1)
    return replace(by_time(sample), train=train, test=test, folds=folds)


LEAKS: dict[Kind, Callable[[int], Planted]] = {
    "post_outcome": _late_charge,
    "single_feature_auc": _nearly_the_label,
    "entities_across_split": _random_rows,
    "duplicates": _copies,
    "time_order": _time_broken,
    "same_decision": _two_lenders,
}


def named(planted: Planted) -> set[Kind]:
    """The kinds of leak that the advisor names in a gating feature set, figures that only inform aside."""
    sample, split = planted
    return {each.kind for each in advise_split(sample, split, is_gating=True).findings if each.level != "info"}
