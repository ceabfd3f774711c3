"""What was answered can be made again to the byte, until its entity is erased."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from click.testing import CliRunner

from credit_platform.cli import main
from credit_platform.scorer.journal.replay import first_difference
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running
from credit_platform_tests.scorer.test_champions import publish


def command(running: Running, *words: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the JSON object and the sentences of a command on the scorer's home."""
    environment = {"CREDIT_PLATFORM_HOME": str(running.settings.home_dir)}
    done = CliRunner().invoke(main, [*words, "--json"], env=environment)
    return done.exit_code, json.loads(done.stdout), done.stderr


def test_a_decision_is_made_again_to_the_byte_after_the_champion_and_the_states_have_moved_on(running: Running) -> None:
    results = running.score(
        tiny.RECORD,
        {**tiny.RECORD, "customer": "C-9", "Loan Key": None, "lender": "Atlantis", "due": None},
        {**tiny.RECORD, "customer": "C-8", "Amount": 1e3, "channel": {"any": ["thing", 1e2]}},
    ).json()["results"]
    results += running.score(tiny.RECORD, reasons="all").json()["results"]
    results += running.score(tiny.RECORD, reasons="none", input=False).json()["results"]
    publish(running, "r2", sequence=2)
    running.champions.refresh()
    for file in running.settings.home_dir.glob("online/*"):
        file.unlink()
    tiny.publish_states(running.settings)
    assert running.one()["model"]["release_id"] == "r2"
    for result in results:
        code, found, told = command(running, "replay", result["decision_id"])
        assert (code, found["is_same"], found["answer"]) == (0, True, result), told
        assert found["occasion"]["release_id"] == "r1"


def test_the_first_difference_is_told(running: Running) -> None:
    result = running.score(tiny.RECORD, reasons="all").json()["results"][0]
    changed = {**result, "reasons": [{**result["reasons"][0], "code": "R9"}, *result["reasons"][1:]]}
    told = first_difference(result, changed)
    assert told == f'answer.reasons[0].code: recorded "{result["reasons"][0]["code"]}", made again "R9"'
    assert first_difference(result, {**result, "score": 1}) == f"answer.score: recorded {result['score']}, made again 1"
    assert first_difference([1], [1, 2]) == "answer: recorded [1], made again [1,2]"


def test_an_altered_release_makes_nothing_again(running: Running) -> None:
    result = running.one()
    (running.releases / "tiny" / "r1" / "gates.json").write_bytes(b"{}")
    code, found, _ = command(running, "replay", result["decision_id"])
    assert code == 2 and "gates.json" in found["error"]
    assert command(running, "replay", "f" * 32)[:2] == (2, {"error": f"decision '{'f' * 32}' is not in the journal"})


def test_an_erased_entity_is_told_and_the_journal_verifies(running: Running) -> None:
    erased, kept = running.one()["decision_id"], running.one(customer="C-8")["decision_id"]
    why = ("--by", "Ada", "--reason", "asked to")
    code, found, told = command(running, "journal", "erase", "tiny", "C-7", *why)
    assert (code, len(found["key_ids"])) == (0, 1) and "C-7" not in told
    code, found, told = command(running, "replay", erased)
    assert (code, found["is_erased"]) == (2, True) and "by Ada: asked to" in told
    assert command(running, "replay", kept)[0] == 0
    assert command(running, "journal", "erase", "tiny", "C-7", *why)[0] == 2
    # A new application of the same person is a new key; the scorer had the old one in memory.
    again = running.one()["decision_id"]
    assert command(running, "replay", again)[0] == 0
    code, found, _ = command(running, "journal", "verify")
    assert (code, found["decisions"], found["erased"], found["problems"]) == (0, 3, 1, [])
    assert command(running, "journal", "verify", "--head", found["head"])[0] == 0


@pytest.mark.parametrize("statement", ["update journal_entries set sealed = zeroblob(99)"])
def test_an_altered_record_is_told_by_replay_and_by_verify(running: Running, statement: str) -> None:
    decision = running.one()["decision_id"]
    with closing(sqlite3.connect(running.settings.home_dir / "journal.sqlite")) as connection, connection:
        connection.execute("drop trigger journal_entries_no_update")
        connection.execute(statement)
    assert "its payload was altered" in command(running, "replay", decision)[1]["error"]
    code, found, _ = command(running, "journal", "verify")
    assert (code, found["problems"]) == (1, ["group 1: its decisions are not the ones that were written"])
