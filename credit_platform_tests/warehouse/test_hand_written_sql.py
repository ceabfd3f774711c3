"""The models agree with a second, independent and much shorter definition in SQL, on a book with every trap."""

import datetime as dt
from pathlib import Path

import duckdb

from credit_platform_tests.bench.by_hand import RAW, run_part, table_hashes
from credit_platform_tests.warehouse.conftest import Built


def test_star_and_features_equal_the_hand_written_ones(built: Built, tmp_path: Path) -> None:
    """Loans of two lenders, late and missing labels, unlabelled history: the same rows, types and bits."""
    database = tmp_path / "hand.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"attach '{built.star.database}' as ours (read_only)")
        connection.execute(f"create schema {RAW}")
        for table in built.frames:
            connection.execute(f"create table {RAW}.{table} as from ours.{RAW}.{table}")
        for part in ("star", "features"):
            run_part(connection, part, folder=tmp_path, last=dt.date(2022, 12, 31))
    by_hand = table_hashes(database)
    assert by_hand["credit_default_star.ftr_loan_applications"][0] > 800
    assert table_hashes(built.star.database) == by_hand
