"""What both clients send and how they read it: one place, so that sync and async cannot differ."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from credit_platform.client.errors import ClientError, Refused, Unavailable
from credit_platform.client.results import Scored
from credit_platform.client.retrying import PASSING, Retries
from credit_platform.contracts.decision import ReasonsWanted


@dataclass(frozen=True)
class Sent:
    """One request; each attempt sends the same bytes under the same idempotency key."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]


def to_send(
    use_case: str | None,
    records: Sequence[Mapping[str, Any]],
    *,
    reasons: ReasonsWanted,
    echo: bool,
    idempotency_key: str | None,
) -> Sent:
    """The scoring request of some records."""
    path = "/predict" if use_case is None else f"/v1/{use_case}/predict"
    body = {"records": list(records), "options": {"reasons": reasons, "input": echo}}
    return Sent(path, body, {"Idempotency-Key": idempotency_key or uuid.uuid4().hex})


def headers(key: str | None) -> dict[str, str]:
    """Headers of every request."""
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def results_of(answer: httpx.Response) -> list[Scored]:
    """The decisions of an answer. Raises Refused for an error status, ClientError for what is no answer of a scorer."""
    found = _json(answer)
    if answer.status_code != 200:
        error = found.get("error", {}) if isinstance(found, dict) else {}
        raise Refused(
            answer.status_code, str(error.get("code")), str(error.get("message")), tuple(error.get("details") or ())
        )
    if not isinstance(found, dict) or "results" not in found:
        raise ClientError(f"{answer.url}: found no results in the answer; is this address a scorer's?")
    return [Scored.model_validate(result) for result in found["results"]]


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise ClientError(f"{answer.url}: {answer.status_code}, and the answer is not JSON") from error


def pause_after(outcome: httpx.Response | httpx.TransportError, attempt: int, retries: Retries) -> float | None:
    """Seconds until the next attempt; None where the outcome is final. Raises Unavailable after the last attempt."""
    if isinstance(outcome, httpx.Response):
        if outcome.status_code not in PASSING:
            return None
        last, asked = f"status {outcome.status_code}", outcome.headers.get("Retry-After")
    else:
        last, asked = type(outcome).__name__, None
    pause = retries.pause(attempt, retry_after=asked)
    if pause is None:
        raise Unavailable(attempt, last)
    return pause
