"""The budget of a bulk request: where the microseconds of each of 10,000 records go, with reasons for the declined."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from credit_platform_tests.bench.clocked import Clocks, measured, serve
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.scorer_load import BULK, body
from credit_platform_tests.bench.served_stack import five_members, home_with_stack, loaded

SECONDS = 15.0
STEPS = (
    ("server", "HTTP, metrics and the rest around the steps below"),
    ("parse", "JSON of the body, strictly"),
    ("check_and_states", "records checked, entity states joined"),
    ("features", "feature program and matrix"),
    ("margin", "log-odds of 725 trees"),
    ("contributions", "what each feature gave, for the declined"),
    ("decision", "rounding, score, band, reasons"),
    ("answer", "bytes of the answers"),
    ("record", "pseudonyms and the journal's entries"),
    ("journal_wait", "sealed, chained, synced to the disk"),
)
CLOCKED = tuple(step for step, _ in STEPS[1:])


def benchmarks() -> Iterator[Record]:
    """Every step's median over the requests, in microseconds of a record."""
    folder = Path(tempfile.mkdtemp(prefix="scorer-bulk-"))
    try:
        found = measured(__name__, home_with_stack(folder / "home", five_members()))
    finally:
        shutil.rmtree(folder)
    found["server"] = found["total"] - sum(found[step] for step in CLOCKED)
    for step, what in STEPS:
        unit = f"us of {found['total'] * 1e3 / BULK:.0f} a record, p50: {what}"
        yield Record(
            name=f"scorer_bulk/{step}", value=found[step] * 1e3 / BULK, unit=unit, goal=Goal(of="value", at_least=0)
        )


def _load(port: int, home: Path) -> dict[str, float]:
    """Milliseconds of a request and of its steps, medians."""
    many, clocks = body(BULK, reasons="adverse"), Clocks()
    loaded(port, "/predict", many, home, seconds=0.1, connections=1)
    _wound(clocks)
    total = loaded(port, "/predict", many, home, seconds=SECONDS, connections=1).quantile(0.5)
    found = {step: clocks.median(step) for step in CLOCKED}
    found["decision"] = clocks.median("engine") - found["features"] - found["margin"] - found["contributions"]
    return {"total": total, **found}


def _wound(clocks: Clocks) -> None:
    from credit_platform.engine import feature_program, forest
    from credit_platform.scorer import routes, traffic
    from credit_platform.scorer.journal import journal

    for owner, name, step in (
        (routes, "parsed_request", "parse"),
        (traffic, "looked_up", "check_and_states"),
        (feature_program.Program, "encoded_inputs", "features"),
        (forest.Forest, "margin", "margin"),
        (forest.Forest, "contributions", "contributions"),
        (traffic, "decide", "engine"),
        (traffic, "written", "answer"),
        (journal.Journal, "group", "record"),
        (journal.Journal, "write", "journal_wait"),
    ):
        clocks.around(owner, name, step)


if __name__ == "__main__":
    serve(_load)
