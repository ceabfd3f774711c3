"""One star schema for the whole layer: 900 loans of 90 customers, built and tested once."""

from dataclasses import dataclass

import pandas as pd
import pytest

from credit_platform_tests.warehouse.dbt_runs import Star, use_case
from credit_platform_tests.warehouse.lending_book import fundings, raw_frames


@dataclass(frozen=True)
class Built:
    """A loaded and built star schema, what went in, and the status of every node."""

    star: Star
    rows: pd.DataFrame
    frames: dict[str, pd.DataFrame]
    statuses: dict[str, str]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("star")
    star = Star(use_case("credit_default"), folder / "warehouse.duckdb", folder)
    rows = fundings(900, customers=90, seed=11)
    frames = raw_frames(rows)
    star.load(frames)
    return Built(star, rows, frames, star.dbt("build"))
