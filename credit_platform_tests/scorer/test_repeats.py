"""A request that comes again under its key is the decision that it was."""

import threading

import pytest

from credit_platform.scorer.errors import RequestError
from credit_platform.scorer.repeats import KEPT_SECONDS, Repeats
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running

NAME = ("ada", "tiny", "k1")


def test_a_repeated_key_is_answered_with_the_same_decision_and_decided_once(running: Running) -> None:
    def ask(key: str | None, **changes: object) -> tuple[int, str]:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"records": [{**tiny.RECORD, **changes}]}
        answer = running.client.post("/v1/tiny/predict", json=body, headers=headers)
        found = answer.json()
        return answer.status_code, found["results"][0]["decision_id"] if answer.is_success else found["error"]["code"]

    first = ask("k1")
    assert first[0] == 200
    assert ask("k1") == first
    assert ask("k1", days=31) == (422, "key_reused")
    assert len({ask("k2"), ask(None), ask(None), first}) == 4
    assert ask("x" * 129)[0] == 422


def test_a_key_is_forgotten_after_a_while_and_a_failure_is_not_kept() -> None:
    now, made = [0.0], list[bytes]()
    repeats = Repeats(clock=lambda: now[0])

    def make() -> bytes:
        made.append(b"answer %d" % len(made))
        return made[-1]

    def fail() -> bytes:
        raise RequestError(503, "down", "down")

    with pytest.raises(RequestError, match="down"):
        repeats.answered(NAME, b"body", make=fail)
    assert [repeats.answered(NAME, b"body", make=make) for _ in range(3)] == [b"answer 0"] * 3
    now[0] = KEPT_SECONDS + 1
    assert repeats.answered(NAME, b"body", make=make) == b"answer 1"


def test_a_repeat_waits_for_the_request_that_is_being_answered() -> None:
    repeats, started, go = Repeats(), threading.Event(), threading.Event()

    def slow() -> bytes:
        started.set()
        go.wait(10)
        return b"once"

    found: list[bytes] = []
    first = threading.Thread(target=lambda: found.append(repeats.answered(NAME, b"b", make=slow)))
    second = threading.Thread(target=lambda: found.append(repeats.answered(NAME, b"b", make=lambda: b"twice")))
    first.start()
    started.wait(10)
    second.start()
    go.set()
    first.join()
    second.join()
    assert found == [b"once", b"once"]
