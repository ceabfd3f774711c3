"""uvicorn's HTTP protocol with an end to waiting for the head of a request, and a most for its size.

Without it a connection that sends a byte now and then is held for ever (Slowloris), and headers grow without bound
before any application is asked.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 10.0
MOST_HEAD_BYTES = 64 * 2**10
"""What may arrive before a head is complete; the guard's own limit, which answers in words, is lower."""


class BoundedHead(HttpToolsProtocol):
    """Cuts a connection whose request line and headers take too long (408) or too much (431)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection that is opened owes a request."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Counts what comes while no head is complete."""
        waiting = self._head_timer is not None
        super().data_received(data)
        if not waiting or self._head_timer is None:
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self._cut(431)

    def on_message_begin(self) -> None:
        """The next request of a connection that is kept alive has its own time."""
        super().on_message_begin()
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is here; the body has a time of its own."""
        self._head_is_over()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._head_is_over()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._cut, 408)

    def _head_is_over(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _cut(self, status: int) -> None:
        self._head_is_over()
        if not self.transport.is_closing():
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()
