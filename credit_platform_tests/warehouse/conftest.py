"""One star schema for the whole layer: 900 loans of 90 customers, built and tested once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform_tests.postgres import running
from credit_platform_tests.warehouse.dbt_runs import Star, use_case
from credit_platform_tests.warehouse.desk import Desk
from credit_platform_tests.warehouse.lending_book import fundings, raw_frames

ENGINES = ("duckdb", "postgres")


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


@pytest.fixture(params=ENGINES)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """An empty warehouse on each engine."""
    settings = Settings(home=tmp_path / "home")
    if request.param == "duckdb":
        yield Desk(use_case("credit_default"), settings)
        return
    with running() as server:
        url = SecretStr(server.database("desk"))
        yield Desk(use_case("credit_default"), settings.model_copy(update={"warehouse_url": url}))
