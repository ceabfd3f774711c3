"""The access log behind a queue: a request leaves its line and goes on, and a thread writes lines many at a time.

An error or a warning is no part of this and on the stream before anything else happens: it may be the last line there
is. A stream that takes nothing any more holds up no decision: what does not fit into the queue is dropped, and a metric
and a line count it. Of a process that is killed the lines of its last tenth of a second are missing; one that is told
to end writes all. What was decided is in the journal in any case.
"""

import logging
import logging.handlers
import queue
import select
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from credit_platform.scorer.logs import ACCESS, REQUEST_ID

MOST_LINES = 10_000
"""That may wait, some 3 MB."""
_PAUSE_SECONDS = 0.1
"""Between two looks: to wake the thread for every line would take the interpreter from the event loop every time."""
_LAST_SECONDS = 5.0
"""How long the end waits for a stream that takes nothing."""
_MOST_BYTES = select.PIPE_BUF
"""Of one write: what workers write to one pipe does not mix (POSIX, write())."""
_LOG = logging.getLogger(__name__)


class AccessLines(logging.handlers.QueueHandler):
    """Takes lines from the event loop without waiting; ``told`` is called for each that is dropped."""

    def __init__(self, stream: "logging.StreamHandler[IO[str]]", *, told: Callable[[], None]) -> None:
        self._lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        super().__init__(self._lines)
        self._stream, self._told = stream, told
        self._dropped = self._said = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="access log", daemon=True)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """The id of the request goes along, for it is known here alone; the text is made by the thread."""
        record.request_id = REQUEST_ID.get()
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Takes a line, unless the stream is far behind."""
        if self._lines.qsize() < MOST_LINES:
            self._lines.put(record)
            return
        self._dropped += 1
        self._told()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Writes what waits; a stream that takes nothing is given up after a while."""
        self._is_over.set()
        self._thread.join(_LAST_SECONDS)

    def _write_on(self) -> None:
        while not self._is_over.wait(_PAUSE_SECONDS):
            self._write()
        self._write()

    def _write(self) -> None:
        chunk, size = list[str](), 0
        for _ in range(self._lines.qsize()):
            line = f"{self._stream.format(self._lines.get())}\n"
            if chunk and size + len(line) > _MOST_BYTES:
                self._send(chunk)
                chunk, size = [], 0
            chunk.append(line)
            size += len(line)
        if chunk:
            self._send(chunk)
        # Only the event loop counts them and only this thread says so.
        if (missing := self._dropped - self._said) > 0:
            self._said += missing
            _LOG.warning("%d lines of the access log were dropped: their stream did not take them", missing)

    def _send(self, lines: Sequence[str]) -> None:
        # The stream's own lock: an error that is logged meanwhile stands before or after, never between.
        self._stream.acquire()
        try:
            self._stream.stream.write("".join(lines))
            self._stream.flush()
        except OSError:
            # The reader of a pipe has gone: there is nowhere to say so but the metric.
            for _ in lines:
                self._told()
        finally:
            self._stream.release()


@contextmanager
def apart(*, told: Callable[[], None]) -> Iterator[None]:
    """Lines of the access log are written by a thread until the block ends; nothing changes where no stream is set."""
    logger = logging.getLogger(ACCESS)
    found = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]
    if not found:
        yield
        return
    lines = AccessLines(found[0], told=told)
    logger.addHandler(lines)
    logger.propagate = False
    lines.start()
    try:
        yield
    finally:
        # What is logged from here on is written at once.
        logger.removeHandler(lines)
        logger.propagate = True
        lines.stop()
