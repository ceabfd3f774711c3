"""Keeps the journal's log short, beside the commits: what it holds is moved into the file while it goes on growing."""

import threading
from collections.abc import Callable

from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.sqlite import LOG_BYTES
from credit_platform.engine.journal.store import JournalStore

_TIDY_BYTES = LOG_BYTES // 2
"""Written since the log was last moved; as much again fits while it is being moved."""


class Tidier:
    """A thread of its own: to move 30 MB took up to 100 ms, and every decision of that time waited for it.

    The log starts anew once all of it has been moved, which the next commit finds out. So what came meanwhile is moved
    in a second round, while no commit is let in: it is little by then.
    """

    def __init__(self, store: JournalStore, *, pausing: threading.Lock, failed: Callable[[JournalError], None]) -> None:
        """``pausing`` is held by who commits; ``failed`` is told what went wrong."""
        self._store, self._pausing, self._failed = store, pausing, failed
        self._untidy = 0
        self._is_due, self._is_stopping, self._is_first = threading.Event(), False, False
        self._thread = threading.Thread(target=self._run, name="journal-tidier", daemon=True)

    def start(self, *, at_once: bool) -> None:
        """``at_once``: the log is given its full length before the first decision."""
        if at_once:
            self._is_due.set()
        self._is_first = at_once
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, after what it is at."""
        self._is_stopping = True
        self._is_due.set()
        if self._thread.is_alive():
            self._thread.join()

    def wrote(self, count: int) -> None:
        """So many bytes more are in the log."""
        self._untidy += count
        if self._untidy >= _TIDY_BYTES:
            self._is_due.set()

    def _run(self) -> None:
        while self._is_due.wait() and not self._is_stopping:
            self._is_due.clear()
            self._tidied()

    def _tidied(self) -> None:
        try:
            if not self._is_first:
                self._store.tidy()
            self._is_first = False
            with self._pausing:
                self._untidy = 0
                self._store.tidy()
        except JournalError as error:
            self._untidy = 0
            self._failed(error)
