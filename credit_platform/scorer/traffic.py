"""Who decides on which record: the champion, or a challenger for its share of the entities; or both, one in shadow.

A challenger decides in a thread of its own. When it fails or takes too long the champion answers, so that it can make
no answer fail; in shadow nobody waits for it at all.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore

from prometheus_client import CollectorRegistry, Counter

from credit_platform.contracts.decision import Decision, Role
from credit_platform.engine.decisions import decide
from credit_platform.scorer.challengers import Challenge, Challengers
from credit_platform.scorer.champions import Served
from credit_platform.scorer.journal.entries import subject_of
from credit_platform.scorer.journal.journal import Journal
from credit_platform.scorer.records import Asked
from credit_platform.scorer.scoring import Looked, Row, columns, identifiers, looked_up, written

_WAIT_SECONDS = 1.0
_MOST_SHADOWS = 16
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """Decisions of one release on the records at some places of a request."""

    served: Served
    role: Role
    at: Sequence[int]
    looked: Looked
    identifiers: Sequence[str]
    decisions: Sequence[Decision]
    written: Sequence[bytes]
    """The bytes of each answer."""
    milliseconds: Mapping[str, float]

    @classmethod
    def of(
        cls,
        served: Served,
        asked: Asked,
        at: Sequence[int],
        looked: Looked,
        made: Sequence[str],
        decisions: Sequence[Decision],
        *,
        role: Role,
        spent: Mapping[str, float],
    ) -> "Part":
        """With the answers to the decisions; ``spent`` in seconds by step."""
        records = [asked.records[place] for place in at]
        answers = written(served.writer, decisions, looked, records, made, options=asked.options, role=role)
        milliseconds = {step: round(seconds * 1e3, 3) for step, seconds in spent.items()}
        return cls(served, role, at, looked, made, decisions, answers, milliseconds)


Recorder = Callable[[Part, Sequence[str] | None], None]
"""Writes the decisions of a part, and beside which answers they were made, into the journal."""


def decided(served: Served, asked: Asked, at: Sequence[int], *, role: Role = "champion") -> Part:
    """Looks up and decides. Raises RequestError where the records do not fit the release's fields."""
    began = time.perf_counter()
    looked, made = looked_up(served, [asked.records[place] for place in at]), identifiers(len(at))
    joined = time.perf_counter()
    loaded = served.loaded
    found = decide(loaded, columns(looked.rows, loaded.release, made), reasons=asked.options.reasons)
    spent = {"inputs": joined - began, "engine": time.perf_counter() - joined}
    return Part.of(served, asked, at, looked, made, found, role=role, spent=spent)


class Traffic:
    """Splits the records of a request, and lets a challenger decide in shadow after it was answered."""

    def __init__(self, challengers: Challengers, journal: Journal, registry: CollectorRegistry) -> None:
        self._challengers = challengers
        self._journal = journal
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="challenger")
        self._shadows = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._room = BoundedSemaphore(_MOST_SHADOWS)
        self._failed = Counter(
            "scorer_challenger_failures",
            "Requests that a challenger failed to decide.",
            ["use_case"],
            registry=registry,
        )
        self._dropped = Counter(
            "scorer_shadow_dropped", "Requests that no challenger decided for want of time.", ["use_case"],
            registry=registry,
        )  # fmt: skip

    def stop(self) -> None:
        """Waits for what challengers are deciding."""
        self._pool.shutdown()
        self._shadows.shutdown()

    def is_split(self, use_case: str) -> bool:
        """Whether a challenger may answer some records in the champion's place, which somebody would wait for."""
        challenge = self._challengers.of(use_case)
        return challenge is not None and challenge.mode == "canary"

    def parts(self, champion: Served, asked: Asked) -> list[Part]:
        """Decisions on every record, each by one release. Raises RequestError where the champion would."""
        everything = range(len(asked.records))
        challenge = self._challengers.of(champion.pointer.use_case)
        if challenge is None or challenge.mode == "shadow":
            return [decided(champion, asked, everything)]
        rows = champion.records.checked(list(asked.records))
        tried = self._tried(challenge, champion, rows)
        part = self._by_challenger(challenge, champion, asked, tried) if tried else None
        if part is None:
            return [decided(champion, asked, everything)]
        rest = sorted(set(everything) - set(tried))
        return [part, *([decided(champion, asked, rest)] if rest else [])]

    def shadow(self, part: Part, asked: Asked, journaled: Recorder) -> None:
        """Lets a challenger in shadow decide on what the champion has answered; returns at once.

        One that cannot is logged: whoever was answered has nothing to do with it.
        """
        try:
            self._shadow(part, asked, journaled)
        except RuntimeError as error:
            # Nothing can be started any more: the server stops.
            _LOG.error("no challenger decided beside the champion: %s", error)

    def _shadow(self, part: Part, asked: Asked, journaled: Recorder) -> None:
        name = part.served.pointer.use_case
        challenge = self._challengers.of(name)
        if challenge is None or challenge.mode != "shadow" or part.role != "champion":
            return
        tried = self._tried(challenge, part.served, part.looked.rows)
        if not tried:
            return
        if not self._room.acquire(blocking=False):
            self._dropped.labels(name).inc()
            return
        beside = [part.identifiers[place] for place in tried]
        places = [part.at[place] for place in tried]
        job = partial(_in_shadow, challenge.beside(part.served), asked, places, beside, journaled)
        self._shadows.submit(job).add_done_callback(partial(self._shadowed, name))

    def _tried(self, challenge: Challenge, champion: Served, rows: Sequence[Row]) -> list[int]:
        if challenge.share >= 100:
            return list(range(len(rows)))
        release = champion.loaded.release
        names = self._journal.pseudonyms(release.use_case)
        # A record that names neither entity nor unit is nobody's: the champion decides on it.
        subjects = [subject_of(row, release, names, "") for row in rows]
        return [place for place, subject in enumerate(subjects) if challenge.is_tried_on(subject)]

    def _by_challenger(self, challenge: Challenge, champion: Served, asked: Asked, at: Sequence[int]) -> Part | None:
        job = partial(decided, challenge.beside(champion), asked, at, role="challenger")
        future: Future[Part] = self._pool.submit(job)
        try:
            failure = future.exception(_WAIT_SECONDS)
        except TooLateError as error:
            failure = error
        if failure is None:
            return future.result()
        self._tell(champion.pointer.use_case, failure)
        return None

    def _shadowed(self, use_case: str, future: "Future[None]") -> None:
        self._room.release()
        failure = future.exception()
        if failure is not None:
            self._tell(use_case, failure)

    def _tell(self, use_case: str, failure: BaseException) -> None:
        self._failed.labels(use_case).inc()
        # The type alone: its text may quote a record.
        _LOG.error("the challenger of %s did not decide: %s", use_case, type(failure).__name__)


def _in_shadow(served: Served, asked: Asked, at: Sequence[int], beside: Sequence[str], journaled: Recorder) -> None:
    journaled(decided(served, asked, at, role="shadow"), beside)
