"""What a stored reference knows beyond its histogram: clusters, days, weekdays, and the budget of a year."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from credit_platform.statistics.clustering import Clustering, cluster_size
from credit_platform.statistics.multiplicity import nightly_level
from credit_platform.statistics.references import Reference, column_drift, frame_drift, reference_of, references_of

MONDAY = dt.date(2024, 1, 1)


def whole_customers(generator: np.random.Generator, *, count: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Values that share 64% of their variance within a customer of so many rows, and the customer."""
    entity = np.repeat(np.arange(count), rows)
    return 0.8 * generator.normal(size=count)[entity] + 0.6 * generator.normal(size=entity.size), entity


def by_weekday(generator: np.random.Generator, days: pd.DatetimeIndex, *, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Amounts that are 1 higher at weekends, and the day of each."""
    day = np.repeat(days.to_numpy(), rows)
    return generator.normal(np.isin(pd.DatetimeIndex(day).weekday, (5, 6)).astype(float)), day


def test_a_reference_survives_json() -> None:
    generator = np.random.default_rng(0)
    values, day = by_weekday(generator, pd.date_range(MONDAY, periods=70), rows=210)
    reference = reference_of(values, entity=np.arange(values.size) // 3, day=day, seed=1)
    assert Reference.from_dict(json.loads(json.dumps(reference.to_dict()))) == reference
    assert reference.clusters.rows == 3
    assert sum(sum(held[0]) for held in reference.weekdays if held) == values.size


def test_the_design_effect_of_a_mean_rank_is_that_of_the_correlation_within_customers() -> None:
    generator = np.random.default_rng(1)
    values, entity = whole_customers(generator, count=5_000, rows=8)
    found = reference_of(values, entity=entity, seed=2).clusters
    # Spearman correlation of a normal pair with r = .64 is 6 / pi asin(r / 2) = .62: 1 + 7 * .62 = 5.4 in theory.
    assert found.shift == pytest.approx(5.4, rel=0.15)
    assert 1 < found.shape < found.shift
    assert (found.missing, found.rows) == (1, 8)


def test_the_design_effect_of_very_many_customers_is_that_of_some_of_them() -> None:
    values, entity = whole_customers(np.random.default_rng(11), count=50_000, rows=3)
    found = reference_of(values, entity=entity, seed=2).clusters
    assert found.shift == pytest.approx(1 + 2 * 0.62, rel=0.15)
    assert found.rows == 3


def test_effects_grow_with_the_size_of_a_cluster() -> None:
    assert Clustering(2.0, 4.0, 1.0, rows=5).at(9) == Clustering(3.0, 7.0, 1.0, rows=9)
    assert cluster_size(np.array([0, 0, 0, 1])) == 10 / 4


def test_whole_customers_beside_a_reference_of_single_rows_are_calm_only_with_their_ids() -> None:
    generator = np.random.default_rng(3)
    reference = reference_of(generator.normal(size=20_000))
    with_ids = without = 0
    for _ in range(30):
        values, entity = whole_customers(generator, count=40, rows=20)
        with_ids += column_drift(reference, values, entity=entity).is_alarm
        without += column_drift(reference, values).is_alarm
    assert with_ids <= 2
    assert without >= 15


def test_single_rows_have_their_full_power_beside_a_reference_of_whole_customers() -> None:
    generator = np.random.default_rng(4)
    values, entity = whole_customers(generator, count=6_000, rows=10)
    reference = reference_of(values, entity=entity, seed=1)
    moved = [generator.normal(0.25, 1, 1_000) for _ in range(20)]
    assert sum(column_drift(reference, sample, entity=np.arange(1_000)).is_alarm for sample in moved) == 20
    assert sum(column_drift(reference, sample).is_alarm for sample in moved) <= 5


def test_fewer_customers_than_thirty_count_as_one_row_each() -> None:
    generator = np.random.default_rng(5)
    reference = reference_of(generator.normal(size=20_000))
    entity = np.arange(200) // 10
    assert column_drift(reference, generator.normal(size=200), entity=entity).deff == pytest.approx(10, rel=0.1)


def test_a_weekend_is_compared_with_weekends() -> None:
    generator = np.random.default_rng(6)
    values, day = by_weekday(generator, pd.date_range(MONDAY, periods=140), rows=200)
    reference, plain = reference_of(values, day=day), reference_of(values)
    week = [MONDAY + dt.timedelta(days=140 + i) for i in range(7)]
    samples = {date: generator.normal(float(date.weekday() >= 5), 1, 1_000) for date in week}
    assert reference.periods.shape < 1.5
    assert [d for d in week if column_drift(reference, samples[d], day=d).is_alarm] == []
    assert all(column_drift(plain, samples[d], day=d).is_alarm for d in week[5:])
    # A Saturday that looks like a working day is drift.
    assert column_drift(reference, samples[week[0]], day=week[5]).is_shift_alarm


def test_too_few_rows_of_a_weekday_fall_back_to_the_whole_reference() -> None:
    values, day = by_weekday(np.random.default_rng(7), pd.date_range(MONDAY, periods=30), rows=50)
    reference = reference_of(values, day=day)
    assert reference.weekdays == (None,) * 7
    assert reference.on(MONDAY) == reference.histogram


def test_days_that_move_together_are_one_cluster_each() -> None:
    generator = np.random.default_rng(8)
    day = np.repeat(pd.date_range(MONDAY, periods=60).to_numpy(), 200)
    shock = np.repeat(generator.normal(0, 0.5, 60), 200)
    reference = reference_of(shock + generator.normal(size=day.size), day=day)
    assert reference.periods.shift > 20
    assert not column_drift(reference, generator.normal(0.6, 1, 200), day=MONDAY).is_alarm


def test_a_frame_is_judged_with_one_budget_whatever_its_threads() -> None:
    generator = np.random.default_rng(9)
    before = pd.DataFrame({"a": generator.normal(size=4_000), "b": generator.choice(list("xy"), 4_000)})
    before["day"] = pd.Timestamp(MONDAY)
    references = references_of(before, entity=np.arange(4_000) // 2, threads=2)
    after = pd.DataFrame({"a": generator.normal(1, 1, 500), "b": generator.choice(list("xy"), 500)})
    found = frame_drift(references, after, entity=np.arange(500), threads=2)
    assert found == frame_drift(references, after, entity=np.arange(500), threads=1)
    assert [name for name, result in found.items() if result.is_alarm] == ["a"]
    with pytest.raises(ValueError, match=r"columns \['b'\] of the reference are not in the sample"):
        frame_drift(references, after[["a"]])


def test_a_row_without_a_customer_is_a_customer_of_its_own() -> None:
    values = np.random.default_rng(12).normal(size=400)
    references = references_of(pd.DataFrame({"a": values}))
    sample, who = pd.DataFrame({"a": values[:100]}), np.arange(100).astype(object)
    who[::2] = None
    assert frame_drift(references, sample, entity=who) == frame_drift(references, sample, entity=np.arange(100))


def test_a_year_of_calm_nights_opens_as_many_incidents_as_its_budget_says() -> None:
    assert nightly_level(1) == pytest.approx(1 / 365)
    assert nightly_level(2, nights=250, families=4) == pytest.approx(0.002)
    with pytest.raises(ValueError, match="found 0 false incidents a year"):
        nightly_level(0)
    generator = np.random.default_rng(10)
    frame = pd.DataFrame(generator.normal(size=(20_000, 6)), columns=list("abcdef"))
    references = references_of(frame)
    level = nightly_level(20, nights=200)
    nights = [pd.DataFrame(generator.normal(size=(300, 6)), columns=list("abcdef")) for _ in range(100)]
    incidents = sum(
        any(found.is_alarm for found in frame_drift(references, night, level=level).values()) for night in nights
    )
    assert 1 <= incidents <= 16  # 10 expected at most; 16 or fewer at least 97% of the time


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_customers_whose_column_is_empty_have_no_ranks_to_vary() -> None:
    values, entity = whole_customers(np.random.default_rng(12), count=400, rows=5)
    empty = reference_of(np.full(values.size, np.nan), entity=entity, seed=2)
    assert (empty.clusters.shape, empty.clusters.shift, empty.clusters.missing) == (1, 1, 1)
    known = reference_of(values, entity=entity, seed=2)
    found = column_drift(known, np.full(600, np.nan), entity=np.arange(600) // 5)
    assert (found.shift, found.shift_p_value, found.missing_rate, found.is_missing_alarm) == (0, 1, 1, True)
