"""The end of a worker: from SIGTERM on it is not ready, and goes on answering until a balancer has noticed."""

import asyncio
import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from credit_platform.contracts.settings import Settings


class Lifecycle:
    """Whether this worker is about to end."""

    def __init__(self, settings: Settings) -> None:
        self._drain_seconds = settings.drain_seconds
        self.is_draining = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stands before the server's own handler of SIGTERM, which ends the server once what is in flight is answered.

        Only the main thread receives signals; a server in another thread is ended by who started it.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        servers = signal.getsignal(signal.SIGTERM)
        if not callable(servers):
            yield
            return

        def end(number: int, frame: FrameType | None) -> None:
            is_second, self.is_draining = self.is_draining, True
            if is_second or self._drain_seconds == 0:
                servers(number, frame)
            else:
                loop.call_soon_threadsafe(loop.call_later, self._drain_seconds, servers, number, None)

        signal.signal(signal.SIGTERM, end)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, servers)


def settle() -> None:
    """Takes what lives as long as a release out of the garbage collector's rounds: each went through 100,000s of
    objects, and every request waited meanwhile. Once, at the start: a swap has no time for a full round."""
    gc.collect()
    gc.freeze()
