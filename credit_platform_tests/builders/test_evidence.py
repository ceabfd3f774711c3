"""What a check shows: the statistic and threshold of the verdict that it gives, and a plot of them."""

import base64
import datetime as dt
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from credit_platform.builders.evidence import (
    NO_ROWS,
    distribution_evidence,
    drift_evidence,
    gate_evidence,
    score_evidence,
)
from credit_platform.contracts.gate import Gate
from credit_platform.statistics.distributions import compare
from credit_platform.statistics.histograms import reference_histogram
from credit_platform.statistics.stability import DriftResult, drift_test

DAYS = (dt.date(2022, 12, 1), dt.date(2022, 12, 2))


def assert_is_a_picture(shown: Any) -> None:
    assert isinstance(shown, dg.MarkdownMetadataValue)
    assert shown.value is not None
    head = "![figure](data:image/png;base64,"
    assert shown.value.startswith(head)
    png = base64.b64decode(shown.value.removeprefix(head).removesuffix(")"))
    assert png.startswith(b"\x89PNG") and len(png) > 5_000


@pytest.fixture(scope="module")
def days() -> dict[tuple[dt.date, str], DriftResult]:
    """Two columns on two days; ``moved`` moves on the second."""
    generator = np.random.default_rng(4)
    histogram = reference_histogram(generator.normal(size=5_000))
    shift = {(DAYS[1], "moved"): 0.8}
    return {
        (day, name): drift_test(histogram, generator.normal(shift.get((day, name), 0.0), 1, 400))
        for day in DAYS
        for name in ("calm", "moved")
    }


def test_drift_shows_the_column_and_day_that_are_furthest_beyond_their_threshold(
    days: dict[tuple[dt.date, str], DriftResult],
) -> None:
    found, worst = drift_evidence(days), days[DAYS[1], "moved"]
    assert found["statistic_is"] == "PSI of moved on 2022-12-02"
    assert (found["statistic"], found["threshold"]) == (worst.psi, worst.threshold)
    assert found["statistic"] > found["threshold"]
    assert_is_a_picture(found["plot"])


def test_a_score_shows_its_worst_day(days: dict[tuple[dt.date, str], DriftResult]) -> None:
    found = score_evidence({day: days[day, "moved"] for day in DAYS})
    assert found["statistic_is"] == "PSI of the score on 2022-12-02"
    assert_is_a_picture(found["plot"])


def test_days_without_rows_say_that_nothing_was_compared() -> None:
    assert drift_evidence({}) == score_evidence({}) == {"statistic_is": NO_ROWS}


def test_distributions_show_the_largest_effect_beside_the_size_that_matters() -> None:
    generator = np.random.default_rng(5)
    one = pd.DataFrame({"same": generator.normal(size=800), "wider": generator.normal(size=800)})
    other = pd.DataFrame({"same": generator.normal(size=700), "wider": generator.normal(1.0, 2.0, 700)})
    checks = compare(one, other)
    found = distribution_evidence(checks)
    assert found["statistic_is"].endswith(" of wider")
    assert found["statistic"] > found["threshold"] > 0
    assert_is_a_picture(found["plot"])


def test_gates_show_each_metric_with_its_bounds() -> None:
    gates = (Gate(metric="auc", minimum=0.7), Gate(metric="calibration_slope", minimum=0.8, maximum=1.2))
    row = {
        "metrics": {"auc": 0.81, "calibration_slope": None},
        "intervals": {"auc": [0.78, 0.83], "calibration_slope": [None, None]},
    }
    found = gate_evidence(gates, row, population="oot")
    assert_is_a_picture(found.pop("plot"))
    assert found == {
        "statistic/auc": 0.81,
        "threshold/auc/minimum": 0.7,
        "statistic/calibration_slope": "not measured",
        "threshold/calibration_slope/minimum": 0.8,
        "threshold/calibration_slope/maximum": 1.2,
    }
