"""No answer without its record: what is kept, what happens when it cannot be, and that many wait for one sync."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from credit_platform.contracts.journal import Claim
from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.journal import sqlite
from credit_platform.engine.journal.reading import JournalReader, Recorded
from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.tables import Tables
from credit_platform.engine.journal.verifying import verify
from credit_platform.scorer.journal import commits, tidying
from credit_platform.scorer.journal.commits import GroupCommit, JournalFullError
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.journals import group, opened, settings_in, writer
from credit_platform_tests.scorer.conftest import Running, run


def recorded(settings: Settings, decision_id: str) -> Recorded:
    found = JournalReader(*opened(settings)).decision(decision_id)
    assert found is not None
    return found


def test_an_answer_is_recorded_with_what_it_was_made_of(running: Running) -> None:
    answer = running.score(tiny.RECORD, {**tiny.RECORD, "customer": "C-8"})
    results = answer.json()["results"]
    found = [recorded(running.settings, result["decision_id"]) for result in results]
    kept = [json.loads(each.payload or b"") for each in found]
    assert [each["answer"] for each in kept] == results
    assert json_bytes(kept[0]["answer"]) in answer.content
    assert kept[0]["inputs"] == {
        "loan_key": "L-1", "customer": "C-7", "amount": 250.5, "days": 30, "lender": "South", "opened": "2022-12-01",
        "due": "2022-12-31", "is_new": True, "earlier_bads": 2,
    }  # fmt: skip
    occasion = found[0].occasion
    assert (occasion.release_id, occasion.use_case, occasion.caller) == ("r1", "tiny", "open")
    assert sorted(occasion.timings) == ["engine", "inputs"]
    # One request is one group, and customers are two entities with a key each.
    assert len({each.sequence for each in found}) == 1
    assert len({each.entry.key_id for each in found}) == 2
    assert {each.entry.role for each in found} == {"champion"}


def test_no_file_of_the_journal_names_a_person_or_an_amount(running: Running) -> None:
    running.one(customer="C-7-Lovelace", Amount=987654.25)
    for file in running.settings.home_dir.glob("journal.sqlite*"):
        content = file.read_bytes()
        assert b"Lovelace" not in content and b"987654" not in content and b"L-1" not in content


def test_a_journal_that_cannot_be_written_is_a_503_until_it_can(running: Running) -> None:
    before = running.one()
    commit = running.client.app.state.journal._commits  # type: ignore[attr-defined]
    with broken(commit._writer):
        answer = running.score(tiny.RECORD)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "journal_unavailable")
        assert "disk" not in answer.text and "results" not in answer.json()
        ready = running.client.get("/health/ready")
        assert (ready.status_code, ready.json()["problems"]["journal"]) == (503, "the disk is full")
        assert "scorer_journal_failing 1.0" in running.client.get("/metrics").text
    commit._prove()
    assert running.one()["probability"] == before["probability"]
    assert running.client.get("/health/ready").status_code == 200
    assert verify(*opened(running.settings)).decisions == 2


@contextmanager
def broken(found: object) -> Iterator[None]:
    """The store of a writer fails at every transaction."""

    def fail() -> None:
        raise JournalError("the disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(found.store, "writing", fail)  # type: ignore[attr-defined]
        yield


def test_a_wrong_key_leaves_the_scorer_alive_and_without_decisions(running: Running) -> None:
    running.one()
    other = running.settings.model_copy(update={"journal_key": SecretStr("another secret of some length")})
    for found in run(other):
        assert found.score(tiny.RECORD).status_code == 503
        assert "CREDIT_PLATFORM_JOURNAL_KEY" in found.client.get("/health/ready").json()["problems"]["journal"]


def test_recording_is_only_off_where_the_settings_say_so(running: Running) -> None:
    for found in run(running.settings.model_copy(update={"journal_url": SecretStr("none")})):
        assert found.score(tiny.RECORD).status_code == 200
        assert found.client.get("/health/ready").json()["is_recorded"] is False
    assert verify(*opened(running.settings)).decisions == 0


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[GroupCommit, threading.Event, list[int]]]:
    """A journal whose first commit waits for an event, with the number of commits so far."""
    journal, go, count = writer(settings_in(tmp_path)), threading.Event(), [0]
    journal.prepare()
    writing = journal.store.writing

    @contextmanager
    def waiting() -> Iterator[Tables]:
        go.wait(10)
        count[0] += 1
        with writing() as tables:
            yield tables

    found = GroupCommit(journal)
    found.start()
    journal.store.writing = waiting  # type: ignore[method-assign]
    yield found, go, count
    go.set()
    found.stop()


def test_what_comes_while_a_commit_runs_shares_the_next_one(
    slow: tuple[GroupCommit, threading.Event, list[int]], tmp_path: Path
) -> None:
    commit, go, count = slow
    with ThreadPoolExecutor(30) as pool:
        waiting = [pool.submit(commit.write, group(f"d{n}", subject=f"s{n % 3}"), seconds=10) for n in range(30)]
        until_all_wait(commit, 30)
        go.set()
        assert [each.result() for each in waiting] == [frozenset()] * 30
    assert count[0] <= 3
    assert verify(*opened(settings_in(tmp_path))).decisions == 30


def until_all_wait(commit: GroupCommit, number: int) -> None:
    pause = threading.Event()
    for _ in range(500):
        if commit.waiting == number:
            return
        pause.wait(0.01)
    raise AssertionError(f"{commit.waiting} of {number} wait")


def test_too_much_waiting_is_refused_at_once_and_a_stop_writes_what_waits(
    slow: tuple[GroupCommit, threading.Event, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, go, _ = slow
    futures = [commit.submit(group(f"d{n}")) for n in range(3)]
    with monkeypatch.context() as fewer, pytest.raises(JournalFullError, match="3 decisions wait"):
        # Those that the writer has taken count until they are on the disk.
        fewer.setattr(commits, "MOST_WAITING", 3)
        commit.submit(group("d4"))
    with pytest.raises(JournalError, match="no commit within 0.05 s"):
        commit.write(group("d5"), seconds=0.05)
    go.set()
    commit.stop()
    assert all(future.exception() is None for future in futures)
    with pytest.raises(JournalError):
        commit.submit(group("after"))


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GroupCommit]:
    """The journal of the only worker, whose disk counts as quick."""
    monkeypatch.setattr(commits, "_QUICK_SECONDS", 60.0)
    found = GroupCommit(writer(settings_in(tmp_path)), alone=True)
    found.start()
    yield found
    found.stop()


def test_who_comes_alone_commits_at_once(alone: GroupCommit, tmp_path: Path) -> None:
    assert [alone.commit_now(group(f"d{n}")) for n in range(3)] == [frozenset()] * 3
    alone.write(group("d4"), seconds=10)
    # Of two requests under one idempotency key the second learns that it is.
    first, late = (replace(group(name), claim=Claim(b"name", b"body")) for name in ("d5", "d6"))
    assert [alone.commit_now(each) for each in (first, late)] == [frozenset(), {late.claim}]
    assert verify(*opened(settings_in(tmp_path))).decisions == 5


def test_nobody_waits_on_an_event_loop_for_a_commit_of_others_or_a_slow_disk(
    slow: tuple[GroupCommit, threading.Event, list[int]], alone: GroupCommit, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    others, go, _ = slow
    assert others.commit_now(group("of one of several workers")) is None
    with alone._writing:
        assert alone.commit_now(group("while somebody writes")) is None
    assert alone.commit_now(group("d1")) == frozenset()
    with monkeypatch.context() as slower:
        slower.setattr(commits, "_QUICK_SECONDS", 0.0)
        assert alone.commit_now(group("after a slow one")) is None
    go.set()
    assert verify(*opened(settings_in(tmp_path))).decisions == 1


def test_after_a_slow_disk_the_loop_commits_again_when_the_thread_has_made_some(
    alone: GroupCommit, tmp_path: Path
) -> None:
    alone._lately = 90.0
    assert alone.commit_now(group("d0")) is None
    for number in range(4):
        alone.write(group(f"d{number}"), seconds=10)
    assert alone.commit_now(group("d4")) == frozenset()
    assert verify(*opened(settings_in(tmp_path))).decisions == 5


def test_what_fails_at_once_is_told_and_the_journal_is_proved_again(alone: GroupCommit, tmp_path: Path) -> None:
    with broken(alone._writer):
        with pytest.raises(JournalError, match="the disk is full"):
            alone.commit_now(group("d1"))
        assert alone.problem == "the disk is full"
        assert alone.commit_now(group("d2")) is None
    for _ in range(300):
        if alone.problem is None:
            break
        threading.Event().wait(0.01)
    assert alone.commit_now(group("d3")) == frozenset()
    assert verify(*opened(settings_in(tmp_path))).decisions == 1


def test_the_log_starts_anew_while_decisions_go_on(
    alone: GroupCommit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOG_BYTES", 2**20)
    monkeypatch.setattr(tidying, "_TIDY_BYTES", 2**19)
    many = [[f"d{n}-{each}" for each in range(20)] for n in range(60)]
    for names in many:
        alone.write(group(*names), seconds=10)
    assert verify(*opened(settings_in(tmp_path))).decisions == 1200
    assert (tmp_path / "journal.sqlite-wal").stat().st_size < 3 * 2**20
