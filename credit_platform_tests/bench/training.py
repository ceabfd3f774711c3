"""The training half of the graph with the search that the use case declares: seconds, memory, what tuning saved, and
the models out of time beside untuned ones."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from credit_platform.builders.jobs import TRAINING_STAGES
from credit_platform.contracts.settings import Settings
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.untuned import against_untuned
from credit_platform_tests.graph.projects import Project, of_checkout

USE_CASE, DONE = "credit_default", (0, 3)
COMMAND = [sys.executable, "-c", "from credit_platform.cli import main; main()", "run", USE_CASE]


def benchmarks() -> Iterator[Record]:
    """On the files of ``CREDIT_PLATFORM_DATA_DIR``; unset, on the committed portfolio."""
    with tempfile.TemporaryDirectory() as folder:
        plain = of_checkout(USE_CASE, Path(folder)).on(None, data_dir=Settings().landing)
        project = replace(plain, tuning_trials=None)
        _run(project, ("raw", "warehouse"))
        started = time.monotonic()
        _run(project, TRAINING_STAGES)
        seconds = time.monotonic() - started
        # The larger of the two processes; building the warehouse is bounded by a setting of its own.
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        rows = project.metadata("dataset", "training_set")["train/rows"]
        yield Record(
            name=f"training/whole_graph_of_{rows}_rows", value=seconds, unit="s", goal=Goal(of="value", at_most=600)
        )
        yield Record(name="training/peak_memory", value=peak, unit="GiB", goal=Goal(of="value", at_most=6))
        yield from against_untuned(project)
        for algorithm in project.use_case.algorithms:
            yield _tuned(project, algorithm)


def _run(project: Project, stages: tuple[str, ...]) -> None:
    """In a process of its own, so that its memory is its own."""
    named = [part for stage in stages for part in ("--stage", stage)]
    environment = {**project.environment(), "PYTHONPATH": str(project.root)}
    code = subprocess.run([*COMMAND, *named], env=environment, check=False).returncode
    if code not in DONE:
        raise RuntimeError(f"credit-platform run {' '.join(named)} ended with {code}; its error is above")


def _tuned(project: Project, algorithm: str) -> Record:
    """Log-loss on the selection window, later than every row of the search: tuned against declared."""
    said = project.metadata("models", algorithm)
    return Record(
        name=f"training/log_loss_later/{algorithm}",
        value=said["tuning/later_log_loss"],
        unit="log-loss at the window's own level",
        peer="parameters as declared",
        ratio=said["tuning/later_declared_log_loss"] / said["tuning/later_log_loss"],
        goal=Goal(of="ratio", at_least=0.97),
    )
