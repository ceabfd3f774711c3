"""When to try again: statuses that pass, back-off that doubles, and jitter so that callers do not come in step."""

import random
from collections.abc import Callable
from dataclasses import dataclass

PASSING = frozenset({429, 502, 503, 504})
"""Too many requests, and a scorer or a proxy that is not there for a moment."""


@dataclass(frozen=True, kw_only=True)
class Retries:
    """At most so many attempts; pauses double from the first to the longest."""

    attempts: int = 4
    first_seconds: float = 0.1
    longest_seconds: float = 5.0

    def pause(
        self, attempt: int, *, retry_after: str | None, draw: Callable[[], float] = random.random
    ) -> float | None:
        """Seconds until the attempt after this one (counted from 1); None where there is to be none.

        Full jitter (Brooker 2015, "Exponential backoff and jitter"), and never less than ``Retry-After``; a scorer
        that asks for more than the longest pause is not waited for.
        """
        if attempt >= self.attempts:
            return None
        asked = float(retry_after) if retry_after is not None and retry_after.strip().isdigit() else 0.0
        if asked > self.longest_seconds:
            return None
        return max(asked, draw() * min(self.longest_seconds, self.first_seconds * 2 ** (attempt - 1)))
