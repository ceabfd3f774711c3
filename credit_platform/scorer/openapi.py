"""The OpenAPI page: one concrete path per loaded use case, with its record, written anew after a swap."""

from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from credit_platform.scorer.answers import Results
from credit_platform.scorer.champions import Served, Snapshot
from credit_platform.scorer.examples import example_record
from credit_platform.scorer.failures import with_failures
from credit_platform.scorer.fields import json_schema
from credit_platform.scorer.options import Options
from credit_platform.scorer.records import MOST_RECORDS

_REF = "#/components/schemas/"
_ANY_USE_CASE = "/v1/{use_case}/"


def document(routes: list[BaseRoute], snapshot: Snapshot, *, default: Served | None) -> dict[str, Any]:
    """OpenAPI 3.1 of the routes with every ``{use_case}`` spelled out for the champions of a snapshot."""
    schema = get_openapi(title="credit_platform scorer", version="1", routes=routes, summary="Credit decisions")
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    # FastAPI's own error schema: no route here answers with it.
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    components.update(_answers())
    generic = {path: item for path, item in schema["paths"].items() if path.startswith(_ANY_USE_CASE)}
    paths = {path: item for path, item in schema["paths"].items() if path not in generic}
    for use_case, served in sorted(snapshot.served.items()):
        components[_record_name(use_case)] = _record(served)
        components[_request_name(use_case)] = _request(use_case)
        for path, item in generic.items():
            paths[path.replace("{use_case}", use_case)] = _concrete(item, use_case, served)
    if default is not None:
        use_case = default.pointer.use_case
        paths["/predict"] = _concrete(paths["/predict"], use_case, default)
    return with_failures({**schema, "paths": paths})


def _concrete(item: dict[str, Any], use_case: str, served: Served) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for method, operation in item.items():
        kept = [p for p in operation.get("parameters", []) if p["name"] != "use_case"]
        changed = {**operation, "operationId": f"{operation['operationId']}__{use_case}", "tags": [use_case]}
        changed.pop("parameters", None)
        if kept:
            changed["parameters"] = kept
        if method == "post":
            example = {"records": [example_record(served.loaded.release)]}
            media = {"schema": {"$ref": _REF + _request_name(use_case)}, "example": example}
            changed["requestBody"] = {"required": True, "content": {"application/json": media}}
        changed["responses"] = _responses(operation["responses"]["200"], is_scoring=method == "post")
        out[method] = changed
    return out


def _responses(success: dict[str, Any], *, is_scoring: bool) -> dict[str, Any]:
    if is_scoring:
        success = {**success, "content": {"application/json": {"schema": {"$ref": _REF + "Results"}}}}
    return {"200": success}


def _record(served: Served) -> dict[str, Any]:
    fields = served.records.fields
    return {
        "type": "object",
        "title": served.pointer.use_case,
        "description": f"Release {served.pointer.release_id}.",
        "additionalProperties": False,
        "required": [field.column.name for field in fields if field.is_required],
        "properties": {field.column.name: json_schema(field) for field in fields},
    }


def _request(use_case: str) -> dict[str, Any]:
    records = {
        "type": "array", "minItems": 1, "maxItems": MOST_RECORDS, "items": {"$ref": _REF + _record_name(use_case)},
    }  # fmt: skip
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["records"],
        "properties": {"records": records, "options": {"$ref": _REF + "Options"}},
    }


def _answers() -> dict[str, Any]:
    results = Results.model_json_schema(ref_template=_REF + "{model}", mode="serialization")
    inner = results.pop("$defs", {})
    problem = {
        "type": "object",
        "required": ["path", "rule", "expected"],
        "properties": {name: {"type": "string"} for name in ("path", "rule", "expected")},
    }
    error = {
        "type": "object",
        "required": ["code", "message", "details"],
        "properties": {
            "code": {"type": "string"}, "message": {"type": "string"}, "details": {"type": "array", "items": problem},
        },
    }  # fmt: skip
    failure = {"type": "object", "required": ["error"], "properties": {"error": error}}
    return {**inner, "Results": results, "Failure": failure, "Options": Options.model_json_schema()}


def _record_name(use_case: str) -> str:
    return f"{use_case}_record"


def _request_name(use_case: str) -> str:
    return f"{use_case}_request"
