"""The same files on both engines, as many rows as the real portfolio has: every table equal, and what each costs."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from credit_platform.resources.dbt import DbtProjects
from credit_platform.simulation import simulate
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import Seconds, Work, seconds
from credit_platform_tests.engines.compare import compare
from credit_platform_tests.graph.projects import Project, of_checkout
from credit_platform_tests.postgres import running

USE_CASE, ROWS, DAYS, SEED = "credit_default", 68_654, 5, 7
"""Rows of the real labelled history; the files are simulated, so that the figures can be had anywhere."""
FIRST_DAY = dt.date(2022, 12, 1)
UNBOUND = Goal(of="value")
PEER = "the same on DuckDB"


def benchmarks() -> Iterator[Record]:
    with tempfile.TemporaryDirectory() as scratch, running() as server:
        folder = Path(scratch)
        landing = folder / "landing"
        simulate(USE_CASE, rows=ROWS, first_day=FIRST_DAY, days=DAYS, seed=SEED, folder=landing / USE_CASE)
        plain = of_checkout(USE_CASE, folder / "duckdb")
        ours = of_checkout(USE_CASE, folder / "on_postgres").on(server.database("lending"), data_dir=landing)
        peer = plain.on(None, data_dir=landing)
        _run(of_checkout(USE_CASE, folder / "unmeasured").on(None, data_dir=landing), "raw")  # pays for the imports
        yield _timed("raw_files_on_postgres", _once(ours, peer, "raw"))
        yield _timed("first_build_on_postgres", _once(ours, peer, "warehouse"))
        yield _timed("dbt_build_on_postgres", Seconds(ours=seconds(_build(ours)), peer=seconds(_build(peer))))
        case = ours.use_case
        found = compare(case, ours.warehouse, peer.warehouse, schemas=[case.raw_schema, case.star_schema])
        yield Record(
            name="warehouse/tables_that_differ_between_engines",
            value=sum(bool(table.differences) for table in found),
            unit=f"of {len(found)} tables, {sum(table.rows for table in found):,} rows",
            goal=Goal(of="value", at_most=0),
        )


def _once(ours: Project, peer: Project, stage: str) -> Seconds:
    return Seconds(ours=seconds(partial(_run, ours, stage)), peer=seconds(partial(_run, peer, stage)))


def _run(project: Project, stage: str) -> None:
    finished = project.run("--stage", stage)
    if finished.exit_code:
        raise RuntimeError(f"credit-platform run --stage {stage} ended with {finished.exit_code}: {finished.stderr}")


def _build(project: Project) -> Work:
    """Every model and test in one command, once more over the finished tables."""
    command = ["build", "--full-refresh", "--exclude", "resource_type:unit_test"]
    return partial(DbtProjects(project.settings).invoke, project.name, command)


def _timed(name: str, both: Seconds) -> Record:
    return Record(name=f"warehouse/{name}", value=both.ours, unit="s", peer=PEER, ratio=both.times_faster, goal=UNBOUND)
