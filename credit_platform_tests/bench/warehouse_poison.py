"""No feature knows the future: 20 seeded cuts, everything after each one poisoned, on simulated and on real files."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from credit_platform.contracts.settings import Settings
from credit_platform.simulation import simulate
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.graph.projects import Project, of_checkout
from credit_platform_tests.warehouse.desk import Desk
from credit_platform_tests.warehouse.poison import cuts, features_before, poisoned, raw_rows

USE_CASE, ROWS, SEED, CUTS = "credit_default", 5_000, 7, 20
FIRST_DAY = dt.date(2022, 12, 1)


def benchmarks() -> Iterator[Record]:
    """The real files are those of ``CREDIT_PLATFORM_DATA_DIR``, where that is set to other than the committed ones."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        simulate(USE_CASE, rows=ROWS, first_day=FIRST_DAY, days=5, seed=SEED, folder=folder / "landing" / USE_CASE)
        yield _record("simulated", of_checkout(USE_CASE, folder / "simulated").on(None, data_dir=folder / "landing"))
        settings = Settings()
        if not settings.has_default_landing:
            yield _record("real", of_checkout(USE_CASE, folder / "real").on(None, data_dir=Path(settings.landing)))


def _record(name: str, project: Project) -> Record:
    finished = project.run("--stage", "raw")
    if finished.exit_code not in (0, 3):
        raise RuntimeError(f"credit-platform run --stage raw ended with {finished.exit_code}: {finished.stderr}")
    desk = Desk(project.use_case, project.settings)
    frames = raw_rows(desk)
    desk.deliver(frames)
    desk.build()
    chosen = cuts(frames, count=CUTS, seed=SEED)
    before = {cut: features_before(desk, cut) for cut in chosen}
    rows = sum(found.count(b"\n") - 1 for found in before.values())
    return Record(
        name=f"warehouse/poisoned_cuts_that_change_an_earlier_feature_{name}",
        value=sum(_changes(desk, frames, cut, before[cut]) for cut in chosen),
        unit=f"of {len(chosen)} cuts, {rows:,} rows of features before them",
        goal=Goal(of="value", at_most=0),
    )


def _changes(desk: Desk, frames: dict[str, pd.DataFrame], cut: pd.Timestamp, before: bytes) -> bool:
    desk.deliver(poisoned(frames, cut, seed=SEED))
    desk.build()
    return features_before(desk, cut) != before
