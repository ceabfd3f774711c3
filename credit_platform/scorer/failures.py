"""Every status that the scorer answers with beside 200, for the OpenAPI page: nothing is answered that is not told."""

from collections.abc import Mapping
from typing import Any

from credit_platform.scorer.security.access import need_of

_FAILURE = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
_ANYWHERE = {
    "431": "Headers too large.",
    "500": "Our fault; the operator finds it by the request id.",
}
_GUARDED = {
    "400": "A header that decides came twice.",
    "401": "Not recognised: no API key or token, or one that does not count.",
    "403": "Recognised, but without the scope or the use case; in open mode, not on loopback.",
    "429": "More requests a second than this caller may make; Retry-After says when to come again.",
    "503": "Nothing to answer with yet, or no room; with Retry-After where it passes by itself.",
    "504": "No answer in time; a decision may have been made.",
}
_OF_A_USE_CASE = {"404": "Unknown use case."}
_WITH_BODY = {
    "400": "Not JSON, cut off, or a header that decides came twice.",
    "408": "The body was not complete in time.",
    "410": "Decided before under this idempotency key, and erased since.",
    "413": "The body is too large.",
    "422": "The records do not fit.",
}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a JSON web token."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def with_failures(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with every status of every operation, and how callers are recognised."""
    paths = {path: {m: _told(path, m, each) for m, each in item.items()} for path, item in document["paths"].items()}
    components = {**document["components"], "securitySchemes": _SCHEMES}
    return {**document, "paths": paths, "components": components}


def _told(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    need = need_of(path)
    told = dict(_ANYWHERE)
    if need is not None:
        told |= _GUARDED
    if need is not None and (need.use_case is not None or need.scope == "score"):
        told |= _OF_A_USE_CASE
    if method == "post":
        told |= _WITH_BODY
    answers = {status: {"description": why, "content": _FAILURE} for status, why in told.items()}
    if path == "/health/ready":
        answers["503"] = {"description": "Not ready, or draining.", "content": operation["responses"]["200"]["content"]}
    success = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    if path == "/metrics":
        success["200"] = {**success["200"], "content": {"text/plain": {"schema": {"type": "string"}}}}
    security: list[dict[str, list[str]]] = [{"bearer": []}, {"key": []}] if need is not None else []
    return {**operation, "responses": {**success, **dict(sorted(answers.items()))}, "security": security}
