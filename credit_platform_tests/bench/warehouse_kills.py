"""Ingest and dbt killed (SIGKILL) at 25 points spread evenly over their processor time; the same run again must give
every table of an undisturbed run.

Every second kill meets an empty warehouse, the others one that holds the first days: a whole build and a day more.
``CREDIT_PLATFORM_BENCH_KILLS`` sets another number of points.
"""

import datetime as dt
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from credit_platform.contracts.settings import Settings
from credit_platform.simulation import simulate
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.graph.killing import Point, Server, server, survive
from credit_platform_tests.graph.projects import Project

KILLS = int(os.environ.get("CREDIT_PLATFORM_BENCH_KILLS", "25"))
USE_CASE, LOANS = "credit_default", 2_000
DAYS = tuple(dt.date(2022, 12, 1) + dt.timedelta(days=number) for number in range(10))
"""Outcomes of the first days arrive within them."""
BUILT_BEFORE = 8


@dataclass(frozen=True)
class Situation:
    """A state that runs start from, and what they come to when nothing disturbs them."""

    name: str
    base: Project
    points: Sequence[Point]
    hashes: dict[str, str]


def benchmarks() -> Iterator[Record]:
    """How many of the kills left nothing behind after the same run again."""
    with tempfile.TemporaryDirectory(prefix="bench-kills-") as folder:
        root = Path(folder)
        simulate(USE_CASE, rows=LOANS, first_day=DAYS[0], days=len(DAYS), seed=7, folder=root / "landing" / USE_CASE)
        fresh = Project(USE_CASE, Settings().project, root / "fresh", root / "landing")
        fresh.state.mkdir()
        with server(fresh) as serving:
            situations = list(_situations(serving, fresh, root))
            for situation in situations:
                yield _survived(serving, situation, root)
        same = situations[0].hashes == situations[1].hashes
        goal = Goal(of="value", at_least=1.0)
        yield Record(name="kills/day_by_day_equals_whole", value=float(same), unit="1 = equal tables", goal=goal)


def _situations(serving: Server, fresh: Project, root: Path) -> Iterator[Situation]:
    """The empty warehouse gets the larger half of the points."""
    some = fresh.twin(root / "some")
    serving.run(some, DAYS[:BUILT_BEFORE])
    for name, base, count in (("empty", fresh, KILLS - KILLS // 2), ("day_more", some, KILLS // 2)):
        days = DAYS if base is fresh else DAYS[BUILT_BEFORE:]
        whole = base.twin(root / "whole" / name)
        ended = serving.run(whole, days)
        if ended.failures:
            raise ValueError(f"benchmark: the undisturbed run failed: {ended.failures[0]}")
        yield Situation(name, base, ended.points(count), _results(whole.table_hashes(*_schemas(whole))))


def _schemas(project: Project) -> tuple[str, str, str]:
    use_case = project.use_case
    return use_case.raw_schema, use_case.star_schema, use_case.output_schema


def _results(hashes: Mapping[str, str]) -> dict[str, str]:
    """Raw, star and output tables without the log of builds, which says by which way a build came to its tables: whole
    after a kill, by window without one. Columns of the clock (recorded_at) are in no hash."""
    return {name: sha256 for name, sha256 in hashes.items() if not name.endswith("builds")}


def _survived(serving: Server, situation: Situation, root: Path) -> Record:
    """Kills that were survived; the record's peer says where they fell."""
    days = DAYS if situation.name == "empty" else DAYS[BUILT_BEFORE:]
    same, steps = 0, dict[str, int]()
    for number, point in enumerate(situation.points):
        state = root / f"{situation.name}{number}"
        found = survive(serving, situation.base, state, days, schemas=_schemas(situation.base), kill_at=point)
        stage = "dbt" if "__dbt_" in point.step else "ingest"
        steps[stage] = steps.get(stage, 0) + 1
        same += not found.again.failures and _results(found.hashes) == situation.hashes
    return Record(
        name=f"kills/{situation.name}",
        value=same,
        unit=f"of {len(situation.points)} runs survived",
        peer=", ".join(f"{count} in {stage}" for stage, count in steps.items()),
        goal=Goal(of="value", at_least=len(situation.points)),
    )
