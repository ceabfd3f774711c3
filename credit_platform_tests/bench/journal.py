"""The journal alone: what a durable record costs, against one sync for each decision."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from credit_platform.contracts.journal import Entry, Group
from credit_platform.engine.journal.writing import JournalWriter
from credit_platform.scorer.journal.commits import GroupCommit
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import seconds, side_by_side
from credit_platform_tests.engine.journals import OCCASION, settings_in, writer

CALLERS, EACH, BULK, A_SECOND = 32, 10, 10_000, 100
PAYLOAD = b"x" * 1_500
"""About what an answer with four reasons and its inputs take."""
_entities = count()


def benchmarks() -> Iterator[Record]:
    """Many callers at once, a bulk request, and what one decision waits at 100 a second."""
    folder = Path(tempfile.mkdtemp(prefix="journal-"))
    journal, peer = writer(settings_in(folder / "ours")), writer(settings_in(folder / "peer"))
    commits = GroupCommit(journal)
    commits.start(has_room=True)
    try:
        yield _together(commits, peer)
        yield _bulk(commits)
        yield from _paced(commits)
    finally:
        commits.stop()
        peer.store.close()
        shutil.rmtree(folder)


def _together(commits: GroupCommit, peer: JournalWriter) -> Record:
    turn = threading.Lock()

    def alone(group: Group) -> None:
        with turn:
            peer.append([group])

    both = side_by_side(
        lambda: _all(lambda group: commits.write(group, seconds=60)), peer=lambda: _all(alone), rounds=3
    )
    return Record(
        name="journal/decisions_of_32_callers",
        value=CALLERS * EACH / both.ours,
        unit="decisions/s",
        peer="one commit and sync for each decision",
        ratio=both.times_faster,
        goal=Goal(of="ratio", at_least=1.5),
    )


def _all(write: Callable[[Group], object]) -> None:
    def send(_: int) -> None:
        for _ in range(EACH):
            write(_group(1))

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(send, range(CALLERS)))


def _bulk(commits: GroupCommit) -> Record:
    took = median(seconds(partial(commits.write, _group(BULK), seconds=60)) for _ in range(3))
    return Record(
        name="journal/bulk_of_10000_entities",
        value=BULK / took,
        unit="decisions/s",
        goal=Goal(of="value", at_least=10_000),
    )


def _paced(commits: GroupCommit) -> Iterator[Record]:
    waited = list[float]()
    started = time.perf_counter()
    for number in range(5 * A_SECOND):
        time.sleep(max(0.0, started + number / A_SECOND - time.perf_counter()))
        waited.append(seconds(partial(commits.write, _group(1), seconds=60)))
    cuts = quantiles(waited, n=100)
    for name, value, most in (("p50", cuts[49], 2.5), ("p99", cuts[98], 15.0)):
        yield Record(
            name=f"journal/wait_at_100_a_second_{name}",
            value=value * 1e3,
            unit="ms",
            goal=Goal(of="value", at_most=most),
        )


def _group(size: int) -> Group:
    made = (Entry(uuid4().hex, "champion", f"{next(_entities):064x}", "u" * 64, None, PAYLOAD) for _ in range(size))
    return Group(OCCASION, tuple(made))
