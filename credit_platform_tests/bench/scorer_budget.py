"""The budget of one decision: where its milliseconds go, from the first byte of the request to the last of the answer.

Taken inside a serving process at 100 requests a second, with all reasons and a durable journal, by clocks around the
functions that do each step; what no clock covers is the server's: reading the socket, HTTP, tasks, writing.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from credit_platform.contracts.settings import Settings
from credit_platform.engine.decisions import decide
from credit_platform.engine.releases import LoadedRelease, load_release
from credit_platform.engine.trust import trust_of
from credit_platform_tests.bench.clocked import Clocks, measured, serve
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.scorer_load import RATE, STACK, body
from credit_platform_tests.bench.served_stack import USE_CASE, five_members, home_with_stack, loaded, our_records

SECONDS, CONNECTIONS = 20.0, 8
STEPS = (
    ("server", "HTTP, tasks and the rest around the steps below"),
    ("auth_and_limits", "caller, rate and room"),
    ("parse", "JSON of the body, strictly"),
    ("check_and_states", "record checked, entity states joined"),
    ("features", "feature program and matrix"),
    ("margin", "log-odds of 725 trees"),
    ("contributions", "what each feature gave"),
    ("decision", "rounding, score, band, reasons"),
    ("answer", "its bytes"),
    ("record", "pseudonyms and the journal's entry"),
    ("journal_wait", "sealed, chained, synced to the disk"),
)
ENGINE = ("features", "margin", "contributions", "decision")
SHOWN = Goal(of="value", at_least=0)


def benchmarks() -> Iterator[Record]:
    """Every step's median, and what everything around the engine adds to its own time."""
    folder = Path(tempfile.mkdtemp(prefix="scorer-budget-"))
    try:
        settings = home_with_stack(folder / "home", five_members())
        found = measured(__name__, settings)
        idling = list(_after_idling(settings))
    finally:
        shutil.rmtree(folder)
    total, engine = found["total"], sum(found[step] for step in ENGINE)
    found["server"] = total - sum(found[step] for step, _ in STEPS[1:])
    for step, what in STEPS:
        yield Record(name=f"scorer_budget/{step}", value=found[step], unit=f"ms, p50: {what}", goal=SHOWN)
    yield Record(name="scorer_budget/engine", value=engine, unit=f"ms, p50: {', '.join(ENGINE)}; {STACK}", goal=SHOWN)
    yield from idling
    yield Record(
        name="scorer_budget/around_the_engine",
        value=total - engine,
        unit=f"ms of {total:.2f}, p50 at {RATE:g}/s; half of the engine's own and 1 ms are {engine / 2 + 1:.2f}",
        goal=Goal(of="value", at_most=engine / 2 + 1),
    )


def _after_idling(settings: Settings) -> Iterator[Record]:
    """The same decision with nothing between two of them, and after 10 ms of sleep as between requests at 100 a second.

    What lies between is the machine's: a processor that slept has lost its caches and tables of pages to others.
    """
    loaded_release = load_release(settings.releases, USE_CASE, "r1", trust=trust_of(settings), threads=1)
    loaded_release.forest.prepare()
    inputs = {name: [value] for name, value in our_records(1)[0].items()}
    awake, idled = (
        median(_spent(loaded_release, inputs, pause=pause) for _ in range(300)) for pause in (0.0, 1 / RATE)
    )
    yield Record(
        name="scorer_budget/engine_after_idling",
        value=idled,
        unit=f"ms, p50 of a decision with all reasons in a process that slept {1e3 / RATE:g} ms before it",
        peer=f"the same one after the other: {awake:.2f} ms",
        ratio=idled / awake,
        goal=Goal(of="ratio", at_least=0),
    )


def _spent(loaded_release: LoadedRelease, inputs: dict[str, list[Any]], *, pause: float) -> float:
    time.sleep(pause)
    began = time.perf_counter()
    decide(loaded_release, inputs)
    return (time.perf_counter() - began) * 1e3


def _load(port: int, home: Path) -> dict[str, float]:
    """Milliseconds of a request and of its steps, medians."""
    one, clocks = body(1, reasons="all"), Clocks()
    loaded(port, "/predict", one, home, seconds=2, connections=2)
    _wound(clocks)
    found = loaded(port, "/predict", one, home, seconds=SECONDS, connections=CONNECTIONS, rate=RATE)
    return {"total": found.quantile(0.5), **_by_step(clocks)}


def _wound(clocks: Clocks) -> None:
    """The clocks around the functions of each step."""
    from credit_platform.engine import feature_program, forest
    from credit_platform.scorer import routes, together, traffic
    from credit_platform.scorer.journal import journal

    for owner, name, step in (
        (routes, "parsed_request", "parse"),
        (together, "looked_up", "check_and_states"),
        (feature_program.Program, "encoded_inputs", "features"),
        (forest.Forest, "margin", "margin"),
        (forest.Forest, "contributions", "contributions"),
        (together, "decide", "engine"),
        (traffic, "written", "answer"),
        (journal.Journal, "group", "record"),
    ):
        clocks.around(owner, name, step)
    _between_guard_and_endpoint(clocks)
    _until_committed(clocks)


def _between_guard_and_endpoint(clocks: Clocks) -> None:
    from credit_platform.scorer.security.guard import Guard
    from credit_platform.scorer.shortcut import Shortcut

    guarded, passed = Guard.__call__, Shortcut.__call__

    async def begun(self: Guard, scope: Any, receive: Any, send: Any) -> None:
        scope["began"] = time.perf_counter()
        await guarded(self, scope, receive, send)

    async def let_in(self: Shortcut, scope: Any, receive: Any, send: Any) -> None:
        clocks.spent["auth_and_limits"].append((time.perf_counter() - scope["began"]) * 1e3)
        await passed(self, scope, receive, send)

    Guard.__call__, Shortcut.__call__ = begun, let_in  # type: ignore[method-assign]


def _until_committed(clocks: Clocks) -> None:
    from credit_platform.scorer.journal.journal import Journal

    submit, commit_now = Journal.submit, Journal.commit_now

    def committed(self: Journal, *groups: Any) -> Any:
        began = time.perf_counter()
        late = commit_now(self, *groups)
        # Claims that came too late: none of them, mostly; None alone says that nothing was done.
        if late is not None:
            clocks.spent["journal_wait"].append((time.perf_counter() - began) * 1e3)
        return late

    def submitted(self: Journal, *groups: Any) -> Any:
        began = time.perf_counter()
        future = submit(self, *groups)
        future.add_done_callback(lambda _: clocks.spent["journal_wait"].append((time.perf_counter() - began) * 1e3))
        return future

    Journal.submit, Journal.commit_now = submitted, committed  # type: ignore[method-assign]


def _by_step(clocks: Clocks) -> dict[str, float]:
    found = {step: clocks.median(step) for step, _ in STEPS}
    found["decision"] = clocks.median("engine") - found["features"] - found["margin"] - found["contributions"]
    return found


if __name__ == "__main__":
    serve(_load)
