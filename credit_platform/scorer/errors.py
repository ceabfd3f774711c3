"""Error answers: a path, a rule and what was expected; never the value of a field."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.errors import EngineError, InputError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a request."""

    path: str
    rule: str
    expected: str


@dataclass
class RequestError(Exception):
    """A request that is answered with an error status."""

    status: int
    code: str
    message: str
    details: Sequence[Problem] = field(default_factory=tuple)
    headers: Mapping[str, str] = field(default_factory=dict)


class RepeatedError(Exception):
    """Another worker has decided on this request under its idempotency key; what was decided here was not kept."""


def key_reused() -> RequestError:
    """422 for an idempotency key that came with another body before."""
    problem = Problem("Idempotency-Key", "reused", "a new key for another request")
    return RequestError(422, "key_reused", "the idempotency key came with another request before", [problem])


def json_response(content: object, *, status: int = 200) -> Response:
    """Canonical JSON: the very numbers that batch writes."""
    return Response(json_bytes(content), status_code=status, media_type="application/json")


def failure(code: str, message: str, *, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that has no result."""
    response = json_response({"error": {"code": code, "message": message, "details": []}}, status=status)
    response.headers.update(headers or {})
    return response


def not_found() -> RequestError:
    """404 for a path that is no route."""
    return RequestError(404, "not_found", "there is no such path; /docs lists those that there are")


async def answer_request_error(request: Request, error: Exception) -> Response:
    """Answer to a RequestError."""
    if not isinstance(error, RequestError):
        raise error
    request.app.state.metrics.count_refusal(error.code, getattr(error, "reason", ""))
    body = {"code": error.code, "message": error.message, "details": [asdict(problem) for problem in error.details]}
    response = json_response({"error": body}, status=error.status)
    response.headers.update(error.headers)
    return response


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Answer to what the router refuses: no such path (404) or another method (405)."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return await answer_request_error(request, not_found())
    allowed = dict(error.headers or {})
    message = f"the path answers {allowed.get('Allow', 'other methods')}, not {request.method}"
    return failure("method_not_allowed", message, status=error.status_code, headers=allowed)


async def answer_validation_error(request: Request, error: Exception) -> Response:
    """Answer to parameters that do not fit their declaration; FastAPI's own would repeat the values."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = [(".".join(str(part) for part in each["loc"]), each["type"], each["msg"]) for each in error.errors()]
    problems = [Problem(*each) for each in found]
    told = RequestError(422, "invalid_parameters", "parameters do not fit", problems[:100])
    return await answer_request_error(request, told)


async def answer_engine_error(request: Request, error: Exception) -> Response:
    """Answer to an EngineError: inputs that cannot be computed with are the caller's, anything else is ours."""
    if not isinstance(error, EngineError):
        raise error
    if isinstance(error, InputError):
        return failure("not_computable", str(error), status=422)
    _LOG.error("request not answered: %s", error)
    # What is wrong with a store or a key may name places: it is for the operator's log, not for the caller.
    message = "entity states are not available; the operator finds the cause in the log"
    return failure("not_available", message, status=503)
