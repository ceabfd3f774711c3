"""Ingest and dbt of one use case, killed (SIGKILL) at stated points of their way.

A point is processor time into a step, not the clock: it is about the same statement on a busy machine, and points fall
inside statements as well as between them. Only where another process does the work, a Postgres server, is it the clock:
processor time of ours stands still while a statement runs there. A server process imports everything and parses dbt's
project once, and forks a child for every run: both take longer than a small run.
"""

import datetime as dt
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from credit_platform.contracts.settings import Settings
from credit_platform_tests.graph.copies import Copies
from credit_platform_tests.graph.projects import Project

STAGES = ("raw", "warehouse")
POLL_SECONDS = 0.001


@dataclass(frozen=True)
class Point:
    """So many seconds (of processor time; on a server of the clock) after the start of a step."""

    step: str
    seconds: float


@dataclass(frozen=True)
class Work:
    """What a run is asked for."""

    days: Sequence[dt.date]
    only_nightly: bool = False


@dataclass(frozen=True)
class Ended:
    """How a run ended: by itself (``failures`` say whether well), or killed."""

    was_killed: bool
    starts: dict[str, float]
    """Step -> seconds of the run at its start, in the order of the steps."""
    seconds: float
    failures: tuple[str, ...]

    def points(self, count: int, *, seed: int) -> list[Point]:
        """One point in each of ``count`` equal parts of the way from the first step's start to the end."""
        steps = list(self.starts.items())
        first = steps[0][1]
        within = np.random.default_rng(seed).uniform(size=count)
        out = []
        for number in range(count):
            at = first + (self.seconds - first) * (number + float(within[number])) / count
            step, start = [each for each in steps if each[1] <= at][-1]
            out.append(Point(step, at - start))
        return out


@dataclass(frozen=True)
class Server:
    """The process that forks the runs."""

    process: subprocess.Popen[str]

    def run(self, project: Project, work: Work, *, kill_at: Point | None = None) -> Ended:
        """Raw and warehouse of this work over the project's state."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {
            "variables": project.variables,
            "name": project.name,
            "days": [str(day) for day in work.days],
            "only_nightly": work.only_nightly,
            "on_a_server": project.warehouse_url is not None,
            "kill_at": kill_at and [kill_at.step, kill_at.seconds],
        }
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return Ended(**{**answer, "failures": tuple(answer["failures"])})


@contextmanager
def server(project: Project) -> Iterator[Server]:
    """A server for runs of this project and of copies of it."""
    command = [sys.executable, "-m", __spec__.name, project.name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=project.environment(), stdin=pipe, stdout=pipe, text=True) as process:
        yield Server(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(frozen=True)
class Survival:
    """A run killed at one point, and the hash of every table after the same run again."""

    killed: Ended
    again: Ended
    hashes: dict[str, str]


def survive(
    serving: Server, base: Project, state: Path, work: Work, *, schemas: Sequence[str], copies: Copies, kill_at: Point
) -> Survival:
    """Kill a run over a copy of the base's state, run it again, read the tables, and drop the copy.

    A step that happens to be over before the point is killed a tenth earlier.
    """
    while True:
        project = copies.make(base, state)
        killed = serving.run(project, work, kill_at=kill_at)
        if killed.was_killed:
            break
        copies.drop(project)
        kill_at = Point(kill_at.step, kill_at.seconds * 0.9)
    again = serving.run(project, work)
    hashes = project.table_hashes(*schemas)
    copies.drop(project)
    return Survival(killed, again, hashes)


def _serve(name: str, asked: TextIO, answers: TextIO) -> None:
    import dagster_dbt  # noqa: F401
    import dbt.adapters.duckdb.connections
    import dbt.adapters.postgres.connections
    import dbt.cli.main  # noqa: F401
    import mlflow  # noqa: F401

    from credit_platform.builders import execution  # noqa: F401
    from credit_platform.resources.dbt import DbtProjects

    with tempfile.TemporaryDirectory() as elsewhere:
        DbtProjects(Settings(home=Path(elsewhere))).manifest(name)
    # A child that looked for cycles among a million inherited objects would copy the pages that hold them.
    gc.freeze()
    for line in asked:
        json.dump(_watched(json.loads(line)), answers)
        answers.write("\n")
        answers.flush()


def _watched(asked: dict[str, Any]) -> dict[str, Any]:
    """Fork a run and follow it until it ends or has come far enough into the step."""
    reading, writing = os.pipe()
    pid, forked = os.fork(), time.monotonic()
    if pid == 0:
        os.close(reading)
        _child(asked, writing)
    os.close(writing)
    clock = time.monotonic if asked["on_a_server"] else _processor_clock(pid)
    starts: dict[str, float] = {}
    failures, was_killed = ["the process ended without a word"], False
    with os.fdopen(reading) as told:
        for line in told:
            kind, value = json.loads(line)
            if kind == "end":
                failures = value
                continue
            starts[kind] = value
            if asked["kill_at"] is not None and kind == asked["kill_at"][0]:
                was_killed = _kill_at(pid, clock, value + asked["kill_at"][1])
    _, _, used = os.wait4(pid, 0)
    spent = time.monotonic() if asked["on_a_server"] else used.ru_utime + used.ru_stime
    since = forked if asked["on_a_server"] else 0.0
    starts = {step: value - since for step, value in starts.items()}
    return {"was_killed": was_killed, "starts": starts, "seconds": spent - since, "failures": failures}


def _processor_clock(pid: int) -> Callable[[], float]:
    """clock_getcpuclockid(3): the processor-time clock of another process."""
    number = (~pid << 3) | 2
    return lambda: time.clock_gettime(number)


def _kill_at(pid: int, clock: Callable[[], float], seconds: float) -> bool:
    """Whether the process lived until its clock said so, and so was killed."""
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if clock() >= seconds:
            os.kill(pid, signal.SIGKILL)
            return True
        time.sleep(POLL_SECONDS)
    return False


def _child(asked: dict[str, Any], writing: int) -> None:
    """The run itself: tells its time at every step's start, and its failures at the end."""
    from credit_platform.builders.execution import run_use_case

    for name, value in asked["variables"].items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    settings = Settings()
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    log = os.open(settings.home_dir / "run.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)

    clock = time.monotonic if asked["on_a_server"] else time.process_time

    def tell(kind: str, value: object) -> None:
        os.write(writing, (json.dumps([kind, value]) + "\n").encode())

    def progress(step: str, state: str, seconds: float | None) -> None:
        if state == "started":
            tell(step, clock())

    days = [dt.date.fromisoformat(day) for day in asked["days"]]
    outcome = run_use_case(
        settings, asked["name"], days=days, only_nightly=asked["only_nightly"], stages=STAGES, progress=progress
    )
    tell("end", [*outcome.failures, *outcome.failed_checks])
    os._exit(0)  # the server's own exit handlers and buffers are not the child's


if __name__ == "__main__":
    _serve(sys.argv[1], sys.stdin, sys.stdout)
