"""Group commit: one thread takes all that waits into one transaction and one sync, then lets the answers go.

Where nothing waits and the disk has been quick, whoever brings a group may commit it without the thread: to wake one
and to be woken by it costs more than the sync.

An answer never leaves before its commit, so what a caller was told is in the journal; a sync then costs every request
that waits for it the same, however many they are (DeWitt et al., Implementation techniques for main memory database
systems, SIGMOD 1984, section 5.2).
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from credit_platform.contracts.journal import Claim, Group
from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.writing import JournalWriter
from credit_platform.scorer.journal.tidying import Tidier

MOST_WAITING = 40_000
"""Decisions that may wait, four bulk requests; more of them are refused at once instead of waiting in memory."""
_MOST_AT_ONCE = 10_000
_COMMIT_BYTES = 24 * 2**10
"""Pages of 4 kB that a commit of one decision writes beside its payload: tables, indexes and the file's first."""
_QUICK_SECONDS = 2e-3
"""What a commit may have waited for the disk lately for the next one to hold up the event loop. A sync of 32 kB took
0.13 ms; the engine holds the loop up longer for a row."""
_FORGOTTEN = 0.9
"""A commit's share of what is remembered of the slowest: after one that waited 16 ms the thread makes 20."""
_PROBE_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    groups: tuple[Group, ...]
    decisions: int
    future: Future[frozenset[Claim]]


class JournalFullError(JournalError):
    """More waits to be written than may; try again later."""


