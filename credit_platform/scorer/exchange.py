"""One request and its answer on the wire: what was sent, what it carried, and an end to waiting."""

import asyncio
from collections.abc import Callable, Sequence

from starlette.types import Message, Receive, Scope, Send

from credit_platform.scorer.errors import failure


class Exchange:
    """Adds headers to the answer, notes its status, and answers 504 itself when the application takes too long.

    The application may run in a thread, which nobody can stop: what it sends after the time is up is dropped, and its
    place among the concurrent requests stays taken until it ends.
    """

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, *, headers: Callable[[], Sequence[tuple[bytes, bytes]]]
    ) -> None:
        self.status: int | None = None
        self.bytes_in = 0
        self._scope, self._receive, self._send, self._headers = scope, receive, send, headers
        self._is_over = False
        self._late: asyncio.Task[None] | None = None

    async def receive(self) -> Message:
        """Counts the bytes of the body."""
        message = await self._receive()
        self.bytes_in += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        """Passes on what the application answers, unless it is too late."""
        if not self._is_over:
            await self._pass(message)

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            message["headers"] = [*message.get("headers", ()), *self._headers()]
        await self._send(message)

    def time_out(self, seconds: float) -> None:
        """Called by a timer: answers 504 if nothing was answered yet."""
        if self.status is None and not self._is_over:
            self._late = asyncio.get_running_loop().create_task(self._answer_late(seconds))

    async def _answer_late(self, seconds: float) -> None:
        self._is_over = True
        message = f"no answer within {seconds:g} s; a decision may have been made all the same"
        response = failure("timeout", message, status=504, headers={"Connection": "close"})
        await response(self._scope, self._receive, self._pass)
