"""Error answers: a path, a rule and what was expected; never the value of a field."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from fastapi import Request, Response

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


def json_response(content: object, *, status: int = 200) -> Response:
    """Canonical JSON: the very numbers that batch writes."""
    return Response(json_bytes(content), status_code=status, media_type="application/json")


def answer_request_error(request: Request, error: Exception) -> Response:
    """Answer to a RequestError."""
    if not isinstance(error, RequestError):
        raise error
    body = {"code": error.code, "message": error.message, "details": [asdict(problem) for problem in error.details]}
    return json_response({"error": body}, status=error.status)


def answer_engine_error(request: Request, error: Exception) -> Response:
    """Answer to an EngineError: inputs that cannot be computed with are the caller's, anything else is ours."""
    if not isinstance(error, EngineError):
        raise error
    if isinstance(error, InputError):
        return json_response({"error": {"code": "not_computable", "message": str(error), "details": []}}, status=422)
    _LOG.error("request not answered: %s", error)
    # What is wrong with a store or a key may name places: it is for the operator's log, not for the caller.
    message = "entity states are not available; the operator finds the cause in the log"
    return json_response({"error": {"code": "not_available", "message": message, "details": []}}, status=503)
