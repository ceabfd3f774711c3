"""The server as it is run: several workers, metrics of all of them, and an end that loses no request in flight."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from credit_platform.scorer.worker_metrics import merged
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.test_limits import open_settings
from credit_platform_tests.ui.servers import free_port

BODY = json.dumps({"records": [tiny.RECORD]}).encode()


def started(home: Path, port: int, **settings: str) -> subprocess.Popen[bytes]:
    given = {f"CREDIT_PLATFORM_{name}": value for name, value in {"HOME": str(home), **settings}.items()}
    environment = {**os.environ, **given, "PYTHONDONTWRITEBYTECODE": ""}
    process = subprocess.Popen(
        ["env", "--default-signal=INT,TERM", sys.executable, "-m", "credit_platform.scorer", "127.0.0.1", str(port)],
        env=environment, stderr=(home / "scorer.log").open("a"),
    )  # fmt: skip
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                return process
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"not ready in time: {(home / 'scorer.log').read_text()[-2000:]}")


def asked_until_it_ends(address: str) -> tuple[int, int]:
    """Requests that were answered, and those that were not, until nobody listens any more."""
    answered = failed = 0
    with httpx.Client(base_url=address) as client:
        while True:
            try:
                answered += client.get("/health/live").status_code == 200
            except httpx.ConnectError:
                return answered, failed
            except httpx.TransportError:
                failed += 1
            time.sleep(0.005)


def test_a_request_in_flight_at_sigterm_is_answered_and_ready_says_so_at_once(tmp_path: Path) -> None:
    open_settings(tmp_path)
    port = free_port()
    process = started(tmp_path, port, WORKERS="2", DRAIN_SECONDS="3")
    address = f"http://127.0.0.1:{port}"
    time.sleep(1.5)
    workers = set(re.findall(r'scorer_requests_in_flight{worker="(\d+)"}', httpx.get(f"{address}/metrics").text))
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    with ThreadPoolExecutor(1) as pool, socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head + BODY[:20])
        time.sleep(0.3)
        others = pool.submit(asked_until_it_ends, address)
        process.send_signal(signal.SIGTERM)
        time.sleep(1.5)
        ready = httpx.get(f"{address}/health/ready")
        connection.sendall(BODY[20:])
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        process.wait(60)
        alive, cut_off = others.result(60)
    assert len(workers) == 2
    assert (ready.status_code, ready.json()["status"], ready.headers["Connection"]) == (503, "draining", "close")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b'"probability"' in answer
    assert process.returncode in (0, -signal.SIGTERM)
    # Every line is whole, also where two workers write to one stream, and none is missing at the end.
    lines = [json.loads(line) for line in (tmp_path / "scorer.log").read_text().splitlines()]
    told = sum(line.get("route") == "/health/live" for line in lines)
    assert alive > 100 and alive <= told <= alive + cut_off
    answered = [line for line in lines if line["message"] == "answered" and line["route"] == "/predict"]
    assert [(line["status"], line["bytes_in"], line["caller"]) for line in answered] == [(200, len(BODY), "open")]
    assert len(answered[0]["request_id"]) == 32
    assert not list((tmp_path / "metrics").rglob("[0-9]*/[0-9]*"))


def test_metrics_of_several_workers_are_one_exposition() -> None:
    one = '# HELP a_total A.\n# TYPE a_total counter\na_total{x="}{ 1"} 1.0\n# HELP b B.\n# TYPE b gauge\nb 2.0\n'
    assert merged([("7", one), ("8", one)]).splitlines() == [
        "# HELP a_total A.",
        "# TYPE a_total counter",
        'a_total{worker="7",x="}{ 1"} 1.0',
        'a_total{worker="8",x="}{ 1"} 1.0',
        "# HELP b B.",
        "# TYPE b gauge",
        'b{worker="7"} 2.0',
        'b{worker="8"} 2.0',
    ]
