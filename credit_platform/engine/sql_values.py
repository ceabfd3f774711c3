"""SQL operators on vectors, as DuckDB computes them: three-valued logic, IEEE doubles, checked 64-bit integers.

The program that calls them keeps numpy quiet about divisions by zero, once and not at every operator.
"""

from collections.abc import Callable

import numpy as np

from credit_platform.engine.errors import InputError
from credit_platform.engine.vectors import Kind, Vector, nulls

_LOWEST = np.iinfo(np.int64).min
_WIDENS: dict[tuple[Kind, Kind], Kind] = {
    ("integer", "fixed"): "fixed",
    ("integer", "double"): "double",
    ("fixed", "double"): "double",
}


def common_kind(left: Kind, right: Kind) -> Kind | None:
    """The kind that both fit into, or None where SQL needs an explicit cast."""
    if left == right or right == "null":
        return left
    if left == "null":
        return right
    return _WIDENS.get((left, right)) or _WIDENS.get((right, left))


def widened(vector: Vector, *, source: Kind, target: Kind) -> Vector:
    """The vector in a kind that ``common_kind`` gave."""
    if source == target:
        return vector
    if source == "integer":
        return Vector(vector.values.astype(np.float64), vector.null)
    if source == "null":
        return nulls(target, len(vector.null))
    return vector


def less(left: Vector, right: Vector, *, kind: Kind) -> np.ndarray:
    """left < right; for doubles NaN is the largest value, as in DuckDB and Postgres."""
    if kind == "double":
        return (left.values < right.values) | (np.isnan(right.values) & ~np.isnan(left.values))
    return np.asarray(left.values < right.values, dtype=np.bool_)


def equal(left: Vector, right: Vector, *, kind: Kind) -> np.ndarray:
    """left = right; for doubles NaN equals NaN."""
    if kind == "double":
        return (left.values == right.values) | (np.isnan(left.values) & np.isnan(right.values))
    return np.asarray(left.values == right.values, dtype=np.bool_)


Comparison = Callable[[Vector, Vector, Kind], np.ndarray]
COMPARISONS: dict[str, Comparison] = {
    "eq": lambda a, b, kind: equal(a, b, kind=kind),
    "neq": lambda a, b, kind: ~equal(a, b, kind=kind),
    "lt": lambda a, b, kind: less(a, b, kind=kind),
    "gt": lambda a, b, kind: less(b, a, kind=kind),
    "lte": lambda a, b, kind: ~less(b, a, kind=kind),
    "gte": lambda a, b, kind: ~less(a, b, kind=kind),
}


def both(left: Vector, right: Vector) -> Vector:
    """SQL AND: false wins over null."""
    false = (~left.values & ~left.null) | (~right.values & ~right.null)
    null = ~false & (left.null | right.null)
    return Vector(~false & ~null, null)


def either(left: Vector, right: Vector) -> Vector:
    """SQL OR: true wins over null."""
    true = (left.values & ~left.null) | (right.values & ~right.null)
    return Vector(true, ~true & (left.null | right.null))


def arithmetic(operator: str, left: Vector, right: Vector, *, kind: Kind, sql: str) -> Vector:
    """``add``, ``sub`` or ``mul`` of two doubles or two integers; an integer overflow is refused, never wrapped."""
    null = left.null | right.null
    values = _ARITHMETIC[operator](left.values, right.values)
    if kind == "integer":
        _refuse_overflow(operator, left.values, right.values, values, null, sql)
    return Vector(values, null)


_ARITHMETIC: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
}


def _refuse_overflow(
    operator: str, left: np.ndarray, right: np.ndarray, values: np.ndarray, null: np.ndarray, sql: str
) -> None:
    # In doubles the true result is at most one part in 2^52 off; a wrapped one is off by 2^64.
    estimate = _ARITHMETIC[operator](left.astype(np.float64), right.astype(np.float64))
    if bool(np.any((np.abs(estimate - values) > 2.0**62) & ~null)):
        raise InputError(f"feature expression {sql}: the result leaves 64 bits; cast an operand to double precision")


def divide(left: Vector, right: Vector) -> Vector:
    """SQL ``/`` in DuckDB: always doubles, and IEEE where the divisor is zero."""
    return Vector(np.true_divide(left.values, right.values), left.null | right.null)


def signed(vector: Vector, *, operator: str, sql: str) -> Vector:
    """Unary minus (``neg``) or ``abs``; the lowest integer has neither in 64 bits and is refused."""
    if vector.values.dtype == np.int64 and bool(np.any((vector.values == _LOWEST) & ~vector.null)):
        raise InputError(f"feature expression {sql}: the result leaves 64 bits; cast the operand to double precision")
    return Vector(np.negative(vector.values) if operator == "neg" else np.abs(vector.values), vector.null)


def extreme(left: Vector, right: Vector, *, kind: Kind, largest: bool) -> Vector:
    """LEAST or GREATEST of two, ignoring nulls; the first of equals stays, as in DuckDB."""
    beats = less(left, right, kind=kind) if largest else less(right, left, kind=kind)
    take_right = left.null | (beats & ~right.null)
    return Vector(np.where(take_right, right.values, left.values), left.null & right.null)
