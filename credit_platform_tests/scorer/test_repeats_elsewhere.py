"""A request that comes again to another worker of one journal is the decision that it was."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from credit_platform.contracts.challenger import Trial
from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal.erasing import erase
from credit_platform.engine.journal.verifying import verify
from credit_platform_tests import postgres
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.journals import opened
from credit_platform_tests.scorer.conftest import Running, run
from credit_platform_tests.scorer.conftest import opened as scorer
from credit_platform_tests.scorer.test_limits import open_settings
from credit_platform_tests.scorer.test_traffic import challenge, releases

TWO = [tiny.RECORD, {**tiny.RECORD, "customer": "C-8", "channel": {"any": ["thing", 1e2]}}]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    with postgres.running() as found:
        yield found


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with the tiny release and a journal on each database."""
    home = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        return open_settings(home)
    server: postgres.Postgres = request.getfixturevalue("server")
    return open_settings(home, journal_url=SecretStr(server.database("repeats")))


@pytest.fixture(scope="module")
def workers(settings: Settings) -> Iterator[list[TestClient]]:
    """Two scorers that share nothing but the home and the journal."""
    with ExitStack() as stack:
        yield [stack.enter_context(scorer(settings)) for _ in range(2)]


def ask(worker: TestClient, key: str | None, *records: dict[str, object]) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    found: httpx.Response = worker.post("/v1/tiny/predict", json={"records": records}, headers=headers)
    return found


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def recorded(settings: Settings) -> int:
    """Decisions in a journal that verifies."""
    verdict = verify(*opened(settings))
    assert verdict.problems == ()
    return verdict.decisions


def test_a_repeat_to_another_worker_is_the_same_bytes_and_one_record(
    workers: list[TestClient], settings: Settings
) -> None:
    (one, other), before = workers, recorded(settings)
    first, second = ask(one, "k1", *TWO), ask(one, "k2", *TWO)
    assert (first.status_code, second.status_code) == (200, 200) and first.content != second.content
    assert [ask(worker, "k1", *TWO).content for worker in (other, one, other)] == [first.content] * 3
    assert recorded(settings) == before + 4
    assert code(ask(other, "k2", tiny.RECORD)) == (422, "key_reused")
    # What could not be decided on any more is answered as it was, and what was never decided is not.
    Path(settings.online_for("tiny")).unlink()
    assert code(ask(other, "k3", *TWO)) == (503, "no_states")
    assert ask(other, "k2", *TWO).content == second.content
    assert code(ask(other, "k1", {"days": "never"})) == (422, "key_reused")
    tiny.publish_states(settings)
    assert ask(other, "k3", *TWO).status_code == 200
    assert recorded(settings) == before + 6


def test_workers_that_race_for_one_key_make_one_decision(workers: list[TestClient], settings: Settings) -> None:
    before, keys = recorded(settings), [f"race {n}" for n in range(6)]
    with ThreadPoolExecutor(8) as pool:
        answers = {key: list(pool.map(lambda n, k=key: ask(workers[n % 2], k, tiny.RECORD), range(8))) for key in keys}
    for told in answers.values():
        assert {answer.status_code for answer in told} == {200}
        assert len({answer.content for answer in told}) == 1
    assert len({told[0].content for told in answers.values()}) == 6
    assert recorded(settings) == before + 6


def test_after_an_erasure_a_repeat_is_gone_and_the_others_are_not(
    workers: list[TestClient], settings: Settings
) -> None:
    one, other = workers
    both, kept = ask(one, "both", *TWO), ask(one, "kept", TWO[1])
    store, master = opened(settings)
    name = one.app.state.journal.pseudonyms("tiny").of("customer", "C-7")  # type: ignore[attr-defined]
    assert erase(store, master, use_case="tiny", subject=name, recorded_by="Ada", reason="asked to") is not None
    assert both.status_code == 200
    assert code(ask(other, "both", *TWO)) == (410, "erased")
    assert ask(other, "kept", TWO[1]).content == kept.content
    with store.reading() as tables:
        bodies = tables.driver.rows("select body from journal_repeats order by first desc limit 2")
    assert [body is None for (body,) in bodies] == [False, True]
    # A worker that remembers the answer forgets it with the next decision that it records.
    assert ask(one, None, tiny.RECORD).status_code == 200
    assert code(ask(one, "both", *TWO)) == (410, "erased")
    assert ask(one, "kept", TWO[1]).content == kept.content


def test_answers_of_two_releases_come_back_in_the_order_of_the_records(running: Running) -> None:
    challenge(running, Trial(mode="canary", share=50), sequence=1)
    sent: list[dict[str, object]] = [{**tiny.RECORD, "customer": f"C-{n}", "Loan Key": f"L-{n}"} for n in range(40)]
    first = ask(running.client, "k", *sent)
    results = json.loads(first.content)["results"]
    assert [result["input"]["customer"] for result in results] == [f"C-{n}" for n in range(40)]
    assert set(releases(dict(enumerate(results))).values()) == {"r1", "r2"}  # type: ignore[arg-type]
    for worker in run(running.settings):
        assert ask(worker.client, "k", *sent).content == first.content
    assert verify(*opened(running.settings)).decisions == 40


def test_requests_without_a_key_leave_no_trace_of_one(running: Running) -> None:
    assert ask(running.client, None, *TWO).status_code == 200
    with opened(running.settings)[0].reading() as tables:
        assert tables.driver.rows("select * from journal_repeats") == []
