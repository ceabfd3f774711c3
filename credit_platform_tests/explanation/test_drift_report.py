"""The page of a day's drift: alarms first, every column drawn, segments and days where there are some."""

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest

from credit_platform.explanation.reports import drift_report
from credit_platform.statistics.histograms import reference_histogram
from credit_platform.statistics.stability import DriftResult, drift_test
from credit_platform_tests.explanation.self_contained import assert_self_contained

DAYS = (dt.date(2022, 12, 1), dt.date(2022, 12, 2))


@pytest.fixture(scope="module")
def results() -> dict[str, DriftResult]:
    generator = np.random.default_rng(1)
    histogram = reference_histogram(generator.normal(size=5_000))
    return {
        "calm": drift_test(histogram, generator.normal(size=500)),
        "moved": drift_test(histogram, generator.normal(1, 1, 500)),
    }


@pytest.fixture(scope="module")
def history(results: dict[str, DriftResult]) -> pd.DataFrame:
    lines = [
        {"scoring_day": day, "segment": "all", "column_name": name, "statistic": "psi", "value": found.psi}
        | {"threshold": found.threshold, "is_alarm": found.is_alarm and day == DAYS[1]}
        for day in DAYS
        for name, found in results.items()
    ]
    return pd.DataFrame(lines)


def test_alarms_come_first_and_every_column_is_drawn(results: dict[str, DriftResult], history: pd.DataFrame) -> None:
    report = drift_report({"all": results}, title="Drift", subtitle="One day", history=history)
    assert_self_contained(report)
    assert re.findall(r'<article class="card" id="c-(\w+)"', report) == ["moved", "calm"]
    assert f"PSI {results['moved'].psi:.3f}, threshold {results['moved'].threshold:.3f}" in report
    assert report.count(": reference and current sample") == 2


def test_the_heat_map_has_a_square_a_column_and_day_and_marks_the_alarm_alone(
    results: dict[str, DriftResult], history: pd.DataFrame
) -> None:
    report = drift_report({"all": results}, title="Drift", subtitle="One day", history=history)
    drawn = report[report.index('id="days"') : report.index('id="columns"')]
    assert drawn.count("<rect") == 4
    assert re.findall(r'class="alarm"[^>]*><title>([^:]+):', drawn) == ["moved on 2022-12-02"]


def test_segments_have_their_own_squares_and_small_ones_say_why_they_have_none(
    results: dict[str, DriftResult],
) -> None:
    refused = {"country=Ghana": "12 rows, at least 100 needed"}
    judged = {"all": results, "country=Kenya": {"calm": results["calm"]}}
    report = drift_report(judged, title="Drift", subtitle="One day", refused=refused)
    assert "country=Ghana: 12 rows, at least 100 needed" in report
    drawn = report[report.index('id="segments"') : report.index('id="columns"')]
    assert drawn.count('class="empty"') == 1
    assert "calm in country=Kenya (500 rows)" in drawn


def outcome(segment: str, statistic: str, value: float, expected: float, threshold: float, **other: object) -> dict:
    line = {"scoring_day": DAYS[1], "segment": segment, "statistic": statistic, "value": value, "expected": expected}
    return line | {"threshold": threshold, "rows": 300, "is_alarm": False, "note": ""} | other


def test_matured_outcomes_are_shown_by_segment_and_window_and_their_alarms_come_first(
    results: dict[str, DriftResult],
) -> None:
    lines = [
        outcome("all", "calibration", 1.1, 1.0, 1.2, scoring_day=DAYS[0]),
        outcome("all", "calibration", 1.3, 1.0, 1.2, is_alarm=True),
        outcome("all", "auc", 0.85, 0.8, 0.75),
        outcome("country=Kenya", "calibration", 0.9, 1.0, 0.7),
        outcome("country=Ghana", "bads", 3.0, np.nan, np.nan, note="not judged: fewer than 10 bads"),
    ]
    report = drift_report({"all": results}, title="Drift", subtitle="One day", concept=pd.DataFrame(lines))
    assert_self_contained(report)
    verdict = report[report.index('id="verdict"') : report.index('id="concept"')]
    assert "observed over expected bads of outcomes: 1.3 where 1 was expected, threshold 1.2" in verdict
    drawn = report[report.index('id="concept"') : report.index('id="columns"')]
    assert drawn.count("<tr><td>") == 3
    assert "country=Ghana: not judged: fewer than 10 bads" in drawn
    assert re.findall(r'class="alarm"[^>]*><title>([^,]+),', drawn) == ["calibration"]
    assert drawn.count("<rect") - drawn.count('class="empty"') == 4


def test_a_statistic_on_the_good_side_of_what_was_expected_stays_pale(results: dict[str, DriftResult]) -> None:
    lines = pd.DataFrame([outcome("all", "auc", 0.85, 0.8, 0.75), outcome("all", "brier", 0.12, 0.1, 0.12)])
    report = drift_report({"all": results}, title="Drift", subtitle="One day", concept=lines)
    squares = re.findall(r'<rect[^>]*class="positive"[^>]*>', report[report.index('id="concept"') :])
    assert [re.findall(r'opacity[:=]"?([\d.]+)', square) for square in squares] == [["0.05"], ["0.33"]]


def test_a_day_without_matured_outcomes_says_that_nothing_can_be_told(results: dict[str, DriftResult]) -> None:
    for nothing in (None, pd.DataFrame()):
        report = drift_report({"all": results}, title="Drift", subtitle="One day", concept=nothing)
        assert "whether the probabilities still hold cannot be told" in report


def test_a_day_without_rows_has_a_page_that_says_so() -> None:
    report = drift_report({}, title="Drift", subtitle="One day")
    assert_self_contained(report)
    assert "The day has no rows: nothing was compared." in report
