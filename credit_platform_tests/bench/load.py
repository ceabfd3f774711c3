"""A load generator in a process of its own: one line of JSON with what it measured.

``python -m credit_platform_tests.bench.load PORT PATH BODY_FILE SECONDS CONNECTIONS [RATE]``. With a rate it sends at
that pace and counts a request from the moment that it was due, so that a server that stalls is not spared the
requests it held up (Tene's coordinated omission); without one every connection sends as soon as it is answered.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Measured:
    """Milliseconds of every answered request, ascending, answers that are not 200, and seconds in all."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0
    last: str = ""
    """Body of the last answer."""

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


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    return int(head[9:12]), await reader.readexactly(length)


async def _connection(target: Target, due: Callable[[], AsyncIterator[float]], into: Measured) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port, limit=2**26)
    async for began in due():
        writer.write(target.request)
        await writer.drain()
        status, body = await _answer(reader)
        into.milliseconds.append((time.perf_counter() - began) * 1e3)
        into.failed += status != 200
        into.last = body[:2_000].decode()
    writer.close()


async def measure(target: Target, *, seconds: float, connections: int, rate: float | None) -> Measured:
    """Runs the load for so many seconds."""
    found, start, sent = Measured(), time.perf_counter(), 0

    async def due() -> AsyncIterator[float]:
        nonlocal sent
        while (now := time.perf_counter()) < start + seconds:
            if rate is None:
                yield now
                continue
            at, sent = start + sent / rate, sent + 1
            if at >= start + seconds:
                return
            await asyncio.sleep(max(0.0, at - now))
            yield at

    await asyncio.gather(*(_connection(target, due, found) for _ in range(connections)))
    found.seconds = time.perf_counter() - start
    found.milliseconds.sort()
    return found


def request_of(path: str, body: bytes) -> bytes:
    """The bytes of a keep-alive POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


if __name__ == "__main__":
    port, path, file, seconds, connections, *rate = sys.argv[1:]
    asked = Target(int(port), request_of(path, Path(file).read_bytes()))
    work = measure(asked, seconds=float(seconds), connections=int(connections), rate=float(rate[0]) if rate else None)
    sys.stdout.write(json.dumps(asdict(asyncio.run(work))) + "\n")
