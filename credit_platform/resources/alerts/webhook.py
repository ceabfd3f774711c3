"""An alert as a JSON POST: a few attempts with growing pauses, one idempotency key, and no word of the address."""

import http.client
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from credit_platform.resources.alerts.message import Alert, Delivery

_LONGEST_PAUSE = 30.0
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class _Answer:
    """How one attempt ended. ``pause`` is what the receiver asked for, in seconds."""

    is_delivered: bool
    may_try_again: bool
    detail: str
    pause: float = 0.0


def send(
    alert: Alert,
    *,
    url: str,
    attempts: int,
    timeout: float,
    back_off: float,
    sleep: Callable[[float], None] = time.sleep,
) -> Delivery:
    """POST until the receiver answers 2xx, a refusal that repeating cannot mend, or ``attempts`` are used up.

    Pauses double from ``back_off`` seconds, at most 30, or last as long as Retry-After says. A redirect counts as a
    refusal: a secret address must not be sent elsewhere. Never raises for what a receiver or a network does; ValueError
    for an address that is none.
    """
    address = _checked(url)
    body = json.dumps(alert.as_json()).encode()
    for attempt in range(1, attempts + 1):
        answer = _attempt(address, body, alert.key, timeout)
        if answer.is_delivered or not answer.may_try_again or attempt == attempts:
            return Delivery(answer.is_delivered, attempt, answer.detail)
        sleep(min(_LONGEST_PAUSE, max(answer.pause, back_off * 2 ** (attempt - 1))))
    raise ValueError(f"alerts: found {attempts} attempts, expected at least one")


def _checked(url: str) -> SplitResult:
    address = urlsplit(url)
    if address.scheme not in _SCHEMES or not address.hostname:
        raise ValueError(
            f"CREDIT_PLATFORM_ALERT_WEBHOOK_URL has scheme {address.scheme!r} and "
            f"{'a' if address.hostname else 'no'} host; expected an http:// or https:// address"
        )
    return address


def _attempt(address: SplitResult, body: bytes, key: str, timeout: float) -> _Answer:
    headers = {"Content-Type": "application/json", "Idempotency-Key": key, "User-Agent": "credit-platform"}
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    connection = _connection(address, timeout)
    try:
        connection.request("POST", target, body=body, headers=headers)
        response = connection.getresponse()
        response.read(4096)
    except (OSError, http.client.HTTPException) as error:
        # The class alone: the text of some of these errors holds the address.
        return _Answer(False, True, f"no answer ({type(error).__name__})")
    finally:
        connection.close()
    detail = f"HTTP {response.status}"
    if 200 <= response.status < 300:
        return _Answer(True, False, detail)
    return _Answer(False, response.status in _TRY_AGAIN, detail, _seconds(response.getheader("Retry-After")))


def _connection(address: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = address.hostname or ""
    if address.scheme == "https":
        return http.client.HTTPSConnection(host, address.port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, address.port, timeout=timeout)


def _seconds(retry_after: str | None) -> float:
    """Seconds of a Retry-After header; 0 where it is absent or a date."""
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else 0.0
