"""Hostile requests by the thousand: none is a server error, undocumented, or told about with whose data it held."""

import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import requests

from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.failing import everything_logged, fail, is_told
from credit_platform_tests.scorer.fuzzing import Fuzz
from credit_platform_tests.scorer.test_limits import open_settings, served

CASES, CALLS, LARGE, RIGHT = 10_000, 2_000, 40, 1_000
NONE = Goal(of="value", at_most=0)


def benchmarks() -> Iterator[Record]:
    """Cases made from the OpenAPI page, failing calls, and the memory that large hostile bodies leave taken."""
    with tempfile.TemporaryDirectory() as folder, served(open_settings(Path(folder), access_log=True)) as port:
        address = f"http://127.0.0.1:{port}"
        fuzz = Fuzz(address)
        fuzz.run(CASES)
        wrong = {status: count for status, count in fuzz.statuses.items() if status not in (200, 400, 422)}
        yield Record(
            name="scorer_fuzz/cases", value=fuzz.statuses.total(), unit="cases", goal=Goal(of="value", at_least=CASES)
        )
        yield Record(name="scorer_fuzz/undocumented_or_5xx", value=sum(wrong.values()), unit="answers", goal=NONE)
        with everything_logged() as log, httpx.Client(base_url=address, timeout=60) as client:
            statuses, told = fail(client, calls=CALLS, seed=9)
        failed = sum(status >= 400 for status in statuses)
        yield Record(
            name="scorer_fuzz/failing_calls", value=failed, unit="calls", goal=Goal(of="value", at_least=CALLS)
        )
        leaks = len(told) + is_told(log.getvalue()) + sum(status >= 500 for status in statuses)
        yield Record(name="scorer_fuzz/personal_data_told", value=leaks, unit="answers and logs", goal=NONE)
        yield from _large(address)
        yield from _unpickled(address)


def _large(address: str) -> Iterator[Record]:
    """What 32 MiB of the most wasteful JSON adds to the peak of this process, which serves it; then a right request."""
    bodies = (
        b'{"records":[' + b"[]," * 11_000_000 + b"[]]}",
        b'{"records":[{"channel":[' + b'"a",' * 8_000_000 + b"1]}]}",
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for number in range(LARGE):
        refused += requests.post(f"{address}/predict", data=bodies[number % 2], timeout=60).status_code in (413, 422)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    yield Record(
        name="scorer_fuzz/large_bodies_refused", value=refused, unit="bodies", goal=Goal(of="value", at_least=LARGE)
    )
    yield Record(name="scorer_fuzz/memory_of_large_bodies", value=grown, unit="MiB", goal=Goal(of="value", at_most=150))
    right = httpx.post(f"{address}/predict", json={"records": [tiny.RECORD]}, timeout=60)
    yield Record(
        name="scorer_fuzz/answered_after", value=right.status_code, unit="status", goal=Goal(of="value", at_most=200)
    )


def _unpickled(address: str) -> Iterator[Record]:
    """Classes that were looked up by an unpickler of this process, the server's, during right requests."""
    events: list[str] = []
    sys.addaudithook(lambda event, _: events.append(event) if event == "pickle.find_class" else None)
    with httpx.Client(base_url=address, timeout=60) as client:
        answered = sum(
            client.post("/predict", json={"records": [tiny.RECORD]}).status_code == 200 for _ in range(RIGHT)
        )
    yield Record(
        name="scorer_fuzz/right_requests", value=answered, unit="answers", goal=Goal(of="value", at_least=RIGHT)
    )
    yield Record(name="scorer_fuzz/pickle_events", value=len(events), unit="events", goal=NONE)
