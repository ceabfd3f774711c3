"""The profile's page: its numbers, its order, what it stops at, and what it must never tell."""

import re

import numpy as np
import pandas as pd
import pytest

from credit_platform.explanation.profile_findings import findings
from credit_platform.explanation.reports import profile_report
from credit_platform.statistics.distributions import compare
from credit_platform.statistics.profile import profile
from credit_platform_tests.explanation.self_contained import assert_self_contained

ROWS = 1_200


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(7)
    made = pd.DataFrame(
        {
            "amount": generator.lognormal(size=ROWS),
            "income": generator.lognormal(size=ROWS),
            "kind": generator.choice(["a<b>", "c"], ROWS),
            "always": np.ones(ROWS),
            "later": np.r_[np.zeros(ROWS // 2), np.ones(ROWS // 2)] + generator.normal(0, 0.1, ROWS),
            "name": [f"person {i}" for i in range(ROWS)],
        }
    )
    made.loc[:299, ["amount", "income"]] = np.nan
    return made.assign(copy=made["kind"])


@pytest.fixture(scope="module")
def label(frame: pd.DataFrame) -> np.ndarray:
    return np.r_[np.ones(150), np.zeros(ROWS - 150)]


@pytest.fixture(scope="module")
def report(frame: pd.DataFrame, label: np.ndarray) -> str:
    day = pd.Timestamp("2022-01-01") + pd.to_timedelta(pd.Series(np.arange(ROWS) // 20), unit="D")
    checks = compare(frame[["amount", "kind"]][:600], frame[["amount", "kind"]][600:])
    found = profile(frame, label=label, date=day)
    return profile_report(found, title="First look", subtitle="All rows", event="late", checks=checks)


def test_the_page_needs_nothing_but_itself_and_escapes_what_it_shows(report: str) -> None:
    assert_self_contained(report)
    assert "a&lt;b&gt;" in report
    assert "<b>" not in re.sub(r"<b class", "", report)


def test_the_page_holds_its_numbers(report: str) -> None:
    for text in (
        "1,200",
        "12.50%",
        "25.0% missing",
        "late rate",
        "2022-01 to 2022-03",
        "Comparison with the reference",
    ):
        assert text in report


def test_no_unit_is_named(report: str) -> None:
    assert "person" not in report


def test_cards_stand_by_information_value_and_know_their_place_in_the_other_orders(report: str) -> None:
    cards = re.findall(r'<article class="card sorted (\w+)" id="c-(\w+)" style="([^"]+)"', report)
    places = {name: dict(pair.split(":") for pair in style.split(";")) for _, name, style in cards}
    assert [int(places[name]["--iv"]) for _, name, _ in cards] == list(range(7))
    assert sorted(places, key=lambda name: int(places[name]["--name"])) == sorted(places)
    assert places["later"]["--shift"] == "0"
    assert {places["amount"]["--missing"], places["income"]["--missing"]} == {"0", "1"}


def test_the_findings_name_what_an_eye_would_stop_at(frame: pd.DataFrame, label: np.ndarray) -> None:
    date = pd.Timestamp("2022-01-01") + pd.to_timedelta(pd.Series(np.arange(ROWS)), unit="h")
    found = {finding.text: finding for finding in findings(profile(frame, label=label, date=date))}
    assert found["1 column with one value only"].columns == ("always",)
    assert found["The same values in every row"].columns == ("kind", "copy")
    assert set(found["2 columns with values in fewer than 80% of rows"].columns) == {"amount", "income"}
    assert found["1 column taken for identifiers and not described further"].columns == ("name",)
    shifted = next(f for text, f in found.items() if "later half" in text)
    assert shifted.columns[0] == "later"


def test_a_table_without_labels_or_dates_has_a_page_too(frame: pd.DataFrame) -> None:
    report = profile_report(profile(frame[["kind", "amount"]]), title="t", subtitle="s")
    assert_self_contained(report)
    assert "IV " not in report and "<h2>Time</h2>" not in report


def test_the_size_of_the_page_does_not_depend_on_the_rows(frame: pd.DataFrame, label: np.ndarray) -> None:
    columns = ["amount", "kind", "later"]
    small = profile_report(profile(frame[columns], label=label), title="t", subtitle="s")
    many = pd.concat([frame[columns]] * 20, ignore_index=True)
    large = profile_report(profile(many, label=np.tile(label, 20)), title="t", subtitle="s")
    assert len(large) < 1.1 * len(small)
