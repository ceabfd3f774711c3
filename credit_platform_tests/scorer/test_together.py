"""Small requests are decided together, and nobody can tell: bytes, records and errors are those of each alone."""

import asyncio
import datetime as dt
import json
import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from credit_platform.engine import entity_state
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.decisions import decide
from credit_platform.engine.errors import InputError
from credit_platform.engine.journal.verifying import verify
from credit_platform.engine.states import loaded
from credit_platform.scorer import together
from credit_platform.scorer.answers import Results
from credit_platform.scorer.champions import Served
from credit_platform.scorer.errors import RequestError
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.options import Options
from credit_platform.scorer.recording import Recording
from credit_platform.scorer.records import Asked
from credit_platform.scorer.scoring import looked_up
from credit_platform.scorer.traffic import Traffic
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.journals import opened
from credit_platform_tests.scorer.conftest import Running


def records(count: int) -> list[dict[str, Any]]:
    """Of customers with and without a state, known and unknown lenders, near and far amounts."""
    rng = random.Random(4)
    return [
        {
            **tiny.RECORD, "customer": f"C-{rng.randint(6, 9)}", "Loan Key": f"L-{number}", "days": rng.randint(0, 60),
            "Amount": rng.uniform(1, 1200), "lender": rng.choice(["North", "South", "East", "West"]),
        }
        for number in range(count)
    ]  # fmt: skip


def waiting(served: Served, number: int, record: dict[str, Any]) -> Any:
    """A request that was looked up, under a decision id of its own."""
    asked = Asked([record], Options(reasons="all"))
    looked = looked_up(served, asked.records)
    return together._Waiting(served, asked, looked, [f"{number:032x}"], 0.0, None, None, [])  # type: ignore[arg-type]


def test_however_requests_fall_together_each_answer_is_that_of_the_request_alone(running: Running) -> None:
    served = running.champions.snapshot.served["tiny"]
    asked = [waiting(served, number, record) for number, record in enumerate(records(60))]
    alone = [together._made([each])[0].part.written[0] for each in asked]
    assert len({json.loads(answer)["probability"] for answer in alone}) > 30
    rng = random.Random(8)
    for _ in range(20):
        order, start = rng.sample(range(60), 60), 0
        while start < 60:
            end = start + rng.randint(1, together.MOST_ROWS)
            places = order[start:end]
            found = together._made([asked[place] for place in places])
            assert [made.part.written[0] for made in found] == [alone[place] for place in places]
            start = end


def test_requests_that_come_at_once_are_each_answered_for_their_own_records(running: Running) -> None:
    sent = records(40)
    expected = [result["probability"] for result in running.score(*sent).json()["results"]]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda record: running.score(record, reasons="all"), sent))
    results = [answer.json()["results"][0] for answer in answers]
    assert [result["input"] for result in results] == sent
    assert [result["probability"] for result in results] == expected
    assert len({result["decision_id"] for result in results}) == 40
    assert verify(*opened(running.settings)).decisions == 80


def test_a_request_that_cannot_be_computed_spoils_no_other(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    served = running.champions.snapshot.served["tiny"]

    def refusing(loaded: Any, inputs: Any, **options: Any) -> Any:
        if 7.0 in inputs["amount"]:
            raise InputError("an amount of 7 cannot be computed with")
        return decide(loaded, inputs, **options)

    monkeypatch.setattr(together, "decide", refusing)
    good, bad = tiny.RECORD, {**tiny.RECORD, "Amount": 7.0}
    served.loaded.forest.prepare()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(running.score, [good, bad, good, bad, good, good]))
    assert [answer.status_code for answer in answers] == [200, 422, 200, 422, 200, 200]
    assert answers[1].json()["error"]["code"] == "not_computable"


