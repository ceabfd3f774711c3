"""Days built one after the other, corrected, late or taken back, give the tables of one whole build."""

import pytest

from credit_platform_tests.warehouse.deliveries import sequence
from credit_platform_tests.warehouse.desk import Desk

LENGTHS = {"duckdb": 3, "postgres": 1}
"""Deliveries a sequence; three have every kind of change."""


def test_any_sequence_of_builds_by_window_gives_the_tables_of_one_whole_build(
    desk: Desk, request: pytest.FixtureRequest
) -> None:
    start, *deliveries = sequence(7, length=LENGTHS[request.node.callspec.params["desk"]])
    desk.deliver(start.frames)
    assert {plan.text for plan in desk.build().values()} == {"whole: nothing was built before"}
    seen = [desk.table_hashes()]
    for state in deliveries:
        desk.deliver(state.frames, refused=state.refused)
        plans = desk.build()
        assert [plan.window is None for plan in plans.values()] == [False, False], plans
        seen.append(desk.table_hashes())
    assert len({each["ftr_loan_applications"] for each in seen}) > len(seen) // 2
    desk.build_whole()
    assert desk.table_hashes() == seen[-1]
    assert len(seen[-1]) == 13
