"""A caller gets its rate, a request its size, depth and time, and a worker its room; what is beyond is told and cut."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from credit_platform.contracts.settings import Settings
from credit_platform.scorer import protocol
from credit_platform.scorer.app import create_app
from credit_platform.scorer.errors import RequestError
from credit_platform.scorer.protocol import BoundedHead
from credit_platform.scorer.security.limits import RateLimit
from credit_platform.scorer.security.shapes import MOST_CONTAINERS, MOST_VALUES
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running, loopback
from credit_platform_tests.scorer.guarded import bearer, key


def open_settings(home: Path, **changes: Any) -> Settings:
    """A home that serves the tiny release in open mode."""
    tiny.trusted_in(home)
    root = home / "releases"
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    settings = Settings(**{"home": home, "scorer_open": True, "access_log": False, **changes})
    tiny.publish_states(settings)
    return settings


def test_tokens_come_in_at_the_rate_and_are_kept_up_to_the_burst() -> None:
    limit = RateLimit(burst_seconds=2)
    for _ in range(20):
        limit.take("a", rate=10, now=100.0)
    with pytest.raises(RequestError) as refused:
        limit.take("a", rate=10, now=100.0)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "1")
    limit.take("b", rate=10, now=100.0)
    limit.take("a", rate=10, now=100.125)
    with pytest.raises(RequestError):
        limit.take("a", rate=10, now=100.15)
    for _ in range(20):
        limit.take("a", rate=10, now=200.0)
    with pytest.raises(RequestError):
        limit.take("a", rate=10, now=200.0)
    with pytest.raises(RequestError) as refused:
        for _ in range(3):
            limit.take("slow", rate=0.1, now=100.0)
    assert refused.value.headers["Retry-After"] == "10"


def test_too_many_requests_are_told_when_to_come_again_and_probes_are_not_counted(tmp_path: Path) -> None:
    settings = open_settings(tmp_path, rate_per_second=2, rate_burst_seconds=1)
    own = bearer(key(settings.api_keys))
    with loopback(create_app(settings)) as client:
        assert [client.get("/v1/tiny/model").status_code for _ in range(6)] == [200] * 6
        client.headers.update(own)
        answers = [client.get("/v1/tiny/model") for _ in range(6)]
        assert [answer.status_code for answer in answers][:2] == [200, 200]
        assert answers[-1].status_code == 429
        assert answers[-1].headers["Retry-After"] == "1"
        assert [client.get("/health/live").status_code for _ in range(10)] == [200] * 10


def test_one_request_more_than_there_is_room_for_is_told_to_come_again(tmp_path: Path) -> None:
    app = create_app(open_settings(tmp_path, most_concurrent=1))
    began, end = threading.Event(), threading.Event()

    def slow() -> dict[str, str]:
        began.set()
        end.wait(20)
        return {}

    app.add_api_route("/slow", slow)
    with loopback(app) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.get, "/slow")
        assert began.wait(20)
        refused = client.get("/v1/tiny/model")
        live = client.get("/health/live")
        end.set()
        assert (refused.status_code, refused.headers["Retry-After"], live.status_code) == (503, "1", 200)
        assert first.result().status_code == 200
        assert client.get("/v1/tiny/model").status_code == 200


def test_an_answer_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    app = create_app(open_settings(tmp_path, request_timeout_seconds=0.2))
    app.add_api_route("/slow", lambda: time.sleep(0.6))
    with loopback(app) as client:
        answer = client.get("/slow")
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
        assert client.get("/health/live").status_code == 200


def test_an_error_of_ours_is_answered_and_logged_without_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(open_settings(tmp_path))

    def broken() -> None:
        raise ValueError("Ada Lovelace was born in 1815")

    app.add_api_route("/broken", broken)
    with loopback(app) as client:
        answer = client.get("/broken", headers={"X-Request-ID": "mine-1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert answer.headers["X-Request-ID"] == "mine-1"
    assert "Lovelace" not in answer.text + caplog.text
    assert "request failed: ValueError" in caplog.text


def test_every_answer_has_an_id_and_says_what_a_browser_may_do(running: Running) -> None:
    own = running.client.get("/v1/tiny/model", headers={"X-Request-ID": "order-7"})
    assert own.headers["X-Request-ID"] == "order-7"
    for odd in ("x" * 65, "a b", "é", ""):
        made = running.client.get("/nothing", headers={"X-Request-ID": odd.encode("latin-1")}).headers["X-Request-ID"]
        assert len(made) == 32
    assert own.headers["Cache-Control"] == "no-store"
    assert own.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" not in own.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in own.headers
    assert "script-src 'unsafe-inline'" in running.client.get("/docs").headers["Content-Security-Policy"]


def test_only_a_listed_origin_may_read_answers(tmp_path: Path) -> None:
    origin = "http://localhost:3000"
    settings = open_settings(tmp_path, cors_origins=(origin,))
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    with loopback(create_app(settings)) as client:
        answer = client.get("/health/live", headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert client.options("/predict", headers={"Origin": origin, **asks}).status_code == 200
        other = {"Origin": "http://localhost:4000"}
        assert "Access-Control-Allow-Origin" not in client.get("/health/live", headers=other).headers
        assert client.options("/predict", headers={**other, **asks}).status_code == 400
    with pytest.raises(ValueError, match="expected an origin such as"):
        Settings(home=tmp_path, cors_origins=("*",))


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b'{"records":[{"channel":' + b"[" * 60 + b"]" * 60 + b"}]}", "depth"),
        (b'{"records":[{"channel":' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}]}", "depth"),
        (b'{"records":[' + b"[]," * MOST_CONTAINERS + b"[]]}", "length"),
        (b'{"records":[{"channel":[' + b"1," * (MOST_VALUES + 1) + b"1]}]}", "length"),
    ],
    ids=["deep lists", "deep objects", "many lists", "many values"],
)
def test_what_is_small_as_text_and_large_in_memory_is_refused(running: Running, body: bytes, rule: str) -> None:
    answer = running.client.post("/v1/tiny/predict", content=body)
    assert (answer.status_code, answer.json()["error"]["details"][0]["rule"]) == (422, rule)
    assert running.one()["model"]["release_id"] == "r1"


def test_headers_beyond_the_limit_and_bodies_beyond_the_room_are_refused(tmp_path: Path) -> None:
    with loopback(create_app(open_settings(tmp_path, largest_bodies=2048))) as client:
        assert client.get("/v1/tiny/model", headers={"X-Long": "x" * 17_000}).status_code == 431
        answer = client.post("/predict", content=b" " * 4096)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "too_many_bodies")
        assert client.post("/predict", json={"records": [tiny.RECORD]}).status_code == 200
        held = [line for line in client.get("/metrics").text.splitlines() if line.startswith("scorer_body_bytes_held")]
        assert held == ["scorer_body_bytes_held 0.0"]


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    """The scorer behind its own HTTP protocol in a thread of this process; yields its port."""
    config = uvicorn.Config(
        create_app(settings), port=0, http=BoundedHead, ws="none", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(20)


def talked(port: int, *parts: bytes, pause: float = 0.1) -> bytes:
    """What a connection was told that sent some parts, one now and then, until it was cut."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(pause)
        while chunk := connection.recv(65536):
            found += chunk
    return found


def test_a_connection_that_trickles_is_cut_and_the_next_one_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.5)
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    endless = b"GET / HTTP/1.1\r\n" + b"X-Long: " + b"x" * 80_000
    with served(open_settings(tmp_path, body_timeout_seconds=0.5)) as port:
        assert talked(port, b"").startswith(b"HTTP/1.1 408 ")
        assert talked(port, *[b"G", b"E", b"T", b" ", b"/", b"x", b"y"]).startswith(b"HTTP/1.1 408 ")
        slow = talked(port, head, *[b"{"] * 6)
        assert slow.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"too_slow"' in slow
        assert talked(port, endless, pause=0).startswith(b"HTTP/1.1 431 ")
        large = head.replace(b"1000", b"99999999999")
        assert b'"code":"too_large"' in talked(port, large)
        address = f"http://127.0.0.1:{port}/predict"
        with httpx.Client() as client:
            answers = [client.post(address, json={"records": [tiny.RECORD]}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
