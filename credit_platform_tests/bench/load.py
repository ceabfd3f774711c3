"""A load generator in a process of its own, which writes what it measured into a file as JSON.

``python -m credit_platform_tests.bench.load PORT PATH BODY_FILE INTO SECONDS CONNECTIONS [RATE]``. With a rate it sends
at that pace and counts a request from the moment that it was due, so that a server that stalls is not spared the
requests it held up (Tene's coordinated omission); without one every connection sends as soon as it is answered.
Prepared bytes on kept connections, parsed no further than their length: at 1,000 a second it needs a tenth of a core.
"""

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import uvloop

_SPIN_SECONDS = 0.002
"""Before a request is due the loop is watched instead of slept through: its timers are a millisecond wide."""


@dataclass
class Measured:
    """Milliseconds of every answered request, ascending, answers that are not 200, and seconds in all."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0
    last: str = ""
    """Body of the last answer."""
    withheld: float = 0.0
    """Share of this machine's processor time that its host gave to others meanwhile."""

    @property
    def a_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    def quantile(self, share: float) -> float:
        """Of the milliseconds; of a thousand the .99 one is the 990th."""
        return self.milliseconds[min(len(self.milliseconds) - 1, int(share * len(self.milliseconds)))]


@dataclass(frozen=True)
class Target:
    port: int
    request: bytes


class _Load:
    """What is due and who is free to send it."""

    def __init__(self, target: Target, seen: Callable[[bytes], None] | None) -> None:
        self.target, self.found, self.seen = target, Measured(), seen
        self.until: float | None = None
        """When whoever is answered sends no more; None where requests are due at times of their own."""
        self.due, self.free, self.busy = deque[float](), deque[_Connection](), 0
        self.is_idle, self.is_lost = asyncio.Event(), False

    def send(self, connection: "_Connection", began: float) -> None:
        self.busy += 1
        self.is_idle.clear()
        connection.send(began)

    def answered(self, connection: "_Connection", began: float, status: int, body: bytes) -> None:
        now = time.perf_counter()
        self.found.milliseconds.append((now - began) * 1e3)
        self.found.failed += status != 200
        self.found.last = body[:20_000].decode()
        if self.seen is not None:
            self.seen(body)
        self.busy -= 1
        if not status:
            self.until, self.is_lost = None, True
        if self.is_lost:
            self.is_idle.set()
        elif self.until is not None and now < self.until:
            self.send(connection, now)
        elif self.due:
            self.send(connection, self.due.popleft())
        else:
            self.free.append(connection)
            if not self.busy:
                self.is_idle.set()


class _Connection(asyncio.Protocol):
    """One connection that is kept; one request at a time."""

    transport: asyncio.Transport

    def __init__(self, load: _Load) -> None:
        self.load, self.began, self.held, self.needed = load, 0.0, bytearray(), -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own is none of asyncio's classes.
        self.transport = cast(asyncio.Transport, transport)

    def send(self, began: float) -> None:
        self.began = began
        self.transport.write(self.load.target.request)

    def data_received(self, data: bytes) -> None:
        self.held += data
        if self.needed < 0:
            end = self.held.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.held[:end]).lower()
            self.needed = end + 4 + int(head.partition(b"content-length:")[2].partition(b"\r")[0])
        if len(self.held) < self.needed:
            return
        status, body = int(self.held[9:12]), bytes(self.held[self.held.find(b"\r\n\r\n") + 4 :])
        self.held.clear()
        self.needed, began, self.began = -1, self.began, 0.0
        self.load.answered(self, began, status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.began:
            self.load.answered(self, self.began, 0, b"the connection was closed before its answer")


async def measure(
    target: Target,
    *,
    seconds: float,
    connections: int,
    rate: float | None,
    seen: Callable[[bytes], None] | None = None,
) -> Measured:
    """Runs the load for so many seconds; ``seen`` is shown the body of every answer."""
    loop, load = asyncio.get_running_loop(), _Load(target, seen)
    made = [
        (await loop.create_connection(lambda: _Connection(load), "127.0.0.1", target.port))[1]
        for _ in range(connections)
    ]
    start = time.perf_counter()
    if rate is None:
        load.until = start + seconds
        for connection in made:
            load.send(connection, time.perf_counter())
    else:
        load.free.extend(made)
        for number in range(int(rate * seconds)):
            await _until(start + number / rate)
            if load.free:
                load.send(load.free.popleft(), start + number / rate)
            else:
                load.due.append(start + number / rate)
    await load.is_idle.wait()
    load.found.seconds = time.perf_counter() - start
    for connection in made:
        connection.transport.close()
    load.found.milliseconds.sort()
    return load.found


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - _SPIN_SECONDS - time.perf_counter()))
    while time.perf_counter() < moment:
        await asyncio.sleep(0)


def _times() -> tuple[int, int]:
    """Ticks that the host withheld and ticks in all, since this machine came up; zeroes where it does not tell."""
    kernel = Path("/proc/stat")
    if not kernel.exists():
        return 0, 0
    user, nice, system, idle, io, interrupt, soft, steal = map(int, kernel.read_text().split(maxsplit=9)[1:9])
    return steal, user + nice + system + idle + io + interrupt + soft + steal


def request_of(path: str, body: bytes) -> bytes:
    """The bytes of a keep-alive POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


if __name__ == "__main__":
    port, path, file, into, seconds, connections, *rate = sys.argv[1:]
    asked = Target(int(port), request_of(path, Path(file).read_bytes()))
    work = measure(asked, seconds=float(seconds), connections=int(connections), rate=float(rate[0]) if rate else None)
    before = _times()
    found = uvloop.run(work)
    withheld, ticks = (now - then for now, then in zip(_times(), before, strict=True))
    found.withheld = withheld / max(ticks, 1)
    # A file takes it whole; a pipe takes 64 KiB at a time.
    Path(into).write_text(json.dumps(asdict(found)), encoding="utf-8")
