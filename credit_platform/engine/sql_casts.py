"""Casts of the feature program, as DuckDB makes them; any other pair of kinds is refused while compiling."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np

from credit_platform.engine.errors import InputError
from credit_platform.engine.vectors import Kind, Vector, nulls

Cast = Callable[[Vector, str], Vector]
_INT32 = 2.0**31
_INT64 = 2.0**63


def _same(vector: Vector, sql: str) -> Vector:
    return vector


def _number(vector: Vector, sql: str) -> Vector:
    return Vector(vector.values.astype(np.float64), vector.null)


def _whole(vector: Vector, sql: str) -> Vector:
    return Vector(vector.values.astype(np.int64), vector.null)


def _rounded(limit: float) -> Cast:
    def cast(vector: Vector, sql: str) -> Vector:
        # Half to even, as DuckDB rounds a double.
        values = np.rint(vector.values)
        _refuse_beyond(values, vector.null, limit=limit, sql=sql)
        return Vector(np.where(vector.null, 0.0, values).astype(np.int64), vector.null)

    return cast


def _bounded(limit: float) -> Cast:
    def cast(vector: Vector, sql: str) -> Vector:
        _refuse_beyond(vector.values.astype(np.float64), vector.null, limit=limit, sql=sql)
        return vector

    return cast


def _refuse_beyond(values: np.ndarray, null: np.ndarray, *, limit: float, sql: str) -> None:
    if bool(np.any(~((values >= -limit) & (values < limit)) & ~null)):
        raise InputError(f"feature expression {sql}: a value does not fit; cast to bigint or to double precision")


def _written(write: Callable[[Any], str]) -> Cast:
    def cast(vector: Vector, sql: str) -> Vector:
        values = np.empty(len(vector.values), dtype=object)
        values[:] = [write(value) for value in vector.values.tolist()]
        return Vector(values, vector.null)

    return cast


def _nothing(kind: Kind) -> Cast:
    return lambda vector, sql: nulls(kind, len(vector.null))


CASTS: dict[tuple[Kind, str], tuple[Kind, Cast]] = {
    ("double", "DOUBLE"): ("double", _same),
    ("fixed", "DOUBLE"): ("double", _same),
    ("integer", "DOUBLE"): ("double", _number),
    ("boolean", "DOUBLE"): ("double", _number),
    ("null", "DOUBLE"): ("double", _nothing("double")),
    ("integer", "INT"): ("integer", _bounded(_INT32)),
    ("double", "INT"): ("integer", _rounded(_INT32)),
    ("boolean", "INT"): ("integer", _whole),
    ("null", "INT"): ("integer", _nothing("integer")),
    ("integer", "BIGINT"): ("integer", _same),
    ("double", "BIGINT"): ("integer", _rounded(_INT64)),
    ("boolean", "BIGINT"): ("integer", _whole),
    ("null", "BIGINT"): ("integer", _nothing("integer")),
    ("text", "TEXT"): ("text", _same),
    ("integer", "TEXT"): ("text", _written(str)),
    ("boolean", "TEXT"): ("text", _written(lambda value: "true" if value else "false")),
    ("date", "TEXT"): ("text", _written(lambda value: dt.date.fromordinal(value).isoformat())),
    ("null", "TEXT"): ("text", _nothing("text")),
    ("date", "DATE"): ("date", _same),
    ("boolean", "BOOLEAN"): ("boolean", _same),
}
"""(kind, SQL type) -> resulting kind and function. Text is never parsed, and a double never written as text: the
spelling of a double differs between engines."""
