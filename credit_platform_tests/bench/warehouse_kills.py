"""Ingest and dbt killed (SIGKILL) at 25 points; the same run again must give every table of an undisturbed run.

On each engine a portfolio goes through three situations, each from where the one before ended: a first build of
everything, a night on a warehouse that holds days, and files of earlier days that come once more, corrected. Points are
drawn (seeded) from equal parts of each run. ``CREDIT_PLATFORM_BENCH_KILLS`` sets another number of them.
"""

import datetime as dt
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from credit_platform.contracts.settings import Settings
from credit_platform.simulation import simulate
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.graph.copies import Copies
from credit_platform_tests.graph.killing import Ended, Server, Work, server, survive
from credit_platform_tests.graph.projects import Project
from credit_platform_tests.postgres import running

KILLS = int(os.environ.get("CREDIT_PLATFORM_BENCH_KILLS", "25"))
USE_CASE, LOANS, SEED = "credit_default", 2_000, 7
DAYS = tuple(dt.date(2022, 12, 1) + dt.timedelta(days=number) for number in range(10))
"""Outcomes of the first days arrive within them."""
CORRECTED_REQUESTS, CORRECTED_OUTCOMES = DAYS[5], DAYS[9]
SITUATIONS = {
    "first_build": Work(DAYS[:-1]),
    "night": Work(DAYS[-1:], only_nightly=True),
    "corrected_files": Work(DAYS[5:], only_nightly=True),
}
ENGINES = ("duckdb", "postgres")
ONE_OF_EACH = [(engine, name) for engine in ENGINES for name in SITUATIONS]
TURNS = [*ONE_OF_EACH, *ONE_OF_EACH, *ONE_OF_EACH[:3] * 4]
"""How points go round: a situation on the server comes twice while the same on the embedded engine comes six times."""


@dataclass(frozen=True)
class Situation:
    """A state that runs start from, what they are asked for, and how it ended undisturbed."""

    name: str
    base: Project
    work: Work
    undisturbed: Project
    ended: Ended


def benchmarks() -> Iterator[Record]:
    """How many of the kills left nothing behind after the same run again."""
    with tempfile.TemporaryDirectory(prefix="bench-kills-") as folder, running() as postgres:
        root = Path(folder)
        _deliver(root)
        fresh = Project(USE_CASE, Settings().project, root / "unused", root / "landing")
        with server(fresh) as serving:
            for engine, copies in (("duckdb", Copies()), ("postgres", Copies(postgres))):
                yield from _on_one_engine(serving, root, engine, copies)


def _deliver(root: Path) -> None:
    """The landing folder, and a copy in which rows of two files are others, and some are gone."""
    landing, corrected = root / "landing" / USE_CASE, root / "corrected" / USE_CASE
    simulate(USE_CASE, rows=LOANS, first_day=DAYS[0], days=len(DAYS), seed=SEED, folder=landing)
    shutil.copytree(landing, corrected)
    requests = corrected / f"new_data_{CORRECTED_REQUESTS:%Y%m%d}.csv"
    rows = pd.read_csv(requests, dtype=str).iloc[3:]
    rows.assign(Total_Amount="1234.5").to_csv(requests, index=False)
    outcomes = corrected / f"outcomes_{CORRECTED_OUTCOMES:%Y%m%d}.csv"
    rows = pd.read_csv(outcomes, dtype=str).iloc[1:]
    rows.assign(target=rows["target"].map({"0": "1", "1": "0"})).to_csv(outcomes, index=False)


def _on_one_engine(serving: Server, root: Path, engine: str, copies: Copies) -> Iterator[Record]:
    fresh = copies.first(Project(USE_CASE, Settings().project, root / engine, root / "landing"))
    situations = list(_situations(serving, fresh, root, copies))
    turns = Counter(TURNS[number % len(TURNS)] for number in range(KILLS))
    for situation in situations:
        yield _survived(serving, situation, root, engine, copies, count=turns[engine, situation.name])
    whole = copies.make(fresh, root / f"{engine}_whole", data_dir=root / "corrected")
    _require_success(serving.run(whole, Work(DAYS)))
    star = fresh.use_case.star_schema
    same = whole.table_hashes(star) == situations[-1].undisturbed.table_hashes(star)
    yield Record(
        name=f"kills/{engine}_nights_and_corrections_equal_one_build",
        value=float(same),
        unit="1 = equal tables",
        goal=Goal(of="value", at_least=1.0),
    )


def _situations(serving: Server, fresh: Project, root: Path, copies: Copies) -> Iterator[Situation]:
    base = fresh
    for name, work in SITUATIONS.items():
        files = root / ("corrected" if name == "corrected_files" else "landing")
        base = base.on(base.warehouse_url, data_dir=files)
        undisturbed = copies.make(base, root / f"{fresh.state.name}_{name}")
        ended = serving.run(undisturbed, work)
        _require_success(ended)
        yield Situation(name, base, work, undisturbed, ended)
        base = undisturbed


def _require_success(ended: Ended) -> None:
    if ended.failures:
        raise ValueError(f"benchmark: the undisturbed run failed: {ended.failures[0]}")


def _schemas(project: Project) -> tuple[str, str, str]:
    use_case = project.use_case
    return use_case.raw_schema, use_case.star_schema, use_case.output_schema


def _results(hashes: Mapping[str, str]) -> dict[str, str]:
    """Raw, star and output tables without the log of builds, which says by which way a build came to its tables: whole
    after a kill, by window without one. Columns of the clock (recorded_at) are in no hash."""
    return {name: sha256 for name, sha256 in hashes.items() if not name.endswith("builds")}


def _survived(serving: Server, situation: Situation, root: Path, engine: str, copies: Copies, *, count: int) -> Record:
    """Kills that were survived; the record's peer says where they fell, and what the first one that was not left."""
    expected = _results(situation.undisturbed.table_hashes(*_schemas(situation.base)))
    fell, lost = Counter[str](), list[str]()
    for number, point in enumerate(situation.ended.points(count, seed=SEED)):
        state = root / f"{engine}_{situation.name}_{number}"
        found = survive(
            serving,
            situation.base,
            state,
            situation.work,
            schemas=_schemas(situation.base),
            copies=copies,
            kill_at=point,
        )
        fell["dbt" if "__dbt_" in point.step else "ingest"] += 1
        hashes = _results(found.hashes)
        differing = sorted(name for name in {**expected, **hashes} if expected.get(name) != hashes.get(name))
        if left := [*found.again.failures, *differing]:
            lost.append(f"killed {point.seconds:.2f} s into {point.step}: {left[0]}")
    where = ", ".join(f"{times} in {stage}" for stage, times in sorted(fell.items()))
    return Record(
        name=f"kills/{engine}_{situation.name}",
        value=count - len(lost),
        unit=f"of {count} runs survived",
        peer="; ".join([where, *lost[:1]]),
        goal=Goal(of="value", at_least=count),
    )
