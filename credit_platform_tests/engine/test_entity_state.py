"""Entity states: replaced whole or not at all, keyed by pseudonyms, seen by other processes at once."""

import datetime as dt
import multiprocessing
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform.engine import entity_state
from credit_platform.engine.entity_state import EmbeddedStateStore, embedded_store
from credit_platform.engine.errors import EngineError, StateError
from credit_platform.engine.keys import pseudonym_key
from credit_platform.engine.pseudonyms import Pseudonyms
from credit_platform.engine.states import loaded

DAY = dt.date(2022, 12, 1)
SECRET = b"a key of the tests, long enough"


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStateStore:
    return EmbeddedStateStore(tmp_path / "online" / "tiny.sqlite", use_case="tiny", secret=SECRET)


def rows(count: int, loans: int) -> list[dict[str, object]]:
    return [{"customer": f"C-{n}", "loans": loans, "share": 0.1 * n, "last": DAY, "note": None} for n in range(count)]


def test_a_state_comes_back_as_it_went_in(store: EmbeddedStateStore) -> None:
    assert store.replace("customers", as_of=DAY, key="customer", rows=rows(1200, 3)) == 1200
    assert store.get("customers", "C-7") == ({"loans": 3, "share": 0.1 * 7, "last": DAY, "note": None}, DAY)
    found = store.get_many("customers", [f"C-{n}" for n in range(1300)])
    assert (len(found.states), found.as_of) == (1200, DAY)


def test_an_unknown_entity_table_or_store_gives_nothing(store: EmbeddedStateStore) -> None:
    assert store.get("customers", "C-1") is None
    store.replace("customers", as_of=DAY, key="customer", rows=rows(1, 3))
    assert store.get("customers", "C-2") is None
    assert store.get("lenders", "C-0") is None
    assert store.get_many("lenders", ["C-0"]).as_of is None


def test_an_open_reader_sees_a_new_state_and_other_tables_stay(store: EmbeddedStateStore) -> None:
    reader = EmbeddedStateStore(store.path, use_case="tiny", secret=SECRET)
    store.replace("lenders", as_of=DAY, key="customer", rows=rows(2, 9))
    for loans in (1, 2, 3):
        store.replace("customers", as_of=DAY + dt.timedelta(days=loans), key="customer", rows=rows(5 - loans, loans))
        found = reader.get_many("customers", ["C-0", "C-3"])
        assert [state["loans"] for state in found.states.values()] == [loans] * (2 if loans == 1 else 1)
        assert found.as_of == DAY + dt.timedelta(days=loans)
    assert reader.get("lenders", "C-1") == ({"loans": 9, "share": 0.1, "last": DAY, "note": None}, DAY)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"customer": "C-0"}, "two rows share one 'customer'"),
        ({"customer": None}, "row 3: no value of 'customer'"),
        ({"customer": "C-9", "loans": float("nan")}, "row 3, column 'loans': found a float"),
        ({"customer": "C-9", "loans": dt.datetime(2022, 1, 1)}, "found a datetime"),
    ],
)
def test_a_bad_row_leaves_the_old_state(store: EmbeddedStateStore, bad: dict[str, object], told: str) -> None:
    store.replace("customers", as_of=DAY, key="customer", rows=rows(3, 1))
    with pytest.raises(StateError, match=told):
        store.replace("customers", as_of=DAY + dt.timedelta(days=1), key="customer", rows=[*rows(3, 2), bad])
    found = store.get_many("customers", ["C-0", "C-1", "C-2"])
    assert [state["loans"] for state in found.states.values()] == [1, 1, 1]
    assert found.as_of == DAY


def _die_midway(path: Path) -> None:
    def half() -> Iterator[Mapping[str, object]]:
        yield from rows(2, 2)
        os._exit(9)

    writer = EmbeddedStateStore(path, use_case="tiny", secret=SECRET)
    writer.replace("customers", as_of=DAY + dt.timedelta(days=1), key="customer", rows=half())


