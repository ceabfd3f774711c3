"""The third-party files against the contract that the repository declares for them."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from credit_platform.contracts.source import Source
from credit_platform.sources import available_days, read_before, read_days, read_once
from credit_platform_tests.skips import ALLOWED

FIRST = dt.date(2022, 12, 1)
pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def sources(project_root: Path) -> dict[str, Source]:
    path = project_root / "credit_platform" / "defs" / "use_cases" / "credit_default" / "defs.yaml"
    declared: list[Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["attributes"]["sources"]
    return {source["name"]: Source.model_validate(source) for source in declared}


@pytest.fixture(scope="module")
def folder(real_data_dir: Path) -> str:
    found = real_data_dir / "credit_default"
    if not (found / "loans.csv").is_file():
        pytest.skip(f"{ALLOWED}: no loans.csv in {found}")
    return str(found)


def test_every_labelled_loan_is_read_and_none_is_quarantined(sources: dict[str, Source], folder: str) -> None:
    batch = read_once(sources["loans"], folder)
    assert (batch.total_rows, batch.bad_rows, len(batch.rows), batch.refusal) == (68_654, 0, 68_654, None)
    assert round(float(batch.rows["target"].mean()), 5) == 0.01832


def test_every_application_is_in_one_batch_and_none_is_quarantined(sources: dict[str, Source], folder: str) -> None:
    applications = sources["applications"]
    days = available_days(applications, folder, first_day=FIRST)
    before, after = read_before(applications, folder, FIRST), read_days(applications, folder, days)
    assert (len(before.rows), sum(len(batch.rows) for batch in after), len(days)) == (16_927, 1_667, 342)
    assert sum(batch.total_rows for batch in [before, *after]) == 18_594
    assert all(batch.is_accepted and batch.bad_rows == 0 for batch in [before, *after])


def test_the_indicators_keep_their_empty_cells(sources: dict[str, Source], folder: str) -> None:
    batch = read_once(sources["economic_indicators"], folder)
    assert (batch.total_rows, batch.bad_rows) == (27, 0)
    assert int(batch.rows.filter(regex="^yr").isna().sum().sum()) == 142
