"""Casts of the feature program, as DuckDB makes them; any other pair of kinds is refused while compiling."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from credit_platform.engine.errors import InputError
from credit_platform.engine.vectors import Kind, Vector, nulls


class Cast(NamedTuple):
    """Of a column, and of a value of one row that is not null; both are told the SQL for errors."""

    run: Callable[[Vector, str], Vector]
    one: Callable[[Any, str], Any]


_INT32 = 2.0**31
_INT64 = 2.0**63


_SAME = Cast(lambda vector, sql: vector, lambda value, sql: value)
_NUMBER = Cast(
    lambda vector, sql: Vector(vector.values.astype(np.float64), vector.null), lambda value, sql: float(value)
)
_WHOLE = Cast(lambda vector, sql: Vector(vector.values.astype(np.int64), vector.null), lambda value, sql: int(value))


def _rounded(limit: float) -> Cast:
    def run(vector: Vector, sql: str) -> Vector:
        # Half to even, as DuckDB rounds a double.
        values = np.rint(vector.values)
        _refuse_beyond(values, vector.null, limit=limit, sql=sql)
        return Vector(np.where(vector.null, 0.0, values).astype(np.int64), vector.null)

    def one(value: float, sql: str) -> int:
        if not math.isfinite(value):
            raise _beyond(sql)
        return _within(round(value), limit, sql)

    return Cast(run, one)


def _bounded(limit: float) -> Cast:
    def run(vector: Vector, sql: str) -> Vector:
        _refuse_beyond(vector.values.astype(np.float64), vector.null, limit=limit, sql=sql)
        return vector

    return Cast(run, lambda value, sql: _within(value, limit, sql))


def _within(value: int, limit: float, sql: str) -> int:
    if not -limit <= value < limit:
        raise _beyond(sql)
    return value


def _refuse_beyond(values: np.ndarray, null: np.ndarray, *, limit: float, sql: str) -> None:
    if bool(np.any(~((values >= -limit) & (values < limit)) & ~null)):
        raise _beyond(sql)


def _beyond(sql: str) -> InputError:
    return InputError(f"feature expression {sql}: a value does not fit; cast to bigint or to double precision")


def _written(write: Callable[[Any], str]) -> Cast:
    def run(vector: Vector, sql: str) -> Vector:
        values = np.empty(len(vector.values), dtype=object)
        values[:] = [write(value) for value in vector.values.tolist()]
        return Vector(values, vector.null)

    return Cast(run, lambda value, sql: write(value))


def _nothing(kind: Kind) -> Cast:
    return Cast(lambda vector, sql: nulls(kind, len(vector.null)), lambda value, sql: None)


CASTS: dict[tuple[Kind, str], tuple[Kind, Cast]] = {
    ("double", "DOUBLE"): ("double", _SAME),
    ("fixed", "DOUBLE"): ("double", _SAME),
    ("integer", "DOUBLE"): ("double", _NUMBER),
    ("boolean", "DOUBLE"): ("double", _NUMBER),
    ("null", "DOUBLE"): ("double", _nothing("double")),
    ("integer", "INT"): ("integer", _bounded(_INT32)),
    ("double", "INT"): ("integer", _rounded(_INT32)),
    ("boolean", "INT"): ("integer", _WHOLE),
    ("null", "INT"): ("integer", _nothing("integer")),
    ("integer", "BIGINT"): ("integer", _SAME),
    ("double", "BIGINT"): ("integer", _rounded(_INT64)),
    ("boolean", "BIGINT"): ("integer", _WHOLE),
    ("null", "BIGINT"): ("integer", _nothing("integer")),
    ("text", "TEXT"): ("text", _SAME),
    ("integer", "TEXT"): ("text", _written(str)),
    ("boolean", "TEXT"): ("text", _written(lambda value: "true" if value else "false")),
    ("date", "TEXT"): ("text", _written(lambda value: dt.date.fromordinal(value).isoformat())),
    ("null", "TEXT"): ("text", _nothing("text")),
    ("date", "DATE"): ("date", _SAME),
    ("boolean", "BOOLEAN"): ("boolean", _SAME),
}
"""(kind, SQL type) -> resulting kind and function. Text is never parsed, and a double never written as text: the
spelling of a double differs between engines."""
