"""States in Redis: those of the embedded store, old or new as a whole, and never blanks where Redis lost something."""

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform.engine.circuit import Circuit
from credit_platform.engine.entity_state import embedded_store, open_state_store
from credit_platform.engine.errors import StateError
from credit_platform.engine.redis_state import RedisStateStore
from credit_platform_tests.engine.test_entity_state import DAY, rows
from credit_platform_tests.redis_server import RedisServer, running_redis

KEYS = [f"C-{number}" for number in range(1300)]


@pytest.fixture(scope="module")
def shared() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def server(shared: RedisServer) -> RedisServer:
    shared.client.flushall()
    return shared


def opened(home: Path, server: RedisServer, **changes: object) -> RedisStateStore:
    settings = Settings(home=home, redis_url=SecretStr(server.url), redis_timeout_seconds=5).model_copy(update=changes)
    store = open_state_store(settings, "tiny")
    assert isinstance(store, RedisStateStore)
    return store


@pytest.fixture
def store(tmp_path: Path, server: RedisServer) -> RedisStateStore:
    made = opened(tmp_path, server)
    made.replace("customers", as_of=DAY, key="customer", rows=rows(1200, 3))
    return made


def without_copy(tmp_path: Path, server: RedisServer) -> RedisStateStore:
    """A reader on a machine that has the key of the pseudonyms, and no file of states."""
    home = tmp_path / "elsewhere"
    (home / "keys").mkdir(parents=True, exist_ok=True)
    key = home / "keys" / "pseudonym.key"
    key.write_bytes((tmp_path / "keys" / "pseudonym.key").read_bytes())
    key.chmod(0o600)
    return opened(home, server)


def test_redis_gives_what_the_embedded_store_gives(store: RedisStateStore, tmp_path: Path) -> None:
    found = store.get_many("customers", KEYS)
    embedded = embedded_store(Settings(home=tmp_path), "tiny").get_many("customers", KEYS)
    assert (dict(found.states), found.as_of, found.columns) == (dict(embedded.states), DAY, embedded.columns)
    assert store.counted() == {"found": 1200, "no_history": 100, "read_through": 0, "degraded": 0}
    assert store.get_many("lenders", ["x"]).as_of is None


def test_no_key_of_an_entity_is_in_redis(store: RedisStateStore, server: RedisServer) -> None:
    store.replace("customers", as_of=DAY, key="customer", rows=[{"customer": "Jane-Q-4711", "loans": 1}])
    client = server.client
    held = [str(client.hgetall(name)) + str(name) for name in client.scan_iter("credit_platform:tiny:customers:*")]
    assert held and "Jane" not in "".join(held)


def test_readers_see_the_old_states_or_the_new_ones_as_a_whole(store: RedisStateStore, tmp_path: Path) -> None:
    seen: set[tuple[int, dt.date | None]] = set()
    torn: list[object] = []
    done = threading.Event()
    reader = RedisStateStore(
        Settings(home=tmp_path, redis_url=SecretStr(store_url(store)), redis_timeout_seconds=5),
        use_case="tiny",
        copy=store.copy,
    )

    def read() -> None:
        while not done.is_set():
            found = reader.get_many("customers", KEYS[:300])
            loans = {state["loans"] for state in found.states.values()}
            if len(loans) != 1 or len(found.states) != 300:
                torn.append((loans, len(found.states)))
            seen.add((int(str(loans.pop())), found.as_of))

    thread = threading.Thread(target=read)
    thread.start()
    for loans in range(4, 9):
        store.replace("customers", as_of=DAY + dt.timedelta(days=loans), key="customer", rows=rows(600, loans))
    done.set()
    thread.join()
    assert torn == []
    assert all(as_of == (DAY if loans == 3 else DAY + dt.timedelta(days=loans)) for loans, as_of in seen)
    assert reader.get_many("customers", ["C-1"]).states["C-1"]["loans"] == 8


def store_url(store: RedisStateStore) -> str:
    options = store._client.connection_pool.connection_kwargs
    return f"redis://{options['host']}:{options['port']}/0"


def test_a_replaced_generation_expires_and_a_new_one_lives_as_long_as_it_is_told(
    store: RedisStateStore, server: RedisServer
) -> None:
    before = set(server.client.scan_iter("*:customers:*"))
    store.replace("customers", as_of=DAY, key="customer", rows=rows(10, 3))
    after = set(server.client.scan_iter("*:customers:*")) - before
    assert len(before) == 16 and len(after) == 1
    assert {0 < server.client.ttl(name) <= 60 for name in before} == {True}
    assert {604_000 < server.client.ttl(name) <= 604_800 for name in after} == {True}


