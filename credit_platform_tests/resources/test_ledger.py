"""The ledger: one winner, one order, nothing changed afterwards, and the pointer a copy of its last entry."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.ledger import examined
from credit_platform.engine.releases import POINTER_FILE, read_pointer
from credit_platform.engine.trust import trust_of
from credit_platform.resources.ledger_store import LedgerConflictError, LedgerError, ledger_store
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.postgres import Postgres, running
from credit_platform_tests.resources.dying import MOMENTS, killed_promotions
from credit_platform_tests.resources.governed import (
    FIRST_DAY,
    problems,
    promote,
    promoted,
    publish,
    rows_of,
    store_at,
)
from credit_platform_tests.resources.racing import race
from credit_platform_tests.resources.tampering import tampered


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
    statements = ["update promotion_ledger set sequence = 7", "delete from promotion_ledger"]
    if not store.settings.ledger.get_secret_value().startswith("postgres"):
        replaced = "insert or replace into promotion_ledger"
        # By each of its keys: sequence, hash of the one before, and SQLite's own number of the row.
        statements += [
            f"{replaced} select use_case, sequence, 'other', sha256, 'x' from promotion_ledger",
            f"{replaced} select use_case, 7, previous_sha256, sha256, 'x' from promotion_ledger",
            f"{replaced} (rowid, use_case, sequence, previous_sha256, sha256, body) values (1, 'a', 1, 'b', 'c', 'd')",
        ]
    for statement in statements:
        with (
            pytest.raises((sqlite3.IntegrityError, LedgerError), match="append-only"),
            ledger_store(store.settings).locked("tiny") as table,
        ):
            table.connection.cursor().execute(statement)
    assert [(row.use_case, row.sequence) for row in rows_of(store)] == [("tiny", 1)]
    assert problems(store) == []


def test_of_two_entries_after_the_same_one_the_database_takes_one(store: ReleaseStore) -> None:
    promoted(store, 2)
    second = rows_of(store)[1]
    with ledger_store(store.settings).locked("tiny") as table, pytest.raises(LedgerConflictError, match="decide anew"):
        table.add(replace(second, sequence=3))
    assert [row.sequence for row in rows_of(store)] == [1, 2]


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
    # Neither is anything written after the gap, which a backup put back later would lose.
    publish(local, "r3", seed=3)
    acts: tuple[Callable[[], object], ...] = (
        lambda: local.promote("tiny", "r3", manifest_sha256=sha256, replaces=None, effective_from=FIRST_DAY),
        lambda: local.rollback("tiny", to="r1", reason="x", next_day=FIRST_DAY),
        lambda: local.override(
            "tiny", "r3", approvers=("Ada", "Bo"), reason="x", expires=FIRST_DAY, next_day=FIRST_DAY
        ),
    )
    sha256 = local.load("tiny", "r3").manifest_sha256
    for act in acts:
        with pytest.raises(ReleaseError, match="ends with entry 1"):
            act()
    assert [row.sequence for row in rows_of(local)] == [1]
    path.unlink()
    with pytest.raises(ReleaseError, match="ends with entry 0"):
        local.pointer("tiny")
    assert "entry 0" in problems(local)[0]


def test_a_ledger_cut_at_its_end_and_an_old_pointer_put_back_with_it_are_found_by_what_this_home_has_seen(
    local: ReleaseStore,
) -> None:
    promoted(local, 1)
    path = Path(local.settings.releases.removeprefix("file://")) / "tiny" / POINTER_FILE
    older = path.read_bytes()
    publish(local, "r2", seed=2)
    promote(local, "r2")
    with sqlite3.connect(local.settings.home_dir / "ledger.sqlite") as connection:
        connection.execute("drop trigger promotion_ledger_no_delete")
        connection.execute("delete from promotion_ledger where sequence = 2")
    connection.close()
    path.write_bytes(older)
    with pytest.raises(ReleaseError, match="ends with entry 1, the newest pointer that this home has seen .* entry 2"):
        local.pointer("tiny")
    assert "seen/tiny.json" in problems(local)[0]
    # Another entry in the place of the lost one is no cure.
    seen = local.settings.home_dir / "seen" / "tiny.json"
    kept = seen.read_bytes()
    seen.unlink()
    publish(local, "r3", seed=3)
    promote(local, "r3")
    seen.write_bytes(kept)
    with pytest.raises(ReleaseError, match="is not the one of entry 2"):
        local.pointer("tiny")


def test_a_file_that_is_no_ledger_is_told_in_one_sentence(local: ReleaseStore) -> None:
    local.settings.home_dir.mkdir(parents=True, exist_ok=True)
    (local.settings.home_dir / "ledger.sqlite").write_bytes(b"not a database at all " * 100)
    with pytest.raises(LedgerError, match="file is not a database. Check that it is the ledger's SQLite file"):
        local.pointer("tiny")


def test_a_table_without_its_triggers_gets_them_back(store: ReleaseStore) -> None:
    promoted(store, 1)
    on_table = " on promotion_ledger" if store.settings.ledger.get_secret_value().startswith("postgres") else ""
    name = "promotion_ledger_no_change" if on_table else "promotion_ledger_no_delete"
    with ledger_store(store.settings).locked("tiny") as table:
        table.connection.cursor().execute(f"drop trigger {name}{on_table}")
    with (
        pytest.raises((sqlite3.IntegrityError, LedgerError), match="append-only"),
        ledger_store(store.settings).locked("tiny") as table,
    ):
        table.connection.cursor().execute("delete from promotion_ledger")
    assert len(rows_of(store)) == 1


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


def test_a_promotion_killed_in_the_middle_is_ended_or_undone_by_the_next_start(tmp_path: Path) -> None:
    """Before its commit nothing happened; after it the next start writes the pointer."""
    found = killed_promotions({tmp_path / str(number): moment for number, moment in enumerate(MOMENTS)})
    assert found == [("r1", "r1", []), ("r1", "r1", []), ("r1", "r2", []), ("r1", "r2", []), ("r2", "r2", [])]


def test_of_promoters_that_race_one_wins_and_no_reader_sees_a_broken_pointer(tmp_path: Path) -> None:
    """2 processes, 4 times; bench/promotion.py lets 8 race 100 times."""
    found = race(tmp_path, promoters=2, rounds=4)
    assert found.winners == (1, 1, 1, 1)
    assert (found.unreadable, found.looks > 0) == (0, True)
    store = store_at(tmp_path)
    assert problems(store) == []
    assert len(store.ledger.entries("tiny")) == 5
