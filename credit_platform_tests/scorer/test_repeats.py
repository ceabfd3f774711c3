"""A request that comes again under its key is the decision that it was."""

import asyncio

import pytest

from credit_platform.contracts.journal import REPEATS_KEPT_SECONDS
from credit_platform.scorer.errors import RequestError
from credit_platform.scorer.repeats import Repeats
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

    async def make() -> bytes:
        made.append(b"answer %d" % len(made))
        return made[-1]

    async def fail() -> bytes:
        raise RequestError(503, "down", "down")

    async def asked() -> None:
        with pytest.raises(RequestError, match="down"):
            await repeats.answered(NAME, b"body", make=fail)
        assert [await repeats.answered(NAME, b"body", make=make) for _ in range(3)] == [b"answer 0"] * 3
        now[0] = REPEATS_KEPT_SECONDS + 1
        assert await repeats.answered(NAME, b"body", make=make) == b"answer 1"

    asyncio.run(asked())


def test_a_repeat_waits_for_the_request_that_is_being_answered() -> None:
    repeats = Repeats()

    async def asked() -> list[bytes]:
        go = asyncio.Event()

        async def slow() -> bytes:
            await go.wait()
            return b"once"

        async def other() -> bytes:
            return b"twice"

        first = asyncio.create_task(repeats.answered(NAME, b"b", make=slow))
        await asyncio.sleep(0)
        gone, second = [asyncio.create_task(repeats.answered(NAME, b"b", make=other)) for _ in range(2)]
        await asyncio.sleep(0)
        gone.cancel()
        go.set()
        return [await first, await second]

    assert asyncio.run(asked()) == [b"once", b"once"]


def test_where_the_first_gives_up_one_who_waits_makes_the_answer() -> None:
    repeats, made = Repeats(), list[str]()

    async def asked() -> list[bytes]:
        async def never() -> bytes:
            await asyncio.Event().wait()
            return b"never"

        async def other() -> bytes:
            made.append("other")
            await asyncio.sleep(0)
            return b"made"

        first = asyncio.create_task(repeats.answered(NAME, b"b", make=never))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(repeats.answered(NAME, b"b", make=other)) for _ in range(3)]
        await asyncio.sleep(0)
        first.cancel()
        return await asyncio.gather(*waiting)

    assert asyncio.run(asked()) == [b"made"] * 3
    assert made == ["other"]
