"""A small file that is read again when it changed, so that what it allows changes without a restart."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from credit_platform.scorer.errors import RequestError

T = TypeVar("T")
LOOK_SECONDS = 0.2
"""At most so old is what a request is judged by: one ``stat`` every fifth of a second, not one a request."""
_OTHERS_WRITE = 0o022
_LOG = logging.getLogger(__name__)


class Watched(Generic[T]):
    """The parsed content of a file. ``parse`` raises ValueError for what it cannot take."""

    def __init__(self, file: Path, parse: Callable[[bytes], T], *, absent: T) -> None:
        self.file, self._parse, self._absent = file, parse, absent
        self._value: T | None = absent
        self._mark: tuple[int, ...] | None = None
        self._looked = float("-inf")

    def now(self) -> T:
        """The present content. Raises RequestError 503 while the file cannot be used: nobody is let in by an old one,
        since what could not be read may be a revocation."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._look()
        if self._value is None:
            raise RequestError(503, "keys_unavailable", "keys cannot be read; the operator finds the cause in the log")
        return self._value

    def _look(self) -> None:
        self._looked = time.monotonic()
        mark: tuple[int, ...] | None = None
        try:
            found = self.file.stat()
            mark = (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
            if mark == self._mark:
                return
            if found.st_mode & _OTHERS_WRITE:
                raise ValueError(f"others may write it; chmod go-w {self.file}")
            self._value = self._parse(self.file.read_bytes())
        except FileNotFoundError:
            self._value = self._absent
        except (OSError, ValueError) as error:
            self._value = None
            _LOG.error("%s cannot be used, nobody is recognised by it: %s", self.file, error)
        self._mark = mark