class GroupCommit:
    """The thread that writes; requests hand it groups and wait for their futures."""

    def __init__(self, writer: JournalWriter, *, alone: bool = False) -> None:
        """``alone``: no other worker writes the same journal, so that none holds a lock of it for a bulk request."""
        self._writer, self._is_at_hand = writer, alone and writer.store.is_at_hand
        self._changed = threading.Condition()
        self._waiting = deque[_Waiting]()
        self._decisions = 0
        self._is_stopping = False
        self._writing = threading.Lock()
        """Held by whoever uses the writer."""
        self._lately = 0.0
        self._tidier = Tidier(writer.store, pausing=self._writing, failed=self._failed)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self.problem: str | None = None
        """Why nothing can be written at the moment."""

    def start(self, *, has_room: bool = False) -> None:
        """Opens the journal; one that cannot be opened is told and tried again every second.

        ``has_room``: the log is given its full length first, while nobody waits.
        """
        self._prove()
        self._tidier.start(at_once=has_room and self.problem is None)
        self._thread.start()

    def stop(self) -> None:
        """Writes what waits and closes the journal."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._tidier.stop()
        with self._writing:
            self._writer.store.close()

    @property
    def waiting(self) -> int:
        """Decisions that are not committed yet."""
        return self._decisions

    @property
    def erasures(self) -> str | None:
        """Changes when the writer notices that an entity was erased."""
        return self._writer.erasures

    def submit(self, *groups: Group) -> Future[frozenset[Claim]]:
        """Hands groups over that are committed together; the future is done when they are on the disk, with the claims
        that came too late, whose groups are not; or it holds the JournalError.

        Raises JournalError at once where the journal is down, JournalFullError where too much waits already.
        """
        future, decisions = Future[frozenset[Claim]](), sum(len(group.entries) for group in groups)
        # A caller that has gone away cancels nothing: its decision is written all the same.
        future.set_running_or_notify_cancel()
        with self._changed:
            if self.problem is not None or self._is_stopping or not self._thread.is_alive():
                raise JournalError(self.problem or "the journal is not open")
            if self._decisions and self._decisions + decisions > MOST_WAITING:
                raise JournalFullError(f"{self._decisions} decisions wait for the journal, {MOST_WAITING} may")
            self._waiting.append(_Waiting(groups, decisions, future))
            self._decisions += decisions
            self._changed.notify()
        return future

    def commit_now(self, *groups: Group) -> frozenset[Claim] | None:
        """Commits on the caller's own thread where that takes no longer than a decision does: on this machine, while
        nobody else writes or waits, and the last commits were quick. Gives the claims that came too late; None where it
        did nothing. Raises JournalError; then none of the groups is kept.
        """
        if not self._is_at_hand or self._lately > _QUICK_SECONDS or self._decisions or self.problem is not None:
            return None
        if self._is_stopping or not self._thread.is_alive() or not self._writing.acquire(blocking=False):
            return None
        began, worked = time.perf_counter(), time.thread_time()
        try:
            return self._append(groups)
        except JournalError as error:
            self._failed(error)
            raise
        finally:
            self._writing.release()
            # Its own work is no wait: of eight decisions it takes 1 ms, whoever does it.
            waited = time.perf_counter() - began - (time.thread_time() - worked)
            self._lately = max(waited, self._lately * _FORGOTTEN)

    def write(self, *groups: Group, seconds: float) -> frozenset[Claim]:
        """Hands groups over and waits for their commit; gives what ``submit`` does. Raises JournalError, also when it
        takes longer."""
        try:
            return self.submit(*groups).result(seconds)
        except TimeoutError as error:
            raise JournalError(f"no commit within {seconds:g} s") from error

    def _run(self) -> None:
        try:
            while (batch := self._taken()) is not None:
                self._commit(batch)
        finally:
            self._abandon()

    def _taken(self) -> list[_Waiting] | None:
        """All that waits, up to a bulk request's worth; nothing while a broken journal is proved; None at the end."""
        with self._changed:
            known = self.problem
            self._changed.wait_for(
                lambda: self._waiting or self._is_stopping or self.problem != known,
                None if known is None else _PROBE_SECONDS,
            )
            if not self._waiting:
                return None if self._is_stopping else []
            taken, decisions = list[_Waiting](), 0
            while self._waiting and (not taken or decisions + self._waiting[0].decisions <= _MOST_AT_ONCE):
                taken.append(self._waiting.popleft())
                decisions += taken[-1].decisions
            return taken

    def _commit(self, batch: list[_Waiting]) -> None:
        if not batch:
            self._prove()
            return
        groups = [group for each in batch for group in each.groups]
        failure: JournalError | None = JournalError("the thread that writes the journal has died")
        refused = frozenset[Claim]()
        try:
            with self._writing:
                refused = self._append(groups)
                # What this thread waited for is the interpreter too: under load 3 ms a commit, on the loop 1 ms.
                self._lately *= _FORGOTTEN
            failure = None
        except JournalError as error:
            failure = error
        finally:
            with self._changed:
                self._decisions -= sum(each.decisions for each in batch)
                self._told(failure)
            for each in batch:
                if failure is None:
                    each.future.set_result(refused)
                else:
                    each.future.set_exception(failure)

    def _append(self, groups: Sequence[Group]) -> frozenset[Claim]:
        refused = self._writer.append(groups)
        self._tidier.wrote(_COMMIT_BYTES + sum(len(entry.payload) for group in groups for entry in group.entries))
        return refused

    def _failed(self, error: JournalError) -> None:
        with self._changed:
            self._told(error)
            # The thread proves a broken journal every second; until now it had no reason to.
            self._changed.notify()

    def _prove(self) -> None:
        try:
            with self._writing:
                self._writer.prepare()
        except JournalError as error:
            self._told(error)
        else:
            self._told(None)

    def _told(self, failure: JournalError | None) -> None:
        before, self.problem = self.problem, None if failure is None else str(failure)
        if self.problem is not None and self.problem != before:
            _LOG.error("decisions cannot be recorded, so none is given: %s", self.problem)
        if self.problem is None and before is not None:
            _LOG.warning("the journal can be written again")

    def _abandon(self) -> None:
        """Whoever still waits is told, so that no request hangs."""
        with self._changed:
            while self._waiting:
                self._waiting.popleft().future.set_exception(JournalError("the journal was closed"))
