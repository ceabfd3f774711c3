"""Ten million loans: simulated to disk, read under their contract, built and one day added, beside hand-written SQL.

The hand-written SQL (sql/*.sql) is DuckDB's own dialect, the shortest that gives the same tables; every table's hash is
compared. ``CREDIT_PLATFORM_BENCH_LOANS`` sets another number of loans.
"""

import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from credit_platform.contracts.settings import Settings
from credit_platform.simulation import simulate
from credit_platform_tests.bench.by_hand import PARTS, run_part, table_hashes
from credit_platform_tests.bench.measured_run import Measured
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import seconds

LOANS = int(os.environ.get("CREDIT_PLATFORM_BENCH_LOANS", "10000000"))
FIRST_DAY, DAYS = dt.date(2022, 12, 1), 12
"""The first eleven days are built with the history; the twelfth is the day more."""
MEMORY_GIB = 8.0
HAND = "the shortest hand-written DuckDB SQL"


@dataclass(frozen=True)
class Scene:
    """A folder with a landing root, a home and the hand-written database."""

    folder: Path

    @property
    def landing(self) -> Path:
        return self.folder / "landing" / "credit_default"

    @property
    def days(self) -> list[dt.date]:
        return [FIRST_DAY + dt.timedelta(days=number) for number in range(DAYS)]

    @property
    def ours(self) -> Path:
        return self.folder / "home" / "warehouse" / "credit_default.duckdb"

    def keep(self) -> None:
        """A copy of the home as it is now, and all of it on the disk: the day is not measured beside these writes."""
        shutil.copytree(self.folder / "home", self.folder / "kept")
        self.settle()

    def settle(self) -> None:
        """Wait until every file of this scene is on the disk."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())

    def restore(self) -> None:
        """The home as it was kept."""
        shutil.rmtree(self.folder / "home")
        (self.folder / "kept").rename(self.folder / "home")

    def forget(self) -> None:
        """Drop what the operating system holds of this scene in memory: what is read next comes off the disk."""
        self.settle()
        for path in self.folder.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def run(self, kind: str, days: Sequence[dt.date]) -> Measured:
        """Our pipeline in a process of its own, on the files of this scene."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CREDIT_PLATFORM_")}
        environment |= {
            "CREDIT_PLATFORM_HOME": str(self.folder / "home"),
            "CREDIT_PLATFORM_DATA_DIR": str(self.folder / "landing"),
            "CREDIT_PLATFORM_PROJECT": str(Settings().project),
        }
        command = [sys.executable, "-m", "credit_platform_tests.bench.measured_run", kind, *map(str, days)]
        started = time.perf_counter()
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        measured = Measured(**{**found, "wall": time.perf_counter() - started})
        if measured.failures:
            raise ValueError(f"benchmark: {kind} run of {days[0]} to {days[-1]} failed: {measured.failures[0]}")
        return measured

    def by_hand(self) -> dict[str, float]:
        """Seconds of each hand-written part, at the memory that ours may take."""
        out = {}
        with duckdb.connect(str(self.folder / "hand.duckdb")) as connection:
            connection.execute(f"set memory_limit = '{MEMORY_GIB - 2}GiB'")
            for part in PARTS:
                run = partial(run_part, connection, part, folder=self.landing, last=self.days[-1])
                out[part] = seconds(run)
        return out


def benchmarks() -> Iterator[Record]:
    """Simulation, ingest, star schema and features, the day more, memory, and equal tables."""
    base = Settings().home_dir / "bench"
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="scale-", dir=base) as folder:
        scene = Scene(Path(folder))
        yield from _simulating(scene)
        full = scene.run("everything", scene.days[:-1])
        scene.keep()
        day = scene.run("nightly", scene.days[-1:])
        yield from _one_day(full, day, name="one_day_more", goal=Goal(of="ratio", at_least=10.0))
        hand = scene.by_hand()
        yield from _full_build(full, hand)
        yield _equal_tables(scene)
        scene.restore()
        scene.forget()
        cold = scene.run("nightly", scene.days[-1:])
        yield from _one_day(full, cold, name="one_day_more_cold", goal=Goal(of="ratio"))


def _simulating(scene: Scene) -> Iterator[Record]:
    write = partial(
        simulate, "credit_default", rows=LOANS, first_day=FIRST_DAY, days=DAYS, seed=7, folder=scene.landing
    )
    took = seconds(write)
    yield Record(name="scale/simulated_loans", value=LOANS / took, unit="rows/s", goal=Goal(of="value"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    yield Record(name="scale/simulation_memory", value=peak, unit="GiB", goal=Goal(of="value", at_most=2.0))


def _full_build(full: Measured, hand: dict[str, float]) -> Iterator[Record]:
    ingest, models = full.seconds_of("__raw__"), sum(full.models.values())
    yield Record(
        name="scale/ingest",
        value=LOANS / ingest,
        unit="rows/s",
        peer="DuckDB read_csv, no contract, no quarantine",
        ratio=hand["raw"] / ingest,
        goal=Goal(of="ratio"),
    )
    by_hand = hand["star"] + hand["features"]
    yield Record(
        name="scale/star_and_features",
        value=models,
        unit="s",
        peer=f"{HAND}: {by_hand:.1f} s",
        ratio=by_hand / models,
        goal=Goal(of="ratio", at_least=1 / 1.5),
    )
    for name, took in sorted(full.models.items(), key=lambda item: -item[1])[:5]:
        yield Record(name=f"scale/model_{name}", value=took, unit="s", goal=Goal(of="value"))
    tests = sum(full.tests.values())
    yield Record(name="scale/data_tests", value=tests, unit="s", goal=Goal(of="value"))
    apart = full.seconds_of("__dbt_") - models - tests
    yield Record(name="scale/dbt_around_sql", value=apart, unit="s", goal=Goal(of="value"))
    yield Record(
        name="scale/peak_memory", value=full.peak_memory, unit="GiB", goal=Goal(of="value", at_most=MEMORY_GIB)
    )


def _one_day(full: Measured, day: Measured, *, name: str, goal: Goal) -> Iterator[Record]:
    """The day against the full build, with the warehouse in the operating system's memory or off the disk."""
    for part, ours, whole in (
        ("sql", sum(day.models.values()), sum(full.models.values())),
        ("run", day.wall, full.wall),
    ):
        yield Record(
            name=f"scale/{name}_{part}",
            value=ours,
            unit="s",
            peer=f"the full build: {whole:.1f} s",
            ratio=whole / ours,
            goal=goal,
        )


def _equal_tables(scene: Scene) -> Record:
    """Ours, the last day added by itself, against the hand-written tables built whole."""
    limit = f"{MEMORY_GIB - 2}GiB"
    ours = table_hashes(scene.ours, memory=limit)
    by_hand = table_hashes(scene.folder / "hand.duckdb", memory=limit)
    if different := [name for name in sorted({*ours, *by_hand}) if ours.get(name) != by_hand.get(name)]:
        raise ValueError(f"benchmark: {different} differ from the hand-written tables; compare them by their keys")
    goal = Goal(of="value", at_least=len(by_hand))
    return Record(name="scale/equal_tables", value=len(ours), unit="tables", peer=HAND, ratio=1.0, goal=goal)
