"""The scorer under load on loopback, one worker: latency, throughput, bulk, and beside ``mlflow models serve``."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from credit_platform.contracts.settings import Settings
from credit_platform_tests.bench.load import Measured
from credit_platform_tests.bench.own_members import Own
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.served_stack import (
    bare_server,
    five_members,
    home_with_stack,
    loaded,
    our_records,
    our_scorer,
    peer_request,
    peer_server,
)

SECONDS, RATE, CONNECTIONS, BULK = 20.0, 100.0, 8, 10_000
WARM_SECONDS = 6.0
"""A worker answers before its reasons are prepared, which takes it some seconds beside the load."""
STACK = "five members, 23 features"


def benchmarks() -> Iterator[Record]:
    """With a durable journal and reasons; without both; and the peer in the same run."""
    folder = Path(tempfile.mkdtemp(prefix="scorer-load-"))
    try:
        own = five_members()
        settings = home_with_stack(folder / "home", own)
        yield from _with_journal(settings, folder)
        yield from _beside_mlflow(settings, own, folder)
    finally:
        shutil.rmtree(folder)


def body(rows: int, **options: object) -> bytes:
    """A request of the invented portfolio."""
    asked: dict[str, Any] = {"records": our_records(rows), "options": options}
    return json.dumps(asked).encode()


def _with_journal(settings: Settings, folder: Path) -> Iterator[Record]:
    with our_scorer(settings, journal=True) as port:
        for name, reasons, p50, p99, least in (("all_reasons", "all", 5, 25, 300), ("no_reasons", "none", 2, 25, 1000)):
            one = body(1, reasons=reasons)
            loaded(port, "/predict", one, folder, seconds=WARM_SECONDS, connections=2)
            paced = loaded(port, "/predict", one, folder, seconds=SECONDS, connections=CONNECTIONS * 4, rate=RATE)
            yield from _latency(f"scorer_load/{name}", paced, p50=p50, p99=p99, what=f"{STACK}, journal, {name}")
            yield from _floor(name, one, paced.last, folder)
            full = loaded(port, "/predict", one, folder, seconds=SECONDS / 2, connections=CONNECTIONS)
            yield _rate(f"scorer_load/{name}_sustained", full, least=least, what=f"{STACK}, journal, {name}")
        many = body(BULK, reasons="adverse")
        loaded(port, "/predict", many, folder, seconds=0.1, connections=1)
        bulk = loaded(port, "/predict", many, folder, seconds=SECONDS / 2, connections=1)
        yield Record(
            name="scorer_load/bulk_adverse_reasons",
            value=BULK * bulk.a_second,
            unit=f"records/s, {BULK:,} a request, journal",
            goal=Goal(of="value", at_least=5_000),
        )


def _latency(name: str, found: Measured, *, p50: float, p99: float, what: str) -> Iterator[Record]:
    for title, share, most in (("p50", 0.5, p50), ("p99", 0.99, p99)):
        yield Record(
            name=f"{name}_{title}",
            value=found.quantile(share),
            unit=f"ms of {len(found.milliseconds):,} at {RATE:g}/s, {what}, {_withheld(found)}",
            goal=Goal(of="value", at_most=most),
        )


def _floor(name: str, one: bytes, answer: str, folder: Path) -> Iterator[Record]:
    """The same answer by the server alone, under the same load at the same moment."""
    with bare_server(answer.encode(), folder) as port:
        loaded(port, "/predict", one, folder, seconds=1.0, connections=2)
        found = loaded(port, "/predict", one, folder, seconds=SECONDS / 4, connections=CONNECTIONS * 4, rate=RATE)
    for title, share in (("p50", 0.5), ("p99", 0.99)):
        yield Record(
            name=f"scorer_load/{name}_{title}_floor",
            value=found.quantile(share),
            unit=f"ms at {RATE:g}/s: the same {len(answer):,} bytes by uvicorn alone, {_withheld(found)}",
            goal=Goal(of="value", at_least=0),
        )


def _rate(name: str, found: Measured, *, least: float, what: str) -> Record:
    unit = f"requests/s, {CONNECTIONS} connections, {what}, {_withheld(found)}"
    return Record(name=name, value=found.a_second, unit=unit, goal=Goal(of="value", at_least=least))


def _withheld(found: Measured) -> str:
    return f"{found.withheld:.1%} of the processors withheld by the host"


def _beside_mlflow(settings: Settings, own: Mapping[str, Own], folder: Path) -> Iterator[Record]:
    """One record, neither reasons nor a journal on either side; in turn, three times, and the better third of each."""
    one, theirs = body(1, reasons="none"), peer_request()
    ours_found, peer_found = list[Measured](), list[Measured]()
    with our_scorer(settings, journal=False) as port, peer_server(own, folder) as peer:
        for seconds in (2.0, *[SECONDS / 4] * 3):
            ours_found.append(loaded(port, "/predict", one, folder, seconds=seconds, connections=CONNECTIONS))
            peer_found.append(loaded(peer, "/invocations", theirs, folder, seconds=seconds, connections=CONNECTIONS))
    ours = max(ours_found[1:], key=lambda each: each.a_second)
    their = max(peer_found[1:], key=lambda each: each.a_second)
    yield Record(
        name="scorer_load/beside_mlflow_throughput",
        value=ours.a_second,
        unit=f"requests/s, {CONNECTIONS} connections; one worker each",
        peer=f"mlflow models serve of the five members as one pyfunc, finished features: {their.a_second:.0f}/s",
        ratio=ours.a_second / their.a_second,
        goal=Goal(of="ratio", at_least=20),
    )
    yield Record(
        name="scorer_load/beside_mlflow_p99",
        value=ours.quantile(0.99),
        unit=f"ms, p99, {CONNECTIONS} connections",
        peer=f"mlflow models serve: {their.quantile(0.99):.0f} ms",
        ratio=their.quantile(0.99) / ours.quantile(0.99),
        goal=Goal(of="ratio", at_least=10),
    )
