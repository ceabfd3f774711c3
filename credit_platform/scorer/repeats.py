"""Requests that come again under one idempotency key: the same answer, from this worker's memory, for a while.

What a decision was is in the journal for ever; this is only for a caller who did not hear the answer. Each worker has
its own: a retry that another worker gets is a new decision, with an id of its own.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from credit_platform.scorer.errors import Problem, RequestError

KEPT_SECONDS = 600.0
MOST_KEYS, MOST_BYTES = 10_000, 64 * 2**20
"""What is held at once; the oldest go first."""
Key = tuple[str, str, str]
"""Caller, use case, and the key that the caller gave."""


@dataclass(frozen=True)
class _Kept:
    body: bytes
    """SHA-256 of the request."""
    answer: "asyncio.Future[bytes]"
    since: float


class Repeats:
    """Answers by idempotency key, bounded by time, number and size; one event loop's, so without locks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0

    async def answered(self, key: Key, body: bytes, *, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer that this key had, or the one that is made now; one that fails is not kept.

        A repeat of a request that is still being answered waits for it. Raises RequestError 422 where the key came
        with another body.
        """
        digest = hashlib.sha256(body).digest()
        self._forget()
        kept = self._kept.get(key)
        if kept is not None:
            return await self._repeated(kept, digest)
        mine = self._kept[key] = _Kept(digest, asyncio.get_running_loop().create_future(), self._clock())
        try:
            answer = await make()
        except BaseException as error:
            del self._kept[key]
            mine.answer.set_exception(error)
            # Looked at once here: where nobody waits for it, it is not told as one that was never seen.
            mine.answer.exception()
            raise
        self._bytes += len(answer)
        mine.answer.set_result(answer)
        return answer

    async def _repeated(self, kept: _Kept, digest: bytes) -> bytes:
        if kept.body != digest:
            problem = Problem("Idempotency-Key", "reused", "a new key for another request")
            raise RequestError(422, "key_reused", "the idempotency key came with another request before", [problem])
        # Shielded: who gives up waiting does not take the answer from the others.
        return await asyncio.shield(kept.answer)

    def _forget(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        while self._kept:
            key, kept = next(iter(self._kept.items()))
            if not kept.answer.done():
                return
            if kept.since >= oldest and len(self._kept) < MOST_KEYS and self._bytes < MOST_BYTES:
                return
            del self._kept[key]
            self._bytes -= len(kept.answer.result())
