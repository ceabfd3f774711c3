"""Alerts over a real HTTP server: retried, told once, kept where nobody listens, and never with the address."""

import datetime as dt
import http.server
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform.resources.alerts import Alert, Outbox, hooks_of
from credit_platform.resources.alerts.webhook import send
from credit_platform.resources.warehouse import Warehouse

SECRET = "T0K3N-in-the-path"
USE_CASE, SCHEMA = "tiny", "tiny_output"


@dataclass
class Receiver:
    """Answers with these codes in turn, the last one for ever, and remembers what it was sent."""

    codes: list[int]
    url: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def receiving(*codes: int, retry_after: str | None = None) -> Iterator[Receiver]:
    state = Receiver(list(codes))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            state.keys.append(self.headers["Idempotency-Key"])
            self.send_response(state.codes.pop(0) if len(state.codes) > 1 else state.codes[0])
            if retry_after is not None:
                self.send_header("Retry-After", retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/{SECRET}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def alert(event: str = "opened", day: int = 1) -> Alert:
    return Alert(
        use_case=USE_CASE,
        incident_id=f"{USE_CASE}:2022-12-{day:02d}:drift:abc",
        kind="drift",
        event="opened" if event == "opened" else "closed",
        day=dt.date(2022, 12, day),
        alarmed=("amount",),
        text=f"Drift {event} on day {day}",
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(Warehouse(Settings(home=tmp_path)), USE_CASE, SCHEMA)


def settings_for(url: str, *, attempts: int = 4) -> Settings:
    return Settings(
        alert_webhook_url=SecretStr(url), alert_attempts=attempts, alert_back_off_seconds=0.0, alert_timeout_seconds=2.0
    )


def test_a_receiver_that_fails_twice_gets_the_alert_once_it_answers_under_one_key(outbox: Outbox) -> None:
    with receiving(503, 500, 204) as receiver:
        outbox.deliver([alert()], hooks_of(settings_for(receiver.url)))
        again = outbox.deliver([alert()], hooks_of(settings_for(receiver.url)))
    assert len(receiver.bodies) == 3
    assert set(receiver.keys) == {alert().key}
    assert receiver.bodies[-1]["text"] == "Drift opened on day 1"
    assert receiver.bodies[-1]["alarmed"] == ["amount"]
    rows = again.set_index("hook")
    assert (rows.loc["webhook", "outcome"], rows.loc["webhook", "attempts"]) == ("delivered", 3)
    assert rows.loc["webhook", "detail"] == "HTTP 204"
    assert rows.loc["log", "outcome"] == "delivered"


def test_an_alert_that_nobody_takes_is_kept_and_sent_again_later(outbox: Outbox) -> None:
    with receiving(503) as deaf:
        kept = outbox.deliver([alert()], hooks_of(settings_for(deaf.url))).set_index("hook")
        assert len(deaf.bodies) == 4
    assert (kept.loc["webhook", "outcome"], kept.loc["webhook", "detail"]) == ("failed", "HTTP 503")
    with receiving(200) as listening:
        sent = outbox.deliver([alert()], hooks_of(settings_for(listening.url))).set_index("hook")
        assert listening.keys == [alert().key]
    assert (sent.loc["webhook", "outcome"], sent.loc["webhook", "attempts"]) == ("delivered", 5)


def test_a_closed_port_is_recorded_in_words_without_the_address(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    with receiving(200) as gone:
        url = gone.url
    with caplog.at_level(logging.DEBUG):
        rows = outbox.deliver([alert()], hooks_of(settings_for(url, attempts=2)))
    failed = rows.set_index("hook").loc["webhook"]
    assert (failed["outcome"], failed["attempts"]) == ("failed", 2)
    assert failed["detail"] == "no answer (ConnectionRefusedError)"
    told = caplog.text + rows.to_csv() + repr(settings_for(url))
    assert SECRET not in told and "127.0.0.1" not in told


def test_a_refusal_that_repeating_cannot_mend_is_not_repeated(outbox: Outbox) -> None:
    for code in (400, 302):
        with receiving(code) as receiver:
            rows = outbox.deliver([alert()], hooks_of(settings_for(receiver.url))).set_index("hook")
        assert len(receiver.bodies) == 1
        assert (rows.loc["webhook", "outcome"], rows.loc["webhook", "detail"]) == ("failed", f"HTTP {code}")


def test_pauses_double_or_last_as_long_as_the_receiver_asks() -> None:
    pauses: list[float] = []
    with receiving(503) as receiver:
        send(alert(), url=receiver.url, attempts=4, timeout=2, back_off=0.5, sleep=pauses.append)
    assert pauses == [0.5, 1.0, 2.0]
    pauses.clear()
    with receiving(429, 200, retry_after="7") as receiver:
        found = send(alert(), url=receiver.url, attempts=4, timeout=2, back_off=0.5, sleep=pauses.append)
    assert (pauses, found.is_delivered, found.attempts) == ([7.0], True, 2)


def test_a_hook_that_is_added_later_gets_no_old_events(outbox: Outbox) -> None:
    outbox.deliver([alert()], hooks_of(Settings()))
    with receiving(200) as receiver:
        rows = outbox.deliver([alert(), alert("closed", 4)], hooks_of(settings_for(receiver.url)))
    assert [body["event"] for body in receiver.bodies] == ["closed"]
    assert sorted(zip(rows["event"], rows["hook"], strict=True)) == [
        ("closed", "log"),
        ("closed", "webhook"),
        ("opened", "log"),
    ]


def test_an_alert_is_written_down_before_it_is_sent(outbox: Outbox) -> None:
    def dies(given: Alert) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.deliver([alert()], {"webhook": dies})  # type: ignore[dict-item]
    assert outbox.rows()[["outcome", "attempts"]].to_dict("records") == [{"outcome": "pending", "attempts": 0}]
    with receiving(200) as receiver:
        outbox.deliver([alert()], hooks_of(settings_for(receiver.url)))
    assert receiver.keys == [alert().key]


def test_an_empty_address_asks_for_no_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDIT_PLATFORM_ALERT_WEBHOOK_URL", "")
    assert list(hooks_of(Settings())) == ["log"]


def test_an_address_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="expected an http:// or https:// address") as error:
        send(alert(), url=f"ftp://example.test/{SECRET}", attempts=1, timeout=1, back_off=0)
    assert SECRET not in str(error.value)
