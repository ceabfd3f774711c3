"""Promoters of their own processes that all want to replace the same champion at the same moment.

Another process forks them: it imports once for all, and has no threads that a fork would lose.
"""

import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.releases import read_pointer
from credit_platform.engine.trust import trust_of
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.engine import tiny
from credit_platform_tests.resources.governed import promote, store_at


@dataclass(frozen=True)
class Race:
    """How many promoters won each round, and how often a reader beside them saw no pointer or a broken one."""

    winners: tuple[int, ...]
    looks: int
    unreadable: int


def race(home: Path, *, promoters: int, rounds: int) -> Race:
    """``promoters`` processes, ``rounds`` times: each has a candidate that was compared with the present champion."""
    store = store_at(home)
    _publish(store, "start", cut_off=0.5)
    promote(store, "start")
    for turn in range(rounds):
        for number in range(promoters):
            _publish(store, _name(turn, number), cut_off=0.2 + 0.5 * (turn * promoters + number) / (promoters * rounds))
    command = [sys.executable, "-m", __spec__.name, str(home), str(promoters), str(rounds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        process.stdout.readline()  # everything is imported
        looks, unreadable = _watch(store, lambda: process.poll() is None)
        turns = json.loads(process.stdout.read())
    return Race(tuple(turns.count(turn) for turn in range(rounds)), looks, unreadable)


def _turns_won(home: Path, promoters: int, rounds: int) -> list[int]:
    """The turns that each of so many forked promoters won, one after the other."""
    context = multiprocessing.get_context("fork")
    barrier, won = context.Barrier(promoters), context.Queue()
    workers = [context.Process(target=_promoter, args=(home, n, rounds, barrier, won)) for n in range(promoters)]
    for worker in workers:
        worker.start()
    turns = [turn for _ in workers for turn in won.get(timeout=120)]
    for worker in workers:
        worker.join()
    return turns


def _promoter(home: Path, number: int, rounds: int, barrier: Barrier, won: Any) -> None:
    store, own = store_at(home), list[int]()
    for turn in range(rounds):
        present = store.pointer("tiny")
        assert present is not None
        barrier.wait(timeout=120)
        name = _name(turn, number)
        if promote(store, name, replaces=present.manifest_sha256).refused is None:
            own.append(turn)
        barrier.wait(timeout=120)
    won.put(own)


def _watch(store: ReleaseStore, goes_on: Callable[[], bool]) -> tuple[int, int]:
    """Read the pointer as a scorer does until everybody has ended."""
    trust, looks, unreadable = trust_of(store.settings), 0, 0
    while goes_on():
        # As often as it can be read would take the processor from the promoters.
        time.sleep(0.002)
        looks += 1
        try:
            unreadable += read_pointer(store.settings.releases, "tiny", trust=trust) is None
        except ReleaseError:
            unreadable += 1
    return looks, unreadable


def _publish(store: ReleaseStore, release_id: str, *, cut_off: float) -> None:
    store.publish("tiny", release_id, tiny.files_of(tiny.release(release_id=release_id, cut_off=cut_off)))


def _name(turn: int, number: int) -> str:
    return f"t{turn}-{number}"


if __name__ == "__main__":
    print("ready", flush=True)
    json.dump(_turns_won(Path(sys.argv[1]), *map(int, sys.argv[2:])), sys.stdout)
