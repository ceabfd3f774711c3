"""Days built one after the other, corrected, late or taken back, give the tables of one whole build."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform_tests.postgres import running
from credit_platform_tests.warehouse.dbt_runs import use_case
from credit_platform_tests.warehouse.deliveries import sequence
from credit_platform_tests.warehouse.desk import Desk

LENGTHS = {"duckdb": 3, "postgres": 1}
"""Deliveries a sequence; three have every kind of change."""


@pytest.fixture(params=LENGTHS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """An empty warehouse on each engine."""
    settings = Settings(home=tmp_path / "home")
    if request.param == "duckdb":
        yield Desk(use_case("credit_default"), settings)
        return
    with running() as server:
        url = SecretStr(server.database("desk"))
        yield Desk(use_case("credit_default"), settings.model_copy(update={"warehouse_url": url}))


def test_any_sequence_of_builds_by_window_gives_the_tables_of_one_whole_build(
    desk: Desk, request: pytest.FixtureRequest
) -> None:
    start, *deliveries = sequence(7, length=LENGTHS[request.node.callspec.params["desk"]])
    desk.deliver(start)
    assert {plan.text for plan in desk.build().values()} == {"whole: nothing was built before"}
    seen = [desk.table_hashes()]
    for frames in deliveries:
        desk.deliver(frames)
        plans = desk.build()
        assert [plan.window is None for plan in plans.values()] == [False, False], plans
        seen.append(desk.table_hashes())
    assert len({each["ftr_loan_applications"] for each in seen}) > len(seen) // 2
    desk.build_whole()
    assert desk.table_hashes() == seen[-1]
    assert len(seen[-1]) == 13
