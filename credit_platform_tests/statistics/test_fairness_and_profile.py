import numpy as np
import pandas as pd
import pytest

from credit_platform.statistics.fairness import as_groups, fairness
from credit_platform.statistics.fairness_bounds import fairness_metrics
from credit_platform.statistics.profile import profile


def test_selection_ratio_opportunity_and_calibration_by_hand() -> None:
    group = pd.Series(["a"] * 60 + ["b"] * 40)
    probability = np.r_[np.full(45, 0.1), np.full(15, 0.9), np.full(10, 0.1), np.full(30, 0.9)]
    label = np.r_[np.zeros(50), np.ones(10), np.zeros(20), np.ones(20)]
    found = fairness("sex", group, label, probability, cut_off=0.5, seed=1, count=200)
    a, b = found.groups
    assert (found.reference, a.selection_rate, b.selection_rate) == ("a", 0.75, 0.25)
    assert b.selection_ratio.estimate == pytest.approx(1 / 3)
    assert b.equal_opportunity_gap.estimate == pytest.approx(10 / 20 - 45 / 50)
    assert b.calibration_gap.estimate == pytest.approx(0.5 - 0.7)
    assert b.breaks_four_fifths
    assert not a.breaks_four_fifths


def test_equal_treatment_breaks_nothing() -> None:
    generator = np.random.default_rng(2)
    group = pd.Series(generator.choice(["a", "b"], 2_000))
    p = generator.beta(2, 8, 2_000)
    label = (generator.random(2_000) < p).astype(float)
    found = fairness("sex", group, label, p, cut_off=0.3, seed=1, count=100, entity=np.arange(2_000) // 3)
    assert not any(g.breaks_four_fifths for g in found.groups)
    for g in found.groups:
        assert g.calibration_gap.low < 0.02 and g.calibration_gap.high > -0.02


def test_the_rule_is_asked_of_the_most_accepted_group_so_a_majority_can_be_the_one_treated_worse() -> None:
    """29 CFR 1607.4(D): 6,000 women accepted at .5 beside 4,000 men at .8; nine men accepted always are too few."""
    group = pd.Series(["women"] * 6_000 + ["men"] * 4_000 + ["few"] * 9)
    rejected = np.r_[np.arange(6_000) % 2, np.arange(4_000) % 5 == 0, np.zeros(9)]
    found = fairness("sex", group, rejected, np.where(rejected, 0.9, 0.1), cut_off=0.5, seed=1, count=50)
    women, men, few = found.groups
    assert (found.reference, found.favoured, few.is_small) == ("women", "men", True)
    assert women.selection_ratio.estimate == pytest.approx(0.5 / 0.8)
    assert (women.is_adverse, men.is_adverse, men.selection_ratio.estimate) == (True, False, 1.0)
    assert fairness_metrics([found])["fairness_selection_ratio"] == women.selection_ratio.high < 0.8


def test_rows_of_one_customer_are_a_small_group_however_many() -> None:
    group, entity = pd.Series(["a"] * 200 + ["b"] * 40), np.r_[np.arange(200), np.full(40, 999)]
    label = np.r_[np.arange(200) % 5 == 0, np.ones(40)].astype(float)
    table = fairness("sex", group, label, np.where(label, 0.9, 0.1), cut_off=0.5, seed=1, count=50, entity=entity)
    assert [each.is_small for each in table.groups] == [False, True]
    assert fairness_metrics([table])["fairness_selection_ratio"] is None


def test_rows_without_a_value_are_compared_and_nobody_is_compared_with_them() -> None:
    """They are the most and the most accepted here."""
    group = pd.Series([None] * 600 + ["a"] * 300 + ["b"] * 200, dtype=object)
    rejected = np.r_[np.zeros(600), np.arange(300) % 2, np.arange(200) % 4 == 0].astype(float)
    table = fairness("sex", group, rejected, np.where(rejected, 0.9, 0.1), cut_off=0.5, seed=1, count=50)
    assert [each.group for each in table.groups] == ["a", "b", "unknown"]
    assert (table.reference, table.favoured) == ("a", "b")
    assert table.groups[2].selection_ratio.estimate == pytest.approx(1 / 0.75)


def test_an_attribute_that_hardly_anybody_told_is_shown_and_proves_nothing() -> None:
    """An eighth of resamples hold neither of the two: nobody can be compared with them."""
    group = pd.Series(["a"] * 2 + [None] * 300, dtype=object)
    rejected = np.r_[np.zeros(2), np.arange(300) % 2].astype(float)
    table = fairness("sex", group, rejected, np.where(rejected, 0.9, 0.1), cut_off=0.5, seed=1, count=50)
    assert [(each.group, each.rows, each.is_small) for each in table.groups] == [
        ("unknown", 300, False),
        ("a", 2, True),
    ]
    assert (table.reference, table.favoured) == ("unknown", "unknown")
    told = fairness_metrics([table])
    assert (told["fairness_selection_ratio"], told["fairness_opportunity_gap"]) == (None, None)


def test_a_decision_in_two_rows_of_half_a_weight_counts_once() -> None:
    group = pd.Series(["a"] * 60 + ["b"] * 60)
    label, probability = np.tile([0.0, 0, 1], 40), np.linspace(0.05, 0.95, 120)
    entity = np.arange(120)

    def told(rows: np.ndarray, weight: np.ndarray | None) -> list[tuple[float, ...]]:
        found = fairness(
            "sex", group.iloc[rows], label[rows], probability[rows],
            cut_off=0.5, seed=1, count=20, entity=entity[rows], weight=weight,
        )  # fmt: skip
        return [
            (g.bad_rate, g.selection_ratio.estimate, g.equal_opportunity_gap.estimate, g.calibration_gap.estimate)
            for g in found.groups
        ]

    twice = np.r_[np.arange(120), np.arange(40)]
    halves = np.r_[np.full(40, 0.5), np.ones(80), np.full(40, 0.5)]
    once = told(np.arange(120), None)
    assert sorted(told(twice, halves)) == [pytest.approx(each) for each in sorted(once)]
    assert sorted(told(twice, None)) != [pytest.approx(each) for each in sorted(once)]


def test_ages_become_quantile_bands_and_missing_ones_unknown() -> None:
    groups = as_groups(pd.Series([*range(18, 58), None], dtype=float))
    assert groups.value_counts().to_dict() == {
        "up to 27": 10,
        "27 to 37": 10,
        "37 to 47": 10,
        "above 47": 10,
        "unknown": 1,
    }


def test_one_group_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least two"):
        fairness("sex", pd.Series(["a", "a"]), [0, 1], [0.1, 0.2], cut_off=0.5, seed=1)


@pytest.fixture
def table() -> tuple[pd.DataFrame, np.ndarray]:
    generator = np.random.default_rng(3)
    amount = generator.lognormal(size=3_000)
    frame = pd.DataFrame(
        {
            "amount": np.where(generator.random(3_000) < 0.1, np.nan, amount),
            "product": np.r_[np.full(2_000, "big"), np.full(995, "small"), np.full(5, "secret")],
            "number": np.arange(7_000_000, 7_003_000),
            "name": [f"person {i}" for i in range(3_000)],
            "day": pd.Timestamp("2022-01-15") + pd.to_timedelta(np.arange(3_000) // 50, unit="D"),
        }
    )
    return frame, (generator.random(3_000) < np.where(amount > 2, 0.3, 0.05)).astype(float)


def test_a_profile_counts_every_row_and_bad_once(table: tuple[pd.DataFrame, np.ndarray]) -> None:
    frame, label = table
    found = profile(frame, label=label, date=frame["day"])
    kinds = {column.name: column.kind for column in found.columns}
    assert kinds == {
        "amount": "numeric",
        "product": "category",
        "number": "identifier",
        "name": "identifier",
        "day": "date",
    }
    amount = found.columns[0]
    assert amount.missing == frame["amount"].isna().sum()
    assert sum(b.rows for b in amount.bins) == 3_000
    assert sum(b.bads or 0 for b in amount.bins) == found.bads == label.sum()
    assert amount.quantiles[0.5] == pytest.approx(frame["amount"].median())
    assert amount.information_value is not None and amount.information_value > 0.1
    assert sum(m.rows for m in found.months) == 3_000
    assert [m.name for m in found.months] == ["2022-01", "2022-02", "2022-03"]
    january = frame["day"] < "2022-02-01"
    assert amount.trend[0].value == pytest.approx(frame.loc[january, "amount"].median())


def test_a_profile_names_no_small_level_and_no_identifier(table: tuple[pd.DataFrame, np.ndarray]) -> None:
    frame, label = table
    found = profile(frame, label=label)
    assert [(b.name, b.rows) for b in found.columns[1].bins] == [("big", 2_000), ("small", 995), ("other levels", 5)]
    assert "secret" not in repr(found)
    assert "person" not in repr(found)
    assert "7001" not in repr(found)


def test_a_profile_without_labels_or_dates_holds_no_rates(table: tuple[pd.DataFrame, np.ndarray]) -> None:
    found = profile(table[0])
    assert found.bad_rate is None
    assert found.months == ()
    assert {b.rate for c in found.columns for b in c.bins} == {None}
