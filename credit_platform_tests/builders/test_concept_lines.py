"""Windows of matured outcomes: which are judged, what stands in their lines, and what small ones keep to themselves."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from credit_platform.builders.performance import WINDOW_DAYS, concept_lines
from credit_platform.statistics.concept import ReferenceAuc
from credit_platform_tests.warehouse.dbt_runs import use_case

DAYS = [dt.date(2022, 12, 1) + dt.timedelta(days=number) for number in range(10)]
REFERENCE = ReferenceAuc(0.80, 0.77, 0.83)


@pytest.fixture(scope="module")
def matured() -> pd.DataFrame:
    """200 scored units a day with their outcomes, and a country of a single unit."""
    generator = np.random.default_rng(5)
    probability = 1 / (1 + np.exp(2 - generator.normal(size=200 * len(DAYS))))
    frame = pd.DataFrame(
        {
            "scoring_day": [day for day in DAYS for _ in range(200)],
            "probability": probability,
            "bad": (generator.random(probability.size) < probability).astype(int),
            "entity__key": np.arange(probability.size) // 3,
            "segment__country_id": "Kenya",
            "segment__loan_type": "Type_1",
        }
    )
    frame.loc[0, ["segment__country_id", "bad"]] = ["Ghana", 1]
    return frame


def lines(matured: pd.DataFrame, *, since: dt.date | None = None) -> pd.DataFrame:
    return pd.DataFrame(concept_lines(use_case("credit_default"), matured, REFERENCE, since=since))


def test_every_window_is_judged_by_three_statistics_with_what_was_expected(matured: pd.DataFrame) -> None:
    found = lines(matured)
    whole = found[found["segment"] == "all"]
    assert whole.groupby("scoring_day")["statistic"].apply(list).tolist() == [["calibration", "brier", "auc"]] * 10
    assert whole["rows"].drop_duplicates().tolist() == [200 * number for number in range(1, WINDOW_DAYS + 1)]
    expected = whole.set_index("statistic")["expected"]
    assert set(expected["calibration"]) == {1.0}
    assert set(expected["auc"]) == {REFERENCE.value}


def test_the_auc_counts_decisions_as_the_releases_own_does(matured: pd.DataFrame) -> None:
    """Half of the decisions are units of two parts, of one outcome."""
    decided = matured.assign(label__decision=np.arange(len(matured)))
    parts = pd.concat([decided, decided[decided["label__decision"] % 2 == 0]], ignore_index=True)
    by_statistic = [
        found[(found["segment"] == "all") & (found["statistic"] == "auc")]["value"].to_numpy()
        for found in (lines(matured), lines(parts), lines(parts.drop(columns="label__decision")))
    ]
    np.testing.assert_allclose(by_statistic[1], by_statistic[0], atol=1e-12)
    assert np.abs(by_statistic[2] - by_statistic[0]).max() > 0.001


def test_a_later_start_leaves_windows_out_and_changes_none(matured: pd.DataFrame) -> None:
    found, late = lines(matured), lines(matured, since=DAYS[8])
    assert sorted(set(late["scoring_day"])) == DAYS[8:]
    pd.testing.assert_frame_equal(late, found[found["scoring_day"] >= DAYS[8]].reset_index(drop=True))


def test_a_segment_of_one_unit_does_not_tell_its_outcome(matured: pd.DataFrame) -> None:
    found = lines(matured)
    notes = found.loc[found["segment"] == "country_id=Ghana", "note"]
    assert set(notes) == {"not judged: fewer than 10 bads or goods among 1 outcomes"}
