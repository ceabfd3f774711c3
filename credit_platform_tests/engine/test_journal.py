"""The journal's chain, keys and erasures, on a file and on a real Postgres."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal import sqlite
from credit_platform.engine.journal.erasing import erase
from credit_platform.engine.journal.reading import JournalReader
from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.verifying import verify
from credit_platform_tests import postgres
from credit_platform_tests.engine.journals import group, opened, settings_in, writer


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    with postgres.running() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """An empty journal on each database."""
    if request.param == "sqlite":
        return settings_in(tmp_path)
    server: postgres.Postgres = request.getfixturevalue("server")
    return settings_in(tmp_path, server.database(f"journal_{abs(hash(request.node.name))}"))


@pytest.fixture
def three(tmp_path: Path) -> Settings:
    """A file with three groups of four decisions on two entities."""
    settings = settings_in(tmp_path)
    journal = writer(settings)
    journal.append([group("d1", "d2"), group("d3", subject="s2")])
    journal.append([group("d4")])
    journal.store.close()
    return settings


def payload(settings: Settings, decision_id: str) -> bytes | None:
    found = JournalReader(*opened(settings)).decision(decision_id)
    assert found is not None
    return found.payload


def tampered(settings: Settings, *statements: str) -> tuple[str, ...]:
    """What verification says after somebody with the file, and without the key, has changed it."""
    with closing(sqlite3.connect(settings.home_dir / "journal.sqlite", isolation_level=None)) as connection:
        triggers = connection.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for statement in (*(f"drop trigger {name}" for (name,) in triggers), *statements):
            connection.execute(statement)
    return verify(*opened(settings)).problems


def test_two_workers_make_one_chain_and_read_each_others_decisions(settings: Settings) -> None:
    one, other = writer(settings), writer(settings)
    one.append([group("d1"), group("d2", "d3", subject="s2")])
    other.append([group("d4")])
    one.append([group("d5")])
    found = verify(*opened(settings))
    assert (found.groups, found.decisions, found.erased, found.problems) == (4, 5, 0, ())
    assert [payload(settings, f"d{n}") for n in range(1, 6)] == [b"of d%d" % n for n in range(1, 6)]
    assert JournalReader(*opened(settings)).decision("d6") is None


def test_an_erased_entity_cannot_be_read_and_everything_still_verifies(settings: Settings) -> None:
    worker = writer(settings)
    worker.append([group("d1"), group("d2", subject="s2")])
    act = erase(*opened(settings), use_case="tiny", subject="s1", recorded_by="Ada", reason="asked to")
    assert act is not None
    # The worker still remembers the destroyed key, and must not use it.
    worker.append([group("d3")])
    assert [payload(settings, each) for each in ("d1", "d2", "d3")] == [None, b"of d2", b"of d3"]
    found = JournalReader(*opened(settings)).decision("d1")
    assert found is not None and found.erasure == act
    verdict = verify(*opened(settings))
    assert (verdict.groups, verdict.decisions, verdict.erased, verdict.problems) == (4, 3, 1, ())
    assert erase(*opened(settings), use_case="tiny", subject="s9", recorded_by="Ada", reason="asked to") is None


def test_what_fails_is_not_kept_and_the_next_is(settings: Settings) -> None:
    worker = writer(settings)
    worker.append([group("d1")])
    with pytest.raises(JournalError, match="nothing of this was written"):
        worker.append([group("d2", subject="new"), group("d1")])
    worker.append([group("d3", subject="new")])
    assert payload(settings, "d3") == b"of d3"
    assert verify(*opened(settings)).decisions == 2


def test_the_erased_key_is_in_no_file(three: Settings) -> None:
    with closing(sqlite3.connect(three.home_dir / "journal.sqlite")) as connection:
        (wrapped,) = connection.execute("select wrapped from journal_keys where subject = 's1'").fetchone()
    files = sorted(three.home_dir.glob("journal.sqlite*"))
    assert any(wrapped in file.read_bytes() for file in files)
    erase(*opened(three), use_case="tiny", subject="s1", recorded_by="Ada", reason="asked to")
    assert not [file.name for file in sorted(three.home_dir.glob("journal.sqlite*")) if wrapped in file.read_bytes()]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update journal_entries set role = 'shadow' where decision_id = 'd2'", "group 1: its decisions are not"),
        ("update journal_entries set sealed = zeroblob(40) where decision_id = 'd3'", "group 2: its decisions are not"),
        ("delete from journal_entries where decision_id = 'd2'", "group 1: its decisions are not"),
        ("delete from journal_groups where sequence = 2", "follows group 1: what was between them"),
        ("delete from journal_groups where sequence = 3", "entries name group 3"),
        ("update journal_groups set header = replace(header, 'key:1', 'key:2') where sequence = 2", "group 2: it, or"),
        ("update journal_keys set wrapped = null where subject = 's2'", "was destroyed, and no erasure says so"),
        ("delete from journal_keys where subject = 's2'", "decision d3: its key is not there"),
    ],
)
def test_every_change_is_told(three: Settings, change: str, told: str) -> None:
    assert any(told in problem for problem in tampered(three, change))


def test_a_head_that_was_noted_shows_a_cut_end(three: Settings) -> None:
    head = verify(*opened(three)).head
    assert verify(*opened(three), known_head=head).problems == ()
    cut = ("delete from journal_groups where sequence = 3", "delete from journal_entries where sequence = 3")
    assert tampered(three, *cut) == ()
    assert "its end was cut off" in verify(*opened(three), known_head=head).problems[0]


def test_the_database_itself_refuses_changes(three: Settings) -> None:
    with closing(sqlite3.connect(three.home_dir / "journal.sqlite")) as connection:
        for statement in ("update journal_entries set role = 'x'", "delete from journal_groups"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_another_master_key_is_told_and_writes_nothing(three: Settings) -> None:
    other = three.model_copy(update={"journal_key": SecretStr("another secret of some length")})
    with pytest.raises(JournalError, match="set CREDIT_PLATFORM_JOURNAL_KEY"):
        writer(other).append([group("d9")])
    assert verify(*opened(three)).decisions == 4


@pytest.mark.parametrize("url", ["mysql://x", "postgresql://user:p%ZZ@host:port/x", "sqlite:/x"])
def test_a_url_that_is_none_is_refused_without_being_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(JournalError, match="CREDIT_PLATFORM_JOURNAL_URL") as caught:
        writer(settings_in(tmp_path, url)).prepare()
    assert "p%ZZ" not in str(caught.value) and "port/x" not in str(caught.value)


def test_a_log_of_full_length_is_read_as_what_was_written_into_it_after_a_crash_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOG_BYTES", 2**20)
    settings, crashed = settings_in(tmp_path), settings_in(tmp_path / "crashed")
    log = tmp_path / "journal.sqlite-wal"
    journal = writer(settings)
    for number in range(3):
        journal.append([group(f"d{number}")])
        journal.store.tidy()
        journal.append([group(f"e{number}")])
        assert log.stat().st_size == 2**20
    shutil.copytree(tmp_path / "keys", tmp_path / "crashed" / "keys")
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        shutil.copy(tmp_path / name, tmp_path / "crashed" / name)
    journal.store.close()
    for found in (settings, crashed):
        verdict = verify(*opened(found))
        assert (verdict.decisions, verdict.problems) == (6, ())
    writer(crashed).append([group("after")])
    assert verify(*opened(crashed)).decisions == 7
