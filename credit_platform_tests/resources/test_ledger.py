"""The ledger: one winner, one order, nothing changed afterwards, and the pointer a copy of its last entry."""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.ledger import StoredEntry, champion_at, examined
from credit_platform.engine.releases import POINTER_FILE, read_pointer
from credit_platform.engine.trust import trust_of
from credit_platform.resources.ledger import actor
from credit_platform.resources.ledger_store import LedgerConflictError, LedgerError, ledger_store
from credit_platform.resources.promotion import RefusedError
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.engine import tiny
from credit_platform_tests.postgres import Postgres, running
from credit_platform_tests.resources.governed import (
    FIRST_DAY,
    problems,
    promote,
    promoted,
    publish,
    store_at,
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ReleaseStore:
    """Both engines."""
    if request.param == "sqlite":
        return store_at(tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return store_at(tmp_path, ledger_url=server.database(f"ledger_{tmp_path.name[-20:]}".replace("-", "_").lower()))


@pytest.fixture
def local(tmp_path: Path) -> ReleaseStore:
    """The ledger in a file."""
    return store_at(tmp_path)


def rows_of(store: ReleaseStore) -> list[StoredEntry]:
    with ledger_store(store.settings).locked("tiny") as table:
        return table.rows("tiny")


def test_each_promotion_is_an_entry_after_the_last_and_the_pointer_its_signed_copy(store: ReleaseStore) -> None:
    promoted(store, 3)
    rows = rows_of(store)
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert [row.previous_sha256 for row in rows] == ["0" * 64, rows[0].sha256, rows[1].sha256]
    pointer = read_pointer(store.settings.releases, "tiny", trust=trust_of(store.settings))
    assert pointer == store.pointer("tiny")
    assert pointer is not None
    assert (pointer.release_id, pointer.sequence, pointer.entry_sha256) == ("r3", 3, rows[2].sha256)
    assert pointer.effective_from == dt.date(2022, 12, 3)
    assert problems(store) == []
    assert {each.entry.recorded_by for each in store.ledger.entries("tiny")} == {"tester"}


def test_the_database_refuses_to_change_or_remove_an_entry(store: ReleaseStore) -> None:
    promoted(store, 1)
    for statement in ("update promotion_ledger set sequence = 7", "delete from promotion_ledger"):
        with (
            pytest.raises((sqlite3.IntegrityError, psycopg2.Error), match="append-only"),
            ledger_store(store.settings).locked("tiny") as table,
        ):
            table.connection.cursor().execute(statement)
    assert len(rows_of(store)) == 1


def test_of_two_entries_after_the_same_one_the_database_takes_one(store: ReleaseStore) -> None:
    promoted(store, 2)
    second = rows_of(store)[1]
    with ledger_store(store.settings).locked("tiny") as table, pytest.raises(LedgerConflictError, match="decide anew"):
        table.add(replace(second, sequence=3))
    assert [row.sequence for row in rows_of(store)] == [1, 2]


def test_a_candidate_compared_with_another_champion_is_not_promoted(local: ReleaseStore) -> None:
    shas = [publish(local, f"r{number}", seed=number) for number in (1, 2, 3)]
    assert promote(local, "r1").refused is None
    assert promote(local, "r2", replaces=shas[0]).refused is None
    late = promote(local, "r3", replaces=shas[0])
    assert late.refused is not None and "compared with another champion than r2" in late.refused
    assert late.pointer is not None and late.pointer.release_id == "r2"
    assert "compared with another champion" in str(promote(local, "r3", replaces=None).refused)


def test_the_same_model_again_adds_no_entry_whatever_it_is_called(local: ReleaseStore) -> None:
    promoted(local, 1)
    publish(local, "again", seed=1)
    found = promote(local, "again")
    assert (found.refused, found.pointer) == (None, local.pointer("tiny"))
    assert len(rows_of(local)) == 1
    assert local.champion("tiny").release.release_id == "r1"


def test_unmet_gates_promote_nothing(local: ReleaseStore) -> None:
    publish(local, "r1", seed=1, unmet=("auc is 0.5",))
    found = promote(local, "r1")
    assert (found.pointer, found.refused) == (None, "r1: unmet gates: auc is 0.5")
    assert rows_of(local) == []


def tampered(rows: list[StoredEntry]) -> Iterator[list[StoredEntry]]:
    """Each entry edited, dropped, and swapped with each other one."""
    for n, row in enumerate(rows):
        for edited in (
            replace(row, body=row.body.replace('"tester"', '"nobody"')),
            replace(row, sha256="f" * 64),
            replace(row, previous_sha256="f" * 64),
            replace(row, sequence=row.sequence + 1),
        ):
            yield [*rows[:n], edited, *rows[n + 1 :]]
        yield [*rows[:n], *rows[n + 1 :]]
        for m in range(n):
            order = list(rows)
            order[n], order[m] = rows[m], row
            yield order


def test_every_edited_dropped_or_swapped_entry_is_found(local: ReleaseStore) -> None:
    promoted(local, 3)
    trust, pointer = trust_of(local.settings), local.pointer("tiny")
    tried = 0
    for rows in tampered(rows_of(local)):
        entries, found = examined(rows, trust, use_case="tiny")
        # The last entry cut off leaves a chain that is whole: the signed pointer knows better.
        assert found or (pointer is not None and pointer.sequence > len(entries))
        tried += 1
    assert tried == 3 * 5 + 3


def test_a_chain_rewritten_with_right_hashes_but_by_another_key_is_found(local: ReleaseStore, tmp_path: Path) -> None:
    promoted(local, 2)
    other = store_at(tmp_path / "other")
    promoted(other, 2)
    assert examined(rows_of(other), trust_of(other.settings), use_case="tiny")[1] == []
    _, found = examined(rows_of(other), trust_of(local.settings), use_case="tiny")
    assert len(found) == 2 and all("signed by the unknown key" in each for each in found)


def test_a_ledger_that_lost_its_end_is_refused_and_not_covered_up(local: ReleaseStore) -> None:
    promoted(local, 2)
    path = local.settings.home_dir / "ledger.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("drop trigger promotion_ledger_no_delete")
        connection.execute("delete from promotion_ledger where sequence = 2")
    connection.close()
    with pytest.raises(ReleaseError, match="ends with entry 1, the champion pointer was made of entry 2"):
        local.pointer("tiny")
    path.unlink()
    with pytest.raises(ReleaseError, match="ends with entry 0"):
        local.pointer("tiny")
    assert "entry 0" in problems(local)[0]


@pytest.mark.parametrize("left", ["nothing", "older", "broken"])
def test_a_pointer_left_behind_is_put_right_by_the_next_reader(local: ReleaseStore, left: str) -> None:
    promoted(local, 1)
    path = Path(local.settings.releases.removeprefix("file://")) / "tiny" / POINTER_FILE
    older = path.read_bytes()
    publish(local, "r2", seed=2)
    promote(local, "r2")
    expected = path.read_bytes()
    path.unlink()
    if left != "nothing":
        path.write_bytes(older if left == "older" else older[:50])
    pointer = local.pointer("tiny")
    assert pointer is not None and pointer.release_id == "r2"
    assert path.read_bytes() == expected


KILLED = """
import os, signal, sys
from pathlib import Path
import fsspec.implementations.local as files
from credit_platform.resources import releases
from credit_platform_tests.resources.governed import promote, store_at

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "before the pointer":
    releases.ReleaseStore._write = die
else:
    files.LocalFileSystem.mv = die
promote(store_at(Path(sys.argv[1])), "r2")
"""


@pytest.mark.parametrize("moment", ["before the pointer", "before its rename"])
def test_a_promotion_killed_in_the_middle_is_ended_by_the_next_start(
    local: ReleaseStore, project_root: Path, moment: str
) -> None:
    promoted(local, 1)
    publish(local, "r2", seed=2)
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(local.settings.home), moment],
        env={**os.environ, "PYTHONPATH": str(project_root)}, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert died.returncode == -9, died.stderr.decode()
    seen = read_pointer(local.settings.releases, "tiny", trust=trust_of(local.settings))
    assert seen is not None and seen.release_id == "r1"
    pointer = store_at(local.settings.home_dir).pointer("tiny")
    assert pointer is not None and (pointer.release_id, pointer.sequence) == ("r2", 2)
    assert problems(local) == []


def test_a_rollback_returns_to_the_release_before_and_is_not_undone_by_the_next_training(local: ReleaseStore) -> None:
    promoted(local, 3)
    found = local.rollback("tiny", to=None, reason="declines too many", effective_from=dt.date(2022, 12, 9))
    assert found is not None and (found.release_id, found.sequence) == ("r2", 4)
    assert local.champion("tiny").release.release_id == "r2"
    again = promote(local, "r3")
    assert again.refused is not None and "rolled back by tester" in again.refused
    assert "(declines too many)" in again.refused
    twice = local.rollback("tiny", to=None, reason="more")
    assert twice is not None and twice.release_id == "r1"
    with pytest.raises(RefusedError, match="nothing was in force before the present model"):
        local.rollback("tiny", to=None, reason="more")
    back = local.rollback("tiny", to="r3", reason="it was the data")
    assert back is not None and (back.release_id, back.sequence) == ("r3", 6)
    for to, told in (("r3", "is the model in force"), ("r9", "was never in force .* found .'r1', 'r2', 'r3'.")):
        with pytest.raises(RefusedError, match=told):
            local.rollback("tiny", to=to, reason="x")
    assert problems(local) == []


def test_an_override_needs_two_names_a_reason_and_an_expiry_and_every_reader_sees_it(local: ReleaseStore) -> None:
    promoted(local, 1)
    publish(local, "r2", seed=2, unmet=("auc is 0.6, at least 0.7 required",))
    day, last = dt.date(2022, 12, 5), dt.date(2022, 12, 31)
    for names, reason, expires, told in (
        (("Ada",), "new market", last, "two different names"),
        (("Ada", " ada "), "new market", last, "two different names"),
        (("Ada", "Bo"), "", last, "reason"),
        (("Ada", "Bo"), "new market", dt.date(2022, 12, 4), "a last day that is not before 2022-12-05"),
    ):
        with pytest.raises(ValueError, match=told):
            local.override("tiny", "r2", approvers=names, reason=reason, expires=expires, effective_from=day)
    pointer = local.override(
        "tiny", "r2", approvers=("Ada", "Bo"), reason="new market", expires=last, effective_from=day
    )
    assert pointer is not None and pointer.override is not None
    assert (pointer.release_id, pointer.override.approvers, pointer.override.expires) == ("r2", ("Ada", "Bo"), last)
    assert pointer.override.unmet == ("auc is 0.6, at least 0.7 required",)
    assert local.champion("tiny").used.override == pointer.override
    with pytest.raises(RefusedError, match="r2' was never in force by its own merits"):
        local.rollback("tiny", to="r2", reason="x")
    local.rollback("tiny", to="r1", reason="enough")
    with pytest.raises(RefusedError, match="r1 is in force by its own merits"):
        local.override("tiny", "r1", approvers=("Ada", "Bo"), reason="x", expires=last, effective_from=day)


def test_champion_at_answers_by_business_day_and_by_what_was_known(local: ReleaseStore) -> None:
    promoted(local, 2)
    local.rollback("tiny", to="r1", reason="wrong from its second day on", effective_from=dt.date(2022, 12, 3))
    entries = local.ledger.entries("tiny")

    def at(day: int, known_by: dt.datetime | None = None) -> str | None:
        found = champion_at(entries, dt.date(2022, 12, 1) + dt.timedelta(days=day - 1), known_by=known_by)
        return None if found is None else found.entry.release_id

    assert [at(day) for day in (0, 1, 2, 3, 9)] == [None, "r1", "r2", "r1", "r1"]
    before_the_rollback = entries[1].entry.recorded_at
    assert [at(day, before_the_rollback) for day in (1, 2, 3, 9)] == ["r1", "r2", "r2", "r2"]
    assert at(9, entries[0].entry.recorded_at - dt.timedelta(seconds=1)) is None
    assert entries[0].entry.effective_from == FIRST_DAY


def test_a_damaged_target_is_not_rolled_back_to(local: ReleaseStore) -> None:
    promoted(local, 2)
    folder = Path(local.settings.releases.removeprefix("file://")) / "tiny" / "r1"
    (folder / "forest.ubj").write_bytes(tiny.forest_bytes(9))
    with pytest.raises(ReleaseError, match="forest.ubj has SHA-256"):
        local.rollback("tiny", to=None, reason="x")
    assert len(rows_of(local)) == 2


def test_who_acts_is_a_setting_or_the_user_and_never_nobody(tmp_path: Path) -> None:
    def nameless() -> str:
        raise KeyError("uid 4711")

    assert actor(Settings(home=tmp_path, actor="risk office")) == "risk office"
    assert actor(Settings(home=tmp_path), user=lambda: "ada") == "ada"
    with pytest.raises(LedgerError, match="CREDIT_PLATFORM_ACTOR"):
        actor(Settings(home=tmp_path), user=nameless)


@pytest.mark.parametrize("url", ["mysql://user:hush@host/db", "sqlite://relative", "postgresql://user:hush@host:port/"])
def test_a_wrong_address_of_the_ledger_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(RuntimeError, match="CREDIT_PLATFORM_LEDGER_URL is n") as caught:
        store_at(tmp_path, ledger_url=url).pointer("tiny")
    assert "hush" not in str(caught.value)
