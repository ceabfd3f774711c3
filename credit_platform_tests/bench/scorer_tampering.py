"""500 random alterations of a signed release: every one is refused."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.tampering import refusals

ROUNDS = 500


def benchmarks() -> Iterator[Record]:
    """Flips of a bit, cuts and swaps, in any file of a release, its manifest or the champion pointer."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
        refused = refusals(root, use_case="tiny", trust=tiny.TRUST, rounds=ROUNDS, seed=1)
    yield Record(
        name="scorer_tampering/refused",
        value=refused,
        unit=f"of {ROUNDS} alterations",
        goal=Goal(of="value", at_least=ROUNDS),
    )