def test_an_evicted_bucket_is_read_through_and_is_no_missing_history(
    store: RedisStateStore, server: RedisServer, tmp_path: Path
) -> None:
    expected = dict(store.get_many("customers", KEYS).states)
    evicted = sorted(server.client.scan_iter("*:customers:*"))[:5]
    server.client.delete(*evicted)
    with pytest.raises(StateError, match="is gone from Redis, and the embedded copy does not hold that generation"):
        without_copy(tmp_path, server).get_many("customers", KEYS)
    assert dict(store.get_many("customers", KEYS).states) == expected
    assert store.counted()["read_through"] > 100
    assert server.client.exists(*evicted) == 5
    assert len(without_copy(tmp_path, server).get_many("customers", KEYS).states) == 1200


def test_a_redis_that_lost_everything_is_filled_again(store: RedisStateStore, server: RedisServer) -> None:
    store.get_many("customers", ["C-1"])
    server.client.flushall()
    assert store.get_many("customers", ["C-1"]).states["C-1"]["loans"] == 3
    assert server.client.exists("credit_platform:tiny:customers") == 1


def test_lost_states_without_a_copy_are_an_error_and_not_newcomers(
    store: RedisStateStore, server: RedisServer, tmp_path: Path
) -> None:
    reader = without_copy(tmp_path, server)
    reader.get_many("customers", ["C-1"])
    server.client.flushall()
    with pytest.raises(StateError, match="Redis has lost them"):
        reader.get_many("customers", ["C-1"])


def test_a_killed_redis_is_answered_for_by_the_copy_and_asked_again_when_it_is_back(tmp_path: Path) -> None:
    with running_redis() as server:
        store = opened(tmp_path, server)
        store.replace("customers", as_of=DAY, key="customer", rows=rows(300, 3))
        reader, strict = without_copy(tmp_path, server), opened(tmp_path, server, redis_down="refuse")
        whole = [each.get_many("customers", ["C-1"]).states["C-1"] for each in (store, reader, strict)]
        server.kill()
        found = store.get_many("customers", ["C-1", "C-999"])
        assert (found.states, found.as_of) == ({"C-1": whole[0]}, DAY)
        assert found.note is not None and "does not answer; state is this machine's copy as of 2022-12-01" in found.note
        with pytest.raises(StateError, match="no embedded copy as late"):
            reader.get_many("customers", ["C-1"])
        with pytest.raises(StateError, match="the settings allow no other source"):
            strict.get_many("customers", ["C-1"])
        assert store.circuit.is_open and not store.circuit.may_try()
        server.start()
        store.circuit.succeeded()
        back = store.get_many("customers", ["C-1"])
        assert (back.states["C-1"], back.note) == (whole[0], None)
        assert store.counted()["degraded"] == 2


def test_a_copy_older_than_what_redis_held_is_not_used(tmp_path: Path) -> None:
    with running_redis() as server:
        store = opened(tmp_path, server)
        store.replace("customers", as_of=DAY, key="customer", rows=rows(3, 1))
        other = without_copy(tmp_path, server)
        other.replace("customers", as_of=DAY + dt.timedelta(days=1), key="customer", rows=rows(3, 2))
        assert store.get_many("customers", ["C-1"]).states["C-1"]["loans"] == 2
        server.kill()
        with pytest.raises(StateError, match="no embedded copy as late as what it last held"):
            store.get_many("customers", ["C-1"])


def test_what_cannot_be_published_in_redis_is_an_error_and_the_old_states_stay(tmp_path: Path) -> None:
    with running_redis() as server:
        store = opened(tmp_path, server)
        server.kill()
        with pytest.raises(StateError, match="are in tiny.sqlite but not in Redis"):
            store.replace("customers", as_of=DAY, key="customer", rows=rows(3, 1))


def test_a_circuit_lets_one_caller_try_after_a_pause_that_doubles() -> None:
    now = [0.0]
    circuit = Circuit(clock=lambda: now[0])
    assert circuit.may_try()
    pauses = []
    for _ in range(7):
        circuit.failed()
        began = now[0]
        while not circuit.may_try():
            now[0] += 0.25
        assert not circuit.may_try()
        pauses.append(now[0] - began)
    assert pauses == [0.5, 1, 2, 4, 8, 15, 15]
    circuit.succeeded()
    assert circuit.may_try() and not circuit.is_open
