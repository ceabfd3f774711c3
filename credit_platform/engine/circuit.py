"""A circuit breaker: a service that is down is asked seldom, so that its timeout is not added to every request."""

import threading
import time
from collections.abc import Callable

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


class Circuit:
    """Open after a failure, for twice as long after each one more; then one caller tries while others still pass by.

    (Nygard 2018, Release It!, ch. 5: circuit breaker.)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._again_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the service was last seen down."""
        return self._failures > 0

    def may_try(self) -> bool:
        """Whether to ask the service; of those who come after a pause only the first is told to."""
        if not self._failures:
            return True
        with self._lock:
            now = self._clock()
            if now < self._again_at:
                return False
            self._again_at = now + self._pause()
            return True

    def succeeded(self) -> None:
        """The service answered."""
        self._failures = 0

    def failed(self) -> None:
        """The service did not answer."""
        with self._lock:
            self._failures += 1
            self._again_at = self._clock() + self._pause()

    def _pause(self) -> float:
        return float(min(_FIRST_PAUSE * 2 ** min(self._failures - 1, 10), _LONGEST_PAUSE)) if self._failures else 0.0
