"""Traces are told to a collector when a setting asks for them, step by step, and hold nothing of a record."""

import http.server
import threading
from pathlib import Path

import pytest

from credit_platform.scorer import tracing
from credit_platform.scorer.app import create_app
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import loopback
from credit_platform_tests.scorer.test_limits import open_settings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_request_is_a_span_of_its_callers_trace(tmp_path: Path) -> None:
    taken: list[bytes] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        settings = open_settings(tmp_path, traces_url=f"http://127.0.0.1:{collector.server_port}/v1/traces")
        with loopback(create_app(settings)) as client:
            headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "order-7"}
            assert client.post("/predict", json={"records": [tiny.RECORD]}, headers=headers).status_code == 200
        collector.shutdown()
    told = b"".join(taken)
    assert bytes.fromhex(TRACE) in told
    for part in (b"POST /predict", b"order-7", b"credit-scorer", b"engine", b"journal"):
        assert part in told
    assert b"C-7" not in told


def test_traces_without_their_packages_are_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    app = create_app(open_settings(tmp_path, traces_url="http://127.0.0.1:9/v1/traces"))
    with pytest.raises(tracing.TracingError, match="credit-platform\\[tracing\\]"), loopback(app):
        pass
