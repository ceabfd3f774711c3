"""The whole graph by the command that a person types, in a home of its own: first everything, then one night."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import seconds

USE_CASE = "risk_classifier"
FULL_LIMIT, NIGHTLY_LIMIT = 120.0, 60.0


def benchmarks() -> Iterator[Record]:
    """Seconds from raw files to a champion with scores, then of a nightly run with the champion in force."""
    with tempfile.TemporaryDirectory(prefix="bench-loop-") as folder:
        full = seconds(partial(_run, Path(folder)))
        yield Record(name="loop/raw_to_champion", value=full, unit="s", goal=Goal(of="value", at_most=FULL_LIMIT))
        night = seconds(partial(_run, Path(folder), "--nightly"))
        yield Record(
            name="loop/nightly",
            value=night,
            unit="s",
            peer="the full run",
            ratio=full / night,
            goal=Goal(of="value", at_most=NIGHTLY_LIMIT),
        )


def _run(home: Path, *options: str) -> None:
    """Raises CalledProcessError when the run fails; its own progress goes to standard error."""
    environment = dict(os.environ)
    environment |= {"CREDIT_PLATFORM_HOME": str(home / "home"), "CREDIT_PLATFORM_CURATED_URL": f"file://{home}/curated"}
    command = [str(Path(sys.executable).with_name("credit-platform")), "run", USE_CASE, "--json", *options]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    summary = json.loads(done.stdout.splitlines()[-1])
    if summary["champion"] is None:
        raise ValueError(
            f"benchmark: {' '.join(command)} ended without a champion, so its time says nothing: {summary}"
        )