def test_of_a_group_that_cannot_be_computed_only_the_one_request_fails(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one call of the engine for certain, which requests that are sent at once share by luck."""
    calls, recorded = list[int](), list[Any]()

    def refusing(loaded: Any, inputs: Any, **options: Any) -> Any:
        calls.append(len(inputs["amount"]))
        if 7.0 in inputs["amount"]:
            raise InputError("an amount of 7 cannot be computed with")
        return decide(loaded, inputs, **options)

    monkeypatch.setattr(together, "decide", refusing)
    monkeypatch.setattr(together.Together, "_record", lambda _, made: recorded.extend(made))
    served = running.champions.snapshot.served["tiny"]
    sent = [tiny.RECORD, {**tiny.RECORD, "Amount": 7.0}, tiny.RECORD]
    group = [waiting(served, number, record) for number, record in enumerate(sent)]
    for each in group:
        each.answer = Future[bytes]()
    running.client.app.state.together._decided(group)  # type: ignore[attr-defined]
    assert calls == [3, 1, 1, 1]
    assert [each.waiting for each in recorded] == [group[0], group[2]]
    assert isinstance(group[1].answer.exception(timeout=0), InputError)
    assert not group[0].answer.done() and not group[2].answer.done()


@pytest.mark.parametrize("is_by_thread", [False, True])
def test_a_challenger_that_cannot_be_asked_keeps_nobody_from_an_answer(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_by_thread: bool
) -> None:
    def stopped(*_: object) -> None:
        raise RuntimeError("no new futures after shutdown")

    monkeypatch.setattr(Traffic, "_shadow", stopped)
    running.champions.snapshot.served["tiny"].loaded.forest.prepare()
    if is_by_thread:
        monkeypatch.setattr(Journal, "commit_now", lambda *_: None)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(running.score, [tiny.RECORD] * 12))
    assert [answer.status_code for answer in answers] == [200] * 12
    assert verify(*opened(running.settings)).decisions == 12
    assert caplog.messages.count("no challenger decided beside the champion: no new futures after shutdown") == 12


def test_who_is_told_that_it_took_too_long_is_not_decided_afterwards(running: Running) -> None:
    served, state = running.champions.snapshot.served["tiny"], running.client.app.state  # type: ignore[attr-defined]
    served.loaded.forest.prepare()
    decider = together.Together(state.traffic, state.journal, state.metrics, wait_seconds=0)
    asked = Asked([tiny.RECORD], Options(reasons="none"))
    recording = Recording(state.journal, "ada", dt.datetime(2022, 12, 1, tzinfo=dt.UTC), {})

    async def together_at_once() -> list[bytes | BaseException]:
        answers = (decider.answer(served, asked, recording, steps=[]) for _ in range(together.MOST_ROWS + 5))
        found = await asyncio.gather(*answers, return_exceptions=True)
        await asyncio.sleep(0.05)
        return found

    found = asyncio.run(together_at_once())
    assert [type(each) for each in found[together.MOST_ROWS :]] == [RequestError] * 5
    assert verify(*opened(running.settings)).decisions == together.MOST_ROWS


def test_who_comes_a_turn_of_the_loop_later_shares_a_commit_with_who_came_first(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, state = running.champions.snapshot.served["tiny"], running.client.app.state  # type: ignore[attr-defined]
    decider = together.Together(state.traffic, state.journal, state.metrics, wait_seconds=10)
    asked, counts = Asked([tiny.RECORD], Options(reasons="none")), list[int]()
    recording = Recording(state.journal, "ada", dt.datetime(2022, 12, 1, tzinfo=dt.UTC), {})
    decided = together.Together._decided

    def counted(self: together.Together, group: Any) -> None:
        counts.append(len(group))
        decided(self, group)

    async def one_after_the_other() -> tuple[bytes, bytes]:
        first = asyncio.create_task(decider.answer(served, asked, recording, steps=[]))
        await asyncio.sleep(0)
        return await asyncio.gather(first, decider.answer(served, asked, recording, steps=[]))

    monkeypatch.setattr(together.Together, "_decided", counted)
    answers = asyncio.run(one_after_the_other())
    assert counts == [2]
    assert len({json.loads(answer)["results"][0]["decision_id"] for answer in answers}) == 2
    assert verify(*opened(running.settings)).decisions == 2


@pytest.mark.parametrize("options", [{}, {"reasons": "all"}, {"reasons": "none", "input": False}])
def test_what_is_written_is_the_canonical_json_of_the_result(running: Running, options: dict[str, Any]) -> None:
    odd = {
        **tiny.RECORD,
        "customer": 'C-9 "ü"\n',
        "lender": "Atl\u00e4ntis\u2028",
        "channel": {"b": [1e-7, None], "a": 1},
    }
    content = running.score(tiny.RECORD, odd, **options).content
    results = Results.model_validate_json(content)
    plain = [result.model_dump(mode="json") for result in results.results]
    if not options.get("input", True):
        plain = [{name: value for name, value in each.items() if name != "input"} for each in plain]
    assert json_bytes({"results": plain}) == content


def test_a_small_request_is_answered_while_a_bulk_one_looks_its_entities_up(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = running.champions.snapshot.served["tiny"]
    served.loaded.forest.prepare()
    reads, go_on = threading.Event(), threading.Event()

    def held(text: str) -> dict[str, object]:
        reads.set()
        assert go_on.wait(30)
        return loaded(text)

    with ThreadPoolExecutor(1) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(entity_state, "loaded", held)
            bulk = pool.submit(running.score, *records(300), reasons="none")
            assert reads.wait(30)
        assert running.one(customer="C-7")["warnings"] == []
        assert not bulk.done()
        go_on.set()
        assert len(bulk.result(30).json()["results"]) == 300
