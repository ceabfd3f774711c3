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


def test_a_day_without_rows_has_a_page_that_says_so() -> None:
    report = drift_report({}, title="Drift", subtitle="One day")
    assert_self_contained(report)
    assert "The day has no rows: nothing was compared." in report
