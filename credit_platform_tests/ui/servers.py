"""Servers that a browser looks at, each on a free loopback port and stopped with its context."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import httpx
import uvicorn

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.app import create_app

PATIENCE = 300
"""Seconds: the webserver answers once both use cases are loaded, 15 s on an idle machine, over 150 s on a busy one."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def dagster_webserver(project: Path, state: Path, *, events: Sequence[dg.AssetCheckEvaluation] = ()) -> Iterator[str]:
    """Dagster's UI over the project's definitions and an instance that holds only these events; yields its address."""
    instance = state / "dagster"
    instance.mkdir(parents=True)
    (instance / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with dg.DagsterInstance.from_config(str(instance)) as written:
        for event in events:
            written.report_runless_asset_event(event)
    port = free_port()
    environment = {**os.environ, "DAGSTER_HOME": str(instance), "CREDIT_PLATFORM_HOME": str(state)}
    command = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", str(project / "workspace.yaml")]
    log = state / "webserver.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)], cwd=project, env=environment, stdout=stream, stderr=stream
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/server_info", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"dagster-webserver ended with {process.returncode}:\n{log.read_text()[-4000:]}")
        try:
            httpx.get(address, timeout=2).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.3)
    raise TimeoutError(f"{address} did not answer within {PATIENCE} s:\n{log.read_text()[-4000:]}")


@contextmanager
def scorer(settings: Settings) -> Iterator[str]:
    """The scorer over these settings in a thread of this process; yields its address."""
    port = free_port()
    opened = settings.model_copy(update={"scorer_open": True})
    server = uvicorn.Server(uvicorn.Config(create_app(opened), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the scorer did not start; its log says why")
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
