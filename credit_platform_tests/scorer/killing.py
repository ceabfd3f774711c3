"""Real scorers under load that are killed without warning, and what of their answers the journal has.

A nursery process imports everything once and forks each scorer: the imports take longer than a scorer lives. Of a
request that was not answered the key is kept: sent again, it is the decision that the journal has, if it has one.
"""

import datetime as dt
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from credit_platform.contracts.settings import Settings
from credit_platform.engine.entity_state import open_state_store
from credit_platform.engine.journal.reading import JournalReader
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.journals import opened

_NURSERY = """
import json, os, signal, sys, uvicorn
from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal.writing import JournalWriter
from credit_platform.scorer.app import create_app
def append(self, groups, append=JournalWriter.append):
    append(self, groups)
    os.kill(os.getpid(), signal.SIGKILL)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    told = json.loads(line)
    born = os.fork()
    if born == 0:
        if told["dies"]:
            JournalWriter.append = append
        uvicorn.run(create_app(Settings(home=told["home"])), host="127.0.0.1", port=told["port"], log_level="warning")
        os._exit(0)
    print(born, flush=True)
"""
_START_SECONDS = 120
CLIENTS = 4


def home_with_release(home: Path) -> Settings:
    """A home that serves the tiny release, with a state of every client."""
    settings = Settings(home=home)
    tiny.trusted_in(home)
    root = Path(settings.releases.removeprefix("file://"))
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    states: list[dict[str, object]] = [{"customer": f"C-{n}", "earlier_bads": n} for n in range(CLIENTS)]
    open_state_store(settings, "tiny").replace("customers", as_of=dt.date(2022, 12, 1), key="customer", rows=states)
    return settings


@dataclass
class Worker:
    """A scorer's process, and the decisions that it has answered."""

    pid: int
    port: int
    answered: list[str] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)
    """Idempotency key -> body."""

    def load(self, clients: int = CLIENTS) -> list[threading.Thread]:
        """Clients that send one record after the other until the process is gone."""
        threads = [threading.Thread(target=self._send, args=(number,), daemon=True) for number in range(clients)]
        for thread in threads:
            thread.start()
        return threads

    def _send(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = json.dumps({"records": [{**tiny.RECORD, "customer": f"C-{number}"}]})
        try:
            while True:
                key = uuid.uuid4().hex
                self.unanswered[key] = body
                content = _asked(connection, body, key)
                if content is not None:
                    del self.unanswered[key]
                    self.answered.append(content)
        except (OSError, http.client.HTTPException):
            return

    def ask(self, key: str, body: str) -> str | None:
        """The decision of one request; None where there is none. Raises OSError or HTTPException once it is gone."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            return _asked(connection, body, key)

    def kill(self) -> None:
        """SIGKILL: nothing of the process runs after it."""
        os.kill(self.pid, signal.SIGKILL)


def _asked(connection: http.client.HTTPConnection, body: str, key: str) -> str | None:
    connection.request("POST", "/v1/tiny/predict", body, {"Content-Type": "application/json", "Idempotency-Key": key})
    answer = connection.getresponse()
    content = answer.read()
    return str(json.loads(content)["results"][0]["decision_id"]) if answer.status == 200 else None


@contextmanager
def nursery(folder: Path) -> Iterator[subprocess.Popen]:
    """The process that forks scorers, whose log is in the folder; told a home and a port, it tells the new one's id."""
    told = {"THREADS": "1", "SCORER_OPEN": "true"}
    environment = {**os.environ, **{f"CREDIT_PLATFORM_{name}": value for name, value in told.items()}}
    with (folder / "scorers.log").open("ab") as log:
        found = subprocess.Popen(
            [sys.executable, "-c", _NURSERY],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with found:
        yield found
        found.kill()


def born(mother: subprocess.Popen, settings: Settings, *, dies: bool = False) -> Worker:
    """A scorer of a home that is ready; ``dies``: it is killed when its first decisions are written, and before they
    are answered."""
    found = _forked(mother, settings, dies=dies)
    _wait_until_ready(found)
    return found


def _forked(mother: subprocess.Popen, settings: Settings, *, dies: bool = False) -> Worker:
    port = _free_port()
    assert mother.stdin is not None and mother.stdout is not None
    told = {"port": port, "home": str(settings.home_dir), "dies": dies}
    mother.stdin.write(f"{json.dumps(told)}\n")
    mother.stdin.flush()
    return Worker(int(mother.stdout.readline()), port)


def killed_under_load(mother: subprocess.Popen, settings: Settings, *, workers: int, seed: int) -> list[str]:
    """Decisions that were answered before every one of the workers was killed, each at a moment of its own; and those
    of the requests that were not answered, which are sent again to one more."""
    moments = random.Random(seed)
    found = [_forked(mother, settings) for _ in range(workers)]
    for worker in found:
        _wait_until_ready(worker)
    threads = [thread for worker in found for thread in worker.load()]
    for worker in found:
        _wait_for_answers(worker, at_least=1)
        time.sleep(moments.uniform(0, 0.15))
        worker.kill()
    for thread in threads:
        thread.join(30)
    last = born(mother, settings)
    again = [last.ask(key, body) for worker in found for key, body in worker.unanswered.items()]
    last.kill()
    return [decision for worker in found for decision in worker.answered] + [each for each in again if each is not None]


def lost(settings: Settings, decisions: list[str]) -> list[str]:
    """Those of the answered decisions that the journal does not have or cannot open."""
    reader = JournalReader(*opened(settings))
    found = [(decision, reader.decision(decision)) for decision in decisions]
    reader.store.close()
    return [decision for decision, record in found if record is None or record.payload is None]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(worker: Worker) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise AssertionError(f"the scorer on port {worker.port} is not ready")


def _wait_for_answers(worker: Worker, *, at_least: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while len(worker.answered) < at_least:
        if time.monotonic() > until:
            raise AssertionError(f"the scorer on port {worker.port} answered nothing")
        time.sleep(0.01)
