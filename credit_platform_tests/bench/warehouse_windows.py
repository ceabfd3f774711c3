"""Random sequences of deliveries, each built by window as it comes: at the end the tables of one whole build."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.postgres import running
from credit_platform_tests.warehouse.dbt_runs import use_case
from credit_platform_tests.warehouse.deliveries import sequence
from credit_platform_tests.warehouse.desk import Desk

USE_CASE, DELIVERIES = "credit_default", 4
SEEDS = {"duckdb": range(20), "postgres": range(5)}


def benchmarks() -> Iterator[Record]:
    """New days, several at once, corrected or refused ones, late outcomes, removed rows: three a delivery."""
    with tempfile.TemporaryDirectory(prefix="bench-windows-") as folder, running() as server:
        settings = Settings(home=Path(folder))
        on_server = settings.model_copy(update={"warehouse_url": SecretStr(server.database("windows"))})
        for engine, of_engine in (("duckdb", settings), ("postgres", on_server)):
            # One desk for all: dbt parses its project once. Another seed brings other history, so it starts whole.
            desk = Desk(use_case(USE_CASE), of_engine)
            yield _record(engine, {seed: differing(desk, seed) for seed in SEEDS[engine]})


def differing(desk: Desk, seed: int) -> list[str]:
    """Tables of a sequence that a whole build over its last state makes anew with other rows."""
    start, *deliveries = sequence(seed, length=DELIVERIES)
    desk.deliver(start.frames)
    if windows := [step for step, plan in desk.build().items() if plan.window is not None]:
        raise ValueError(f"benchmark: seed {seed}: the first builds of {windows} were by window, not whole")
    for state in deliveries:
        desk.deliver(state.frames, refused=state.refused)
        whole = {step: plan.text for step, plan in desk.build().items() if plan.window is None}
        if whole:
            raise ValueError(f"benchmark: seed {seed}: builds were not by window: {whole}")
    by_window = desk.table_hashes()
    desk.build_whole()
    return [name for name, sha256 in desk.table_hashes().items() if by_window.get(name) != sha256]


def _record(engine: str, found: dict[int, list[str]]) -> Record:
    wrong = [f"seed {seed}: {', '.join(names)}" for seed, names in found.items() if names]
    return Record(
        name=f"windows/{engine}_sequences_that_equal_one_whole_build",
        value=len(found) - len(wrong),
        unit=f"of {len(found)} sequences of {DELIVERIES} builds by window",
        peer=wrong[0] if wrong else None,
        goal=Goal(of="value", at_least=len(found)),
    )
