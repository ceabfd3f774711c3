"""Drift of wide tables: its seconds and memory, and beside Evidently on the same two frames in one run."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from credit_platform.statistics.distributions import compare
from credit_platform.statistics.references import frame_drift, references_of
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import seconds, side_by_side

WIDE, WIDE_ROWS = 100, 356_000
SHARED, SHARED_ROWS = 20, 100_000
LEVELS = np.array([f"level {i}" for i in range(12)], dtype=object)
PEER = "Evidently, DataDriftPreset with method psi"
PEER_LEVEL, PEER_PSI = 0.05, 0.1


def benchmarks() -> Iterator[Record]:
    """A wide table in a process of its own, then a narrower one beside Evidently."""
    found = wide_in_a_child()
    yield Record(
        name="statistics/drift_of_a_wide_table",
        value=found["seconds"],
        unit=f"s ({found['cpu_seconds']:.1f} of CPU), references and drift of {WIDE} columns x {WIDE_ROWS:,} rows",
        goal=Goal(of="value", at_most=10),
    )
    yield Record(
        name="statistics/drift_memory",
        value=found["peak_gib"],
        unit="GiB, both frames included",
        goal=Goal(of="value", at_most=2),
    )
    yield from beside_evidently()


def invented(rows: int, columns: int, *, seed: int, is_moved: bool = False) -> pd.DataFrame:
    """Amounts, counts and levels, 6 : 2 : 2; of a moved frame every third amount and every second level moves."""
    generator, frame = np.random.default_rng(seed), dict[str, Any]()
    for number in range(columns):
        shift = 0.1 * (is_moved and number % 3 == 0)
        match number % 10:
            case 0 | 1:
                drawn = np.minimum(generator.geometric(0.3 + shift, rows) - 1, LEVELS.size - 1)
                frame[f"level_{number}"] = LEVELS[drawn]
            case 2 | 3:
                frame[f"count_{number}"] = generator.poisson(1.5, rows).astype(float)
            case _:
                frame[f"amount_{number}"] = generator.lognormal(9 + shift, 1, rows)
    return pd.DataFrame(frame)


def wide_in_a_child() -> dict[str, float]:
    """Seconds and peak resident memory of a process that does nothing else."""
    command = [sys.executable, "-m", "credit_platform_tests.bench.drift_speed"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def wide() -> dict[str, float]:
    before, after = (invented(WIDE_ROWS, WIDE, seed=seed) for seed in (1, 2))
    # Pages of the frames are there; the first call pays for imports of the libraries underneath.
    frame_drift(references_of(before.iloc[:1_000]), after.iloc[:1_000])
    started = time.process_time()
    spent = seconds(lambda: frame_drift(references_of(before), after))
    # Linux counts kibibytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": spent, "cpu_seconds": time.process_time() - started, "peak_gib": peak}


def beside_evidently() -> Iterator[Record]:
    """The same two frames; Evidently's PSI as it is meant to be asked, then its verdicts by tests that both define."""
    before = invented(SHARED_ROWS, SHARED, seed=3)
    after = invented(SHARED_ROWS, SHARED, seed=4, is_moved=True)
    times = side_by_side(
        lambda: frame_drift(references_of(before), after), peer=lambda: asked(before, after, method="psi"), rounds=3
    )
    yield Record(
        name="statistics/drift_beside_evidently",
        value=times.ours,
        unit=f"s, references and drift of {SHARED} columns x {SHARED_ROWS:,} rows",
        peer=PEER,
        ratio=times.times_faster,
        goal=Goal(of="ratio", at_least=20),
    )
    # Its chi-square takes the reference as known and its numeric PSI has bins of equal width: neither is ours.
    checks = compare(before, after, tests={"numeric": ("ks",), "category": ("psi",)})
    ours = {c.column: c.p_value if c.kind == "numeric" else c.statistic for c in checks}
    theirs = asked(before, after, num_method="ks", cat_method="psi")
    limits = {c.column: PEER_LEVEL if c.kind == "numeric" else PEER_PSI for c in checks}
    yield Record(
        name="statistics/same_verdicts_as_evidently",
        value=sum((ours[name] < limit) == (theirs[name] < limit) for name, limit in limits.items()),
        unit=f"of {SHARED} columns: Kolmogorov-Smirnov at 5%, PSI of levels at {PEER_PSI}",
        goal=Goal(of="value", at_least=SHARED),
    )
    yield Record(
        name="statistics/apart_from_evidently",
        value=max(abs(ours[name] - theirs[name]) for name in ours),
        unit="largest difference of those p-values and PSIs",
        goal=Goal(of="value", at_most=1e-3),
    )


def asked(before: pd.DataFrame, after: pd.DataFrame, **methods: str) -> Mapping[str, float]:
    """Evidently's statistic or p-value of each column."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    levels = [name for name in before if name.startswith("level")]
    definition = DataDefinition(
        numerical_columns=[name for name in before if name not in levels], categorical_columns=levels
    )
    current, reference = (Dataset.from_pandas(frame, data_definition=definition) for frame in (after, before))
    found = Report([DataDriftPreset(**methods)]).run(current_data=current, reference_data=reference).dict()["metrics"]
    return {m["config"]["column"]: float(m["value"]) for m in found if "column" in m["config"]}


if __name__ == "__main__":
    print(json.dumps(wide()))
