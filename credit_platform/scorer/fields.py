"""Request fields: a source column as a strict pydantic type, in JSON schema and in words."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AllowInfNan, BeforeValidator, Field, StringConstraints

from credit_platform.contracts.release import Release, RequestField
from credit_platform.contracts.source import Column

_LONGEST_TEXT = 1000
_INT64 = 2**63 - 1
_DAYS_KEPT = 4_096
_NOUNS = {"integer": "an integer", "decimal": "a number", "boolean": "true or false"}


@dataclass(frozen=True)
class Read:
    """One request field and what becomes of it: read and required, read where given, or ignored."""

    column: Column
    is_read: bool
    is_required: bool


def fields_read(release: Release) -> tuple[Read, ...]:
    """Every request field; read are those of features and look-ups, the unit's and entity's key, the decision date."""
    look_ups = {state.key for state in release.states}
    offered = {release.key, release.entity, release.decision_date}
    return tuple(_read(field, look_ups=look_ups, offered=offered) for field in release.request_fields)


def _read(field: RequestField, *, look_ups: set[str], offered: set[str | None]) -> Read:
    needed = field.is_used or field.column.canonical in look_ups
    is_read = needed or field.column.canonical in offered
    return Read(column=field.column, is_read=is_read, is_required=needed and field.column.required)


def python_type(column: Column) -> Any:
    """The annotated type that pydantic checks strictly; null is a matter of the model."""
    if column.type == "boolean":
        return bool
    if column.type == "date":
        return Annotated[dt.date, BeforeValidator(_date_parser(column.date_format))]
    if column.type == "text":
        inner = Literal[column.allowed] if column.allowed else Annotated[str, _text_limits()]
        return Annotated[inner, BeforeValidator(_text)]
    bounds = Field(ge=column.minimum, gt=column.above, le=column.maximum)
    if column.type == "integer":
        return Annotated[int, Field(ge=-_INT64, le=_INT64), bounds]
    return Annotated[float, AllowInfNan(False), bounds]


def _text_limits() -> StringConstraints:
    return StringConstraints(min_length=1, max_length=_LONGEST_TEXT)


def _text(value: object) -> object:
    """Identifiers are often numbers in JSON: an integer is its digits, as it would be in a CSV file."""
    return str(value) if type(value) is int else value


def _date_parser(date_format: str) -> Callable[[object], dt.date]:
    # Days come back again and again, and reading one takes 6 us; what is no date is not kept.
    @lru_cache(_DAYS_KEPT)
    def read(text: str) -> dt.date:
        return dt.datetime.strptime(text, date_format).date()

    # Anything but text reads as the empty text, which fits no format.
    return lambda value: read(value if isinstance(value, str) else "")


def in_words(column: Column) -> str:
    """What a field must hold, for an error."""
    if column.type == "date":
        return f"a date written as {column.date_format}"
    if column.allowed:
        return f"one of {list(column.allowed)}"
    if column.type == "text":
        return f"text of 1 to {_LONGEST_TEXT} characters (or an integer)"
    bounds = {"of at least": column.minimum, "above": column.above, "of at most": column.maximum}
    limits = [f"{words} {bound:.12g}" for words, bound in bounds.items() if bound is not None]
    return f"{_NOUNS[column.type]} {' and '.join(limits)}".strip()


def json_schema(field: Read) -> dict[str, Any]:
    """JSON schema of a field for the OpenAPI page."""
    column = field.column
    if not field.is_read:
        return {"description": "Accepted and ignored: no feature reads it."}
    found: dict[str, Any] = {"description": f"{in_words(column)[0].upper()}{in_words(column)[1:]}."}
    if column.type == "text":
        found["type"] = ["string", "integer"]
    elif column.type == "date":
        found["type"] = "string"
        if column.date_format == "%Y-%m-%d":
            found["format"] = "date"
    else:
        found["type"] = {"integer": "integer", "decimal": "number", "boolean": "boolean"}[column.type]
    if column.allowed:
        found |= {"type": "string", "enum": list(column.allowed)}
    bounds = {"minimum": column.minimum, "exclusiveMinimum": column.above, "maximum": column.maximum}
    found |= {name: bound for name, bound in bounds.items() if bound is not None}
    return found if field.is_required else {"anyOf": [found, {"type": "null"}]}