def test_a_killed_writer_leaves_the_old_state_and_no_lock(store: EmbeddedStateStore) -> None:
    store.replace("customers", as_of=DAY, key="customer", rows=rows(3, 1))
    process = multiprocessing.get_context("fork").Process(target=_die_midway, args=(store.path,))
    process.start()
    process.join()
    assert process.exitcode == 9
    found = store.get("customers", "C-0")
    assert found is not None
    assert (found[0]["loans"], found[1]) == (1, DAY)
    store.replace("customers", as_of=DAY, key="customer", rows=rows(3, 3))
    assert len(store.get_many("customers", ["C-0", "C-1", "C-2"]).states) == 3


def test_writers_of_different_tables_do_not_lose_each_other(store: EmbeddedStateStore) -> None:
    def publish(number: int) -> None:
        writer = EmbeddedStateStore(store.path, use_case="tiny", secret=SECRET)
        writer.replace(f"table_{number}", as_of=DAY, key="customer", rows=rows(50, number))

    store.path.parent.mkdir(parents=True)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, range(8)))
    assert [store.get(f"table_{number}", "C-1") is not None for number in range(8)] == [True] * 8


def test_no_key_of_an_entity_is_stored(store: EmbeddedStateStore) -> None:
    store.replace("customers", as_of=DAY, key="customer", rows=[{"customer": "Jane-Q-4711", "loans": 1}])
    assert b"4711" not in store.path.read_bytes()


def test_a_broken_store_is_told_with_its_place(store: EmbeddedStateStore) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"no database" * 500)
    with pytest.raises(StateError, match=r"tiny.sqlite: cannot be read"):
        store.get("customers", "C-1")
    with pytest.raises(StateError, match="move the file away"):
        store.replace("customers", as_of=DAY, key="customer", rows=rows(1, 1))


def test_pseudonyms_differ_by_use_case_entity_value_and_key() -> None:
    one = Pseudonyms(use_case="a", key=SECRET)
    found = {
        one.of("customers", "1"), one.of("customers", "2"), one.of("lenders", "1"), one.of("customers1", ""),
        Pseudonyms(use_case="b", key=SECRET).of("customers", "1"),
        Pseudonyms(use_case="a", key=b"x").of("customers", "1"),
    }  # fmt: skip
    assert len(found) == 6
    assert one.of("customers", "1") == one.of("customers", "1")
    assert "key" not in repr(one)


def test_the_development_key_is_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: pseudonym_key(settings), range(16)))
    path = tmp_path / "keys" / "pseudonym.key"
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["pseudonym.key"]
    path.chmod(0o644)
    with pytest.raises(EngineError, match="found mode 0644, expected 0600"):
        pseudonym_key(settings)


def test_a_key_of_the_settings_wins_and_must_be_long(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, pseudonym_key=SecretStr("sixteen letters!"))
    assert pseudonym_key(settings) == b"sixteen letters!"
    assert not (tmp_path / "keys").exists()
    assert embedded_store(settings, "tiny").path == tmp_path / "online" / "tiny.sqlite"
    with pytest.raises(EngineError, match="found 5 characters, expected at least 16"):
        pseudonym_key(Settings(home=tmp_path, pseudonym_key=SecretStr("short")))


def test_a_look_up_waits_for_no_other_and_each_is_of_one_publication(
    store: EmbeddedStateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,000 entities are being looked up when one is, and when the table is replaced."""
    store.replace("customers", as_of=DAY, key="customer", rows=rows(1_000, 1))
    reads, go_on = threading.Event(), threading.Event()

    def held(text: str) -> dict[str, object]:
        reads.set()
        assert go_on.wait(30)
        return loaded(text)

    with ThreadPoolExecutor(1) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(entity_state, "loaded", held)
            bulk = pool.submit(store.get_many, "customers", [f"C-{n}" for n in range(1_000)])
            assert reads.wait(30)
        assert store.get("customers", "C-7") == ({"loans": 1, "share": 0.1 * 7, "last": DAY, "note": None}, DAY)
        later = DAY + dt.timedelta(days=1)
        store.replace("customers", as_of=later, key="customer", rows=rows(8, 2))
        assert store.get_many("customers", ["C-7", "C-8"]).as_of == later
        assert not bulk.done()
        go_on.set()
        found = bulk.result(30)
    assert (found.as_of, len(found.states), {state["loans"] for state in found.states.values()}) == (DAY, 1_000, {1})
    assert store.counted() == {"found": 1_002, "no_history": 1}
