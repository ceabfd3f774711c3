"""The client retries what passes, under one idempotency key, and says pointedly what does not."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from credit_platform.client import AsyncClient, Client, Refused, Retries, Unavailable
from credit_platform_tests.engine import tiny

RESULT = {
    "decision_id": "d" * 32, "prediction": 1, "probability": 0.7, "score": 520, "band": "C",
    "reasons": [{"code": "R1", "wording": "The amount", "contribution": 0.4}], "warnings": [],
    "model": {"use_case": "tiny", "release_id": "r1", "role": "champion", "algorithm": "stacked", "grade": "dev",
              "override": None},
    "state_as_of": {"customers": "2022-12-01"}, "of_a_later_version": 1,
}  # fmt: skip
FAST = Retries(first_seconds=0.001, longest_seconds=2)
Answers = Iterator[httpx.Response | Exception]


def scripted(answers: Answers, seen: list[httpx.Request]) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


def results(*found: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"results": list(found)})


def passing() -> Answers:
    return iter(
        [
            httpx.ConnectError("refused"),
            httpx.Response(503),
            httpx.Response(429, headers={"Retry-After": "1"}),
            results(RESULT),
        ]
    )


def test_what_passes_is_tried_again_with_the_same_key_and_body() -> None:
    seen: list[httpx.Request] = []
    transport = httpx.MockTransport(scripted(passing(), seen))
    with Client("http://scorer", use_case="tiny", key="cp_1", retries=FAST, transport=transport) as client:
        found = client.score([tiny.RECORD], reasons="all")
    assert (found[0].decision_id, found[0].reasons[0].code, found[0].model.role) == ("d" * 32, "R1", "champion")
    assert len(seen) == 4
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1
    assert {request.headers["Authorization"] for request in seen} == {"Bearer cp_1"}
    assert {request.url.path for request in seen} == {"/v1/tiny/predict"}
    expected = {"records": [tiny.RECORD], "options": {"reasons": "all", "input": False}}
    assert [json.loads(request.content) for request in seen] == [expected] * 4


def test_the_async_client_does_the_same() -> None:
    seen: list[httpx.Request] = []

    async def ask() -> str:
        transport = httpx.MockTransport(scripted(passing(), seen))
        async with AsyncClient("http://scorer", retries=FAST, transport=transport) as client:
            return (await client.score([tiny.RECORD]))[0].decision_id

    # In a thread of its own: the browser of other tests keeps a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: asyncio.run(ask())).result() == "d" * 32
    assert len(seen) == 4
    assert {request.url.path for request in seen} == {"/predict"}


def test_a_refusal_is_told_at_once_with_its_paths() -> None:
    error = {
        "code": "invalid_records", "message": "records do not fit the fields",
        "details": [{"path": "records[0].Amount", "rule": "type", "expected": "a number"}],
    }  # fmt: skip
    seen: list[httpx.Request] = []
    transport = httpx.MockTransport(scripted(iter([httpx.Response(422, json={"error": error})]), seen))
    with Client("http://scorer", retries=FAST, transport=transport) as client, pytest.raises(Refused) as refused:
        client.score([{}])
    assert (refused.value.status, refused.value.code, len(seen)) == (422, "invalid_records", 1)
    assert "records[0].Amount: expected a number" in str(refused.value)


@pytest.mark.parametrize(
    ("answers", "attempts", "last"),
    [
        ([httpx.ReadTimeout("slow")] * 4, 4, "ReadTimeout"),
        ([httpx.Response(502)] * 4, 4, "status 502"),
        ([httpx.Response(503, headers={"Retry-After": "60"})], 1, "status 503"),
    ],
)
def test_a_scorer_that_does_not_come_back_is_unavailable(
    answers: list[httpx.Response | Exception], attempts: int, last: str
) -> None:
    seen: list[httpx.Request] = []
    transport = httpx.MockTransport(scripted(iter(answers), seen))
    with Client("http://scorer", retries=FAST, transport=transport) as client, pytest.raises(Unavailable) as failed:
        client.score([tiny.RECORD])
    assert (failed.value.attempts, failed.value.last, len(seen)) == (attempts, last, attempts)


def test_pauses_double_up_to_the_longest_and_are_never_shorter_than_what_is_asked_for() -> None:
    retries = Retries(attempts=6, first_seconds=0.5, longest_seconds=3)
    pauses = [retries.pause(attempt, retry_after=None, draw=lambda: 1.0) for attempt in range(1, 7)]
    assert pauses == [0.5, 1, 2, 3, 3, None]
    assert retries.pause(1, retry_after="2", draw=lambda: 0.0) == 2
    assert retries.pause(1, retry_after=None, draw=lambda: 0.0) == 0
