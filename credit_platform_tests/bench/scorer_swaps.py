"""A champion that changes every second under load: nobody is refused, and every answer is by the model it names."""

import json
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import uvloop

from credit_platform.contracts.settings import Settings
from credit_platform.engine.decisions import decide
from credit_platform.engine.releases import load_release
from credit_platform_tests.bench.load import Measured, Target, measure, request_of
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.served_stack import our_scorer
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.killing import home_with_release

SECONDS, RATE, CONNECTIONS = 60, 100.0, 16
NONE = Goal(of="value", at_most=0)


def benchmarks() -> Iterator[Record]:
    """A minute at 100 requests a second."""
    with tempfile.TemporaryDirectory(prefix="swaps-") as folder:
        settings = home_with_release(Path(folder))
        manifests = _two_releases(settings)
        expected = {name: _probability(settings, name) for name in manifests}
        answers: Counter[tuple[str, float]] = Counter()
        with our_scorer(settings, journal=True) as port:
            measured = _under_load(settings, manifests, port, answers)
            told = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    swaps = next(float(line.split()[1]) for line in told.splitlines() if line.startswith("scorer_champion_swaps "))
    wrong = sum(count for (name, found), count in answers.items() if found != expected.get(name))
    sent = f"of {len(measured.milliseconds):,} at {RATE:g}/s, by {len({name for name, _ in answers})} releases"
    yield Record(name="scorer_swaps/not_200", value=measured.failed, unit=f"answers {sent}", goal=NONE)
    yield Record(name="scorer_swaps/not_by_the_model_named", value=wrong, unit=f"answers {sent}", goal=NONE)
    yield Record(
        name="scorer_swaps/champions_served",
        value=swaps,
        unit=f"in {SECONDS} s, p99 {measured.quantile(0.99):.1f} ms",
        goal=Goal(of="value", at_least=SECONDS * 3 / 4),
    )


def _two_releases(settings: Settings) -> dict[str, str]:
    """Release -> hash of its manifest; r1 is the champion that the home has."""
    root = Path(settings.releases.removeprefix("file://"))
    made = {"r1": tiny.files_of(tiny.release()), "r2": _other()}
    return {name: tiny.write(root, files, release_id=name) for name, files in made.items()}


def _other() -> dict[str, bytes]:
    return tiny.files_of(tiny.release(release_id="r2"), forest=tiny.forest_bytes(8))


def _probability(settings: Settings, release_id: str) -> float:
    loaded = load_release(settings.releases, "tiny", release_id, trust=tiny.TRUST)
    return decide(loaded, {**tiny.INPUTS, "earlier_bads": [1]}, reasons="none")[0].probability


def _under_load(
    settings: Settings, manifests: dict[str, str], port: int, answers: Counter[tuple[str, float]]
) -> Measured:
    body = json.dumps({"records": [{**tiny.RECORD, "customer": "C-1"}], "options": {"input": False}}).encode()
    over = threading.Event()
    promoting = threading.Thread(target=_promote, args=(settings, manifests, over))
    promoting.start()

    def seen(answer: bytes) -> None:
        result = json.loads(answer).get("results", [{}])[0]
        answers[result["model"]["release_id"] if result else "none", result.get("probability", -1.0)] += 1

    target = Target(port, request_of("/v1/tiny/predict", body))
    found: Measured = uvloop.run(measure(target, seconds=SECONDS, connections=CONNECTIONS, rate=RATE, seen=seen))
    over.set()
    promoting.join()
    return found


def _promote(settings: Settings, manifests: dict[str, str], over: threading.Event) -> None:
    root, sequence = Path(settings.releases.removeprefix("file://")), 1
    while not over.wait(1.0):
        sequence += 1
        name = ("r1", "r2")[sequence % 2 == 0]
        tiny.promote(root, manifests[name], release_id=name, sequence=sequence)
