"""How much a caller may ask, and how much is done at once. One event loop changes these numbers: no locks."""

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from credit_platform.scorer.errors import RequestError

_MOST_CALLERS = 10_000


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A token bucket per caller: tokens come in at the rate and are kept up to the burst."""

    def __init__(self, *, burst_seconds: float) -> None:
        self._burst_seconds = burst_seconds
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str, *, rate: float, now: float) -> None:
        """One request at a monotonic time. Raises RequestError 429 that says when the next one may come."""
        most = max(1.0, rate * self._burst_seconds)
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(most, now)
            if len(self._buckets) > _MOST_CALLERS:
                # The one that asked first; its bucket would be full again by now.
                self._buckets.popitem(last=False)
        bucket.tokens = min(most, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens < 1:
            wait = math.ceil((1 - bucket.tokens) / rate)
            message = f"more than {rate:g} requests a second; send fewer, or several records in one request"
            raise RequestError(429, "too_many_requests", message, headers={"Retry-After": str(wait)})
        bucket.tokens -= 1


class Room:
    """Requests being answered and bytes of bodies being held, each with a most."""

    def __init__(self, *, most_requests: int, most_bytes: int) -> None:
        self._most_requests, self._most_bytes = most_requests, most_bytes
        self.requests = 0
        self.bytes = 0

    @contextmanager
    def one_more(self) -> Iterator["Held"]:
        """Room for one request. Raises RequestError 503 where there is none."""
        if self.requests >= self._most_requests:
            raise full("requests")
        self.requests += 1
        held = Held(self)
        try:
            yield held
        finally:
            self.requests -= 1
            self.bytes -= held.bytes

    def take(self, count: int) -> None:
        if self.bytes + count > self._most_bytes:
            raise full("bodies")
        self.bytes += count


@dataclass
class Held:
    """What one request holds of the room."""

    room: Room
    bytes: int = 0

    def more(self, count: int) -> None:
        """Room for more bytes of its body. Raises RequestError 503."""
        self.room.take(count)
        self.bytes += count


def full(what: str) -> RequestError:
    """503 that says when to come again."""
    message = f"as many {what} as this worker answers at once are being answered; try again"
    return RequestError(503, f"too_many_{what}", message, headers={"Retry-After": "1"})
