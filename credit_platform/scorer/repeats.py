"""Requests that come again under one idempotency key: the same answer, to the byte, and one decision in the journal.

Promised for ten minutes from the answer, whichever worker of one journal gets the request again, also while another is
still deciding on it and after one was killed between its record and its answer: the first that is written counts.
Another body under the key is a 422; a request whose entity was erased since is a 410, and a worker that remembers the
answer forgets it with the next decision that it records. A request that failed is not kept: it may be sent again.
Where nothing is recorded there is only this worker's memory.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from credit_platform.contracts.journal import REPEATS_KEPT_SECONDS, Claim
from credit_platform.engine.errors import EngineError
from credit_platform.engine.journal.rows import JournalError
from credit_platform.scorer.errors import RepeatedError, RequestError, key_reused
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.recording import body_of

MOST_KEYS, MOST_BYTES = 10_000, 64 * 2**20
"""What is held at once; the oldest go first."""
Key = tuple[str, str, str]
"""Caller, use case, and the key that the caller gave."""


async def decided_once(journal: Journal, claim: Claim | None, decide: Callable[[], Awaitable[bytes]]) -> bytes:
    """The answer of ``decide``, unless another worker's answer to the request is in the journal: then that one.

    The journal is asked by the transaction that writes, and once more where there is no decision to write: what was
    decided is answered also when the present champion could not. A look-up of its own before would cost every request
    of a client that gives keys, and only the few that come again gain by it.
    """
    try:
        return await decide()
    except RepeatedError:
        if claim is None:
            raise
        found = await run_in_threadpool(journal.repeated, claim)
        if found is None:
            raise journal.refused(JournalError("the decision that was there first is gone")) from None
        return body_of(found)
    except (RequestError, EngineError):
        if claim is None or journal.problem is not None:
            raise
        found = await run_in_threadpool(journal.repeated, claim)
        if found is None:
            raise
        return body_of(found)


@dataclass(frozen=True)
class _Kept:
    body: bytes
    """SHA-256 of the request."""
    answer: "asyncio.Future[bytes]"
    since: float


class Repeats:
    """This worker's answers by idempotency key, bounded by time, number and size; one event loop's, so without locks.

    ``erasures``: something that changes when an entity was erased, whose answers must not be given again.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, erasures: Callable[[], object] = lambda: None
    ) -> None:
        self._clock, self._erasures = clock, erasures
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0
        self._as_of: object = None

    async def answered(self, key: Key, body: bytes, *, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer that this key had, or the one that is made now; one that fails is not kept.

        A repeat of a request that is still being answered waits for it. Raises RequestError 422 where the key came
        with another body.
        """
        digest = hashlib.sha256(body).digest()
        self._forget()
        while (kept := self._kept.get(key)) is not None:
            if kept.body != digest:
                raise key_reused()
            # Who gives up waiting does not take the answer from the others; where the one who made it gave up, the
            # first of those who wait makes it instead.
            await asyncio.wait([kept.answer])
            if not kept.answer.cancelled():
                return kept.answer.result()
        mine = self._kept[key] = _Kept(digest, asyncio.get_running_loop().create_future(), self._clock())
        try:
            answer = await make()
        except asyncio.CancelledError:
            del self._kept[key]
            mine.answer.cancel()
            raise
        except BaseException as error:
            del self._kept[key]
            mine.answer.set_exception(error)
            # Looked at once here: where nobody waits for it, it is not told as one that was never seen.
            mine.answer.exception()
            raise
        self._bytes += len(answer)
        mine.answer.set_result(answer)
        return answer

    def _forget(self) -> None:
        now, erasures = self._clock(), self._erasures()
        if erasures is not None and erasures != self._as_of:
            # Whose answers they are is not known here; the journal has those that were not erased.
            self._as_of = erasures
            for key in [key for key, kept in self._kept.items() if kept.answer.done()]:
                self._drop(key)
        while self._kept:
            key, kept = next(iter(self._kept.items()))
            is_old = kept.since < now - REPEATS_KEPT_SECONDS
            is_crowded = len(self._kept) >= MOST_KEYS or self._bytes >= MOST_BYTES
            if not kept.answer.done() or not (is_old or is_crowded):
                return
            self._drop(key)

    def _drop(self, key: Key) -> None:
        self._bytes -= len(self._kept.pop(key).answer.result())
