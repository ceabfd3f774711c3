"""Requests that come while the engine works are decided in its next call, on the event loop itself.

One row costs the engine nearly what a handful do, and a commit likewise; a thread of its own costs a request more than
its decision: with eight that took turns at one interpreter a worker gave 84 answers a second. Nobody waits for company
that has not come: who is first is decided as soon as a turn of the loop has brought nobody else.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import cast

from credit_platform.contracts.journal import Claim
from credit_platform.engine.decisions import decide
from credit_platform.engine.errors import EngineError, InputError
from credit_platform.engine.journal.rows import JournalError
from credit_platform.scorer.champions import Served
from credit_platform.scorer.errors import RepeatedError, RequestError
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.metrics import Metrics
from credit_platform.scorer.recording import Recording, body_of
from credit_platform.scorer.records import Asked
from credit_platform.scorer.scoring import Looked, columns, identifiers, looked_up
from credit_platform.scorer.tracing import Steps
from credit_platform.scorer.traffic import Part, Traffic

MOST_ROWS = 16
"""Rows of one call, so that the loop is back within some 20 ms: contributions of a row take up to 1 ms."""
_LOG = logging.getLogger(__name__)


@dataclass(eq=False)
class _Waiting:
    """One request, looked up and not yet decided."""

    served: Served
    asked: Asked
    looked: Looked
    identifiers: Sequence[str]
    seconds: float
    recording: Recording
    answer: "asyncio.Future[bytes]"
    steps: Steps

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(frozen=True)
class _Made:
    """A decided request, which is answered when its record is on the disk."""

    waiting: _Waiting
    part: Part


class Together:
    """Decides the small requests of one event loop; only that loop's thread calls it."""

    def __init__(self, traffic: Traffic, journal: Journal, metrics: Metrics, *, wait_seconds: float) -> None:
        self._traffic, self._journal, self._metrics = traffic, journal, metrics
        self._wait_seconds = wait_seconds
        self._waiting = list[_Waiting]()

    def takes(self, served: Served, asked: Asked) -> bool:
        """Whether a request is one for the loop: few records, and nothing that it would have to wait for."""
        return (
            len(asked.records) <= MOST_ROWS
            and served.store.is_at_hand
            and (asked.options.reasons == "none" or served.loaded.forest.is_prepared)
            and not self._traffic.is_split(served.pointer.use_case)
        )

    async def answer(self, served: Served, asked: Asked, recording: Recording, *, steps: Steps) -> bytes:
        """The body of the answer; its decisions are recorded. Raises RequestError, EngineError or RepeatedError.

        ``steps`` is told when each of them was.
        """
        began = time.time_ns()
        looked = looked_up(served, asked.records)
        loop, made, ended = asyncio.get_running_loop(), identifiers(len(asked.records)), time.time_ns()
        steps.append(("inputs", began, ended))
        seconds = (ended - began) / 1e9
        waiting = _Waiting(served, asked, looked, made, seconds, recording, loop.create_future(), steps)
        if not self._waiting:
            loop.call_soon(self._gather, 0)
        self._waiting.append(waiting)
        timer = loop.call_later(self._wait_seconds, self._late, waiting)
        try:
            return await waiting.answer
        finally:
            timer.cancel()

    def _late(self, waiting: _Waiting) -> None:
        if not waiting.answer.done():
            waiting.fail(self._journal.refused(JournalError(f"no commit within {self._wait_seconds:g} s")))

    def _gather(self, known: int) -> None:
        """Decides once a turn of the loop, which reads what has come and lets it be looked up, brings nobody more."""
        if known < len(self._waiting) < MOST_ROWS:
            asyncio.get_running_loop().call_soon(self._gather, len(self._waiting))
        else:
            self._decide()

    def _decide(self) -> None:
        batch, rows = list[_Waiting](), 0
        # Who has given up, or was told that nothing is recorded, is not decided afterwards.
        self._waiting = [each for each in self._waiting if not each.answer.done()]
        while self._waiting and (not batch or rows + len(self._waiting[0].asked.records) <= MOST_ROWS):
            batch.append(self._waiting.pop(0))
            rows += len(batch[-1].asked.records)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._decide)
        alike = dict[tuple[int, str], list[_Waiting]]()
        for each in batch:
            alike.setdefault((id(each.served.loaded), each.asked.options.reasons), []).append(each)
        for group in alike.values():
            self._decided(group)

    def _decided(self, group: Sequence[_Waiting]) -> None:
        try:
            self._record(_made(group))
        except InputError as error:
            if len(group) == 1:
                group[0].fail(error)
                return
            # One of them cannot be computed with: the others are answered.
            for each in group:
                self._decided([each])
        except (RequestError, EngineError) as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001
            # Nobody above a callback of the loop would tell whoever waits; the envelope answers and logs it.
            _fail(group, error)

    def _record(self, made: Sequence[_Made]) -> None:
        if not self._journal.is_on:
            self._answer(made, frozenset())
            return
        loop = asyncio.get_running_loop()
        began, groups = time.time_ns(), [each.waiting.recording.group(each.part) for each in made]
        if (late := self._journal.commit_now(*groups)) is not None:
            _told_when(made, began)
            self._answer(made, late)
            return
        self._journal.submit(*groups).add_done_callback(partial(self._committed, loop, made, began))

    def _committed(
        self, loop: asyncio.AbstractEventLoop, made: Sequence[_Made], began: int, future: "Future[frozenset[Claim]]"
    ) -> None:
        """Called by the journal's thread, once for all whose decisions were made together."""
        _told_when(made, began)
        if (failure := future.exception()) is not None:
            loop.call_soon_threadsafe(self._refuse, made, cast(JournalError, failure))
        else:
            loop.call_soon_threadsafe(self._answer, made, future.result())

    def _refuse(self, made: Sequence[_Made], failure: JournalError) -> None:
        _fail([each.waiting for each in made], self._journal.refused(failure))

    def _answer(self, made: Sequence[_Made], late: frozenset[Claim]) -> None:
        for each in made:
            if late and each.waiting.recording.claim in late:
                each.waiting.fail(RepeatedError())
                continue
            self._metrics.count(each.part)
            if not each.waiting.answer.done():
                each.waiting.answer.set_result(body_of(each.part.written))
            self._traffic.shadow(each.part, each.waiting.asked, each.waiting.recording.shadow)


def _made(group: Sequence[_Waiting]) -> list[_Made]:
    """Decides requests of one release that ask for the same reasons, in one call of the engine."""
    began = time.time_ns()
    loaded, reasons = group[0].served.loaded, group[0].asked.options.reasons
    rows = [row for each in group for row in each.looked.rows]
    names = [name for each in group for name in each.identifiers]
    decisions = decide(loaded, columns(rows, loaded.release, names), reasons=reasons)
    ended, found, start = time.time_ns(), list[_Made](), 0
    for each in group:
        each.steps.append(("engine", began, ended))
        end = start + len(each.identifiers)
        spent = {"inputs": each.seconds, "engine": (ended - began) / 1e9}
        part = Part.of(
            each.served, each.asked, range(end - start), each.looked, each.identifiers, decisions[start:end],
            role="champion", spent=spent,
        )  # fmt: skip
        found.append(_Made(each, part))
        start = end
    return found


def _told_when(made: Sequence[_Made], began: int) -> None:
    ended = time.time_ns()
    for each in made:
        each.waiting.steps.append(("journal", began, ended))


def _fail(group: Iterable[_Waiting], error: BaseException) -> None:
    for each in group:
        each.fail(error)
