"""The warehouse's tables are those of a second, independent and much shorter definition in SQL."""

import datetime as dt
from pathlib import Path

import duckdb

from credit_platform_tests.bench.by_hand import PARTS, run_part, table_hashes
from credit_platform_tests.graph.conftest import Ran


def test_every_table_of_the_committed_portfolio_equals_the_hand_written_one(demo: Ran, tmp_path: Path) -> None:
    """20,000 loans and five days of requests: the same rows, types and bits in 18 tables."""
    project, database = demo.project, tmp_path / "hand.duckdb"
    with duckdb.connect(str(database)) as connection:
        for part in PARTS:
            run_part(connection, part, folder=project.landing, last=dt.date(2022, 12, 5))
    by_hand = table_hashes(database)
    assert len(by_hand) == 18
    assert by_hand["credit_default_raw.loans"][0] == 20_000
    assert table_hashes(project.home / "warehouse" / "credit_default.duckdb") == by_hand
