"""The body of a scoring request: parsed strictly, checked against the release's request fields."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter, ValidationError, create_model

from credit_platform.contracts.release import Release
from credit_platform.scorer.errors import Problem, RequestError
from credit_platform.scorer.fields import Read, fields_read, in_words, python_type
from credit_platform.scorer.options import DEFAULT, Options, parsed_options
from credit_platform.scorer.security.shapes import refuse_bombs, refuse_deep, refuse_halves

MOST_RECORDS = 10_000
_MOST_PROBLEMS = 100
_RULES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "greater_than": "above",
    "greater_than_equal": "minimum",
    "less_than_equal": "maximum",
    "literal_error": "allowed",
    "finite_number": "finite",
    "string_too_short": "length",
    "string_too_long": "length",
    "value_error": "date_format",
}

_LARGE_EXPONENTS = re.compile(r"e\+?[0-9]{3}"), re.compile(r"E\+?[0-9]{3}")
_MANY_DIGITS = re.compile(r"[0-9]{20}")
"""Below 200 digits and an exponent of 99 no number is infinite, and none needs to be asked."""


@dataclass(frozen=True)
class RecordSchema:
    """How a record of one release is checked."""

    fields: tuple[Read, ...]
    model: type[BaseModel]
    all_of: TypeAdapter[list[BaseModel]]
    read: tuple[tuple[str, str], ...]
    """Attribute of the model -> canonical input, of the fields that are read."""

    def checked(self, records: list[Any]) -> list[dict[str, object]]:
        """Values by canonical input, None for what is absent. Raises RequestError 422 listing up to 100 problems."""
        try:
            found = self.all_of.validate_python(records)
        except ValidationError:
            problems = self._problems(records)
            raise RequestError(422, "invalid_records", "records do not fit the fields", problems) from None
        # The model's own dictionary: an attribute at a time took a third of a bulk request's checks.
        values = (each.__dict__ for each in found)
        return [{name: own[attribute] for attribute, name in self.read} for own in values]

    def _problems(self, records: list[Any]) -> list[Problem]:
        problems: list[Problem] = []
        for number, record in enumerate(records):
            try:
                self.model.model_validate(record)
            except ValidationError as error:
                details = error.errors(include_url=False, include_context=False, include_input=True)
                problems += [self._problem(detail, number) for detail in details]
            if len(problems) >= _MOST_PROBLEMS:
                break
        return problems[:_MOST_PROBLEMS]

    def _problem(self, detail: Mapping[str, Any], number: int) -> Problem:
        where = f"records[{number}]"
        if not detail["loc"]:
            return Problem(where, "type", "an object of fields")
        name = str(detail["loc"][0])
        field = next((field for field in self.fields if field.column.name == name), None)
        if field is None:
            names = sorted(field.column.name for field in self.fields)
            return Problem(f"{where}.{name[:64]}", "unknown_field", f"one of the fields {names}")
        is_empty = field.is_required and detail["input"] is None
        rule = "required" if is_empty else _RULES.get(detail["type"], "type")
        return Problem(f"{where}.{name}", rule, in_words(field.column))


def record_schema(release: Release) -> RecordSchema:
    """The schema built from a release's request fields; fields that nothing reads may hold anything or be absent."""
    fields = fields_read(release)
    definitions: dict[str, Any] = {f"f{at}": _definition(field) for at, field in enumerate(fields)}
    config = ConfigDict(extra="forbid", strict=True, frozen=True)
    model = create_model("Record", __config__=config, **definitions)
    read = tuple((f"f{at}", field.column.canonical) for at, field in enumerate(fields) if field.is_read)
    return RecordSchema(fields, model, TypeAdapter(Annotated[list[model], FailFast()]), read)  # type: ignore[valid-type, arg-type]


def _definition(field: Read) -> tuple[Any, Any]:
    if not field.is_read:
        return Any, Field(default=None, alias=field.column.name)
    found = python_type(field.column)
    if field.is_required:
        return found, Field(alias=field.column.name)
    return found | None, Field(default=None, alias=field.column.name)


@dataclass(frozen=True)
class Asked:
    """A request: raw records, and what their answers are to hold."""

    records: list[Any]
    options: Options


def parsed_request(body: bytes) -> Asked:
    """Records and options. Raises RequestError 400 for what is no JSON, 422 for another shape or unknown options."""
    refuse_bombs(body)
    found = _parsed(body)
    if (
        not isinstance(found, dict)
        or not {"records"} <= set(found) <= {"records", "options"}
        or not isinstance(found["records"], list)
    ):
        problem = Problem("body", "type", 'an object {"records": [{...}, ...], "options": {...}} and nothing else')
        raise RequestError(422, "invalid_body", "the body does not have the expected shape", [problem])
    if not 1 <= len(found["records"]) <= MOST_RECORDS:
        problem = Problem("records", "length", f"1 to {MOST_RECORDS} records")
        raise RequestError(422, "invalid_body", f"found {len(found['records'])} records", [problem])
    refuse_deep(found["records"], body)
    options = parsed_options(found["options"]) if "options" in found else DEFAULT
    return Asked(found["records"], options)


def _parsed(body: bytes) -> Any:
    try:
        # Decoded here, for json would take UTF-16 too, and let halves of surrogate pairs pass.
        text = body.decode("utf-8")
        found = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite if _may_be_infinite(text) else None,
            object_pairs_hook=_without_duplicates,
        )
        refuse_halves(found, text)
        return found
    except (ValueError, RecursionError) as error:
        problem = Problem("body", "json", "JSON in UTF-8 with finite numbers")
        raise RequestError(400, "invalid_json", "the body is not JSON that can be read", [problem]) from error


def _may_be_infinite(text: str) -> bool:
    # Of 200 digits in a row 20 stand at every tenth place. One pattern for all took 69 ms of a bulk request, these 8.
    return any(each.search(text) for each in _LARGE_EXPONENTS) or _MANY_DIGITS.search(text[::10]) is not None


def _refuse_constant(name: str) -> NoReturn:
    raise RequestError(
        422, "invalid_body", "the body holds NaN or Infinity", [Problem("body", "finite", "finite numbers or null")]
    )


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse_constant(text)
    return number


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        repeated = sorted({name[:64] for name, _ in pairs if [other for other, _ in pairs].count(name) > 1})
        problems = [Problem(f"...{name}", "duplicate", "one value per field") for name in repeated]
        raise RequestError(422, "invalid_body", "an object names a field twice", problems)
    return found
