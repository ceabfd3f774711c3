"""SQL operators on the values of one row, None for null: what ``sql_values`` does to columns, to the bit."""

import math
import operator as operators
from collections.abc import Callable
from typing import Any

from credit_platform.engine.errors import InputError
from credit_platform.engine.vectors import Kind

One = Callable[[Any], Any]
"""From a row to a value."""
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def of_two(combine: Callable[[Any, Any], Any], left: One, right: One) -> One:
    """Null where either is; both are computed all the same, for either may be refused."""

    def one(row: Any) -> Any:
        a, b = left(row), right(row)
        return None if a is None or b is None else combine(a, b)

    return one


def comparison(operator: str, kind: Kind) -> Callable[[Any, Any], bool]:
    """For doubles NaN equals NaN and is the largest value, as in DuckDB and Postgres."""
    return _OF_DOUBLES[operator] if kind == "double" else _COMPARISONS[operator]


def _less(a: float, b: float) -> bool:
    return a < b or (math.isnan(b) and not math.isnan(a))


def _equal(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operators.eq,
    "neq": operators.ne,
    "lt": operators.lt,
    "gt": operators.gt,
    "lte": operators.le,
    "gte": operators.ge,
}
_OF_DOUBLES: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "neq": lambda a, b: not _equal(a, b),
    "lt": _less,
    "gt": lambda a, b: _less(b, a),
    "lte": lambda a, b: not _less(b, a),
    "gte": lambda a, b: not _less(a, b),
}


def both(a: bool | None, b: bool | None) -> bool | None:
    """SQL AND: false wins over null."""
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def either(a: bool | None, b: bool | None) -> bool | None:
    """SQL OR: true wins over null."""
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


def arithmetic(operator: str, left: One, right: One, *, kind: Kind, sql: str) -> One:
    """``add``, ``sub`` or ``mul`` of two doubles or two integers; what leaves 64 bits is refused."""
    combine = _ARITHMETIC[operator]
    if kind != "integer":
        return of_two(combine, left, right)

    def checked(a: int, b: int) -> int:
        found: int = combine(a, b)
        if not _LOWEST <= found <= _HIGHEST:
            raise InputError(
                f"feature expression {sql}: the result leaves 64 bits; cast an operand to double precision"
            )
        return found

    return of_two(checked, left, right)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operators.add,
    "sub": operators.sub,
    "mul": operators.mul,
}


def divide(a: float, b: float) -> float:
    """IEEE where the divisor is zero."""
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def signed(value: One, *, operator: str, sql: str) -> One:
    """Unary minus (``neg``) or ``abs``; the lowest integer has neither in 64 bits and is refused."""
    change = operators.neg if operator == "neg" else abs

    def one(row: Any) -> Any:
        found = value(row)
        if found is None:
            return None
        if found == _LOWEST and type(found) is int:
            raise InputError(
                f"feature expression {sql}: the result leaves 64 bits; cast the operand to double precision"
            )
        return change(found)

    return one


def extreme(a: Any, b: Any, *, less: Callable[[Any, Any], bool], largest: bool) -> Any:
    """LEAST or GREATEST of two, ignoring nulls; the first of equals stays."""
    if a is None:
        return b
    if b is None:
        return a
    return b if (less(a, b) if largest else less(b, a)) else a
