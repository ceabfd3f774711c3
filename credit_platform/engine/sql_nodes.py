"""Compiled expressions and what their builders share: pointed errors, common kinds, constants and comparisons.

Every expression is compiled twice over: for columns, and for the Python values of one row, where the fixed price of an
operation on arrays would be all that is paid. Tests hold the two, and DuckDB, to the same bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlglot import exp

from credit_platform.engine import sql_row_values, sql_values
from credit_platform.engine.errors import ProgramError
from credit_platform.engine.sql_select import quoted
from credit_platform.engine.vectors import Kind, Table, Vector, constant

_KEPT_ROWS = 16
Row = Mapping[str, Any]
"""Inputs of one row: int, float, str, bool, a date as its ordinal; None is null."""


@dataclass(frozen=True, slots=True)
class Node:
    """A compiled expression: its kind, its SQL for errors, and its evaluation."""

    kind: Kind
    sql: str
    run: Callable[[Table], Vector]
    one: Callable[[Row], Any]
    """The value of one row, None for null."""
    repeats: bool = False
    """Whether every row has the same value."""


class Compiles(Protocol):
    """What a builder may ask of the compiler that called it."""

    def compile(self, expression: exp.Expr) -> Node: ...

    def operand(self, expression: exp.Expr) -> Node: ...

    def input_kind(self, column: exp.Column) -> Kind: ...


def fail(expression: exp.Expr, found: str, expected: str) -> ProgramError:
    return ProgramError(f"feature program: {quoted(expression)} has {found}, expected {expected}")


def unified(expression: exp.Expr, *nodes: Node) -> tuple[Kind, list[Node]]:
    kind: Kind = "null"
    for node in nodes:
        common = sql_values.common_kind(kind, node.kind)
        if common is None:
            kinds = sorted({node.kind for node in nodes})
            raise fail(expression, f"operands of kinds {kinds}", "one kind; add an explicit cast")
        kind = common
    return kind, [as_kind(node, kind) for node in nodes]


def as_kind(node: Node, kind: Kind) -> Node:
    if node.kind == kind:
        return node
    one = node.one if node.kind != "integer" else lambda r: None if (value := node.one(r)) is None else float(value)
    if node.repeats:
        always = one({})
        return repeating(
            kind, node.sql, lambda t: sql_values.widened(node.run(t), source=node.kind, target=kind), lambda r: always
        )
    return Node(kind, node.sql, lambda t: sql_values.widened(node.run(t), source=node.kind, target=kind), one)


def constant_node(kind: Kind, value: object, e: exp.Expr) -> Node:
    return repeating(kind, quoted(e), lambda t: constant(kind, value, t.size), lambda r: value)


def repeating(kind: Kind, sql: str, run: Callable[[Table], Vector], one: Callable[[Row], Any]) -> Node:
    """A node whose column depends on nothing but its length; those of small tables are kept, nobody changes them."""
    kept: dict[int, Vector] = {}

    def repeated(t: Table) -> Vector:
        found = kept.get(t.size)
        if found is None:
            found = run(t)
            if t.size <= _KEPT_ROWS:
                found.values.flags.writeable = found.null.flags.writeable = False
                kept[t.size] = found
        return found

    return Node(kind, sql, repeated, one, repeats=True)


def compare_nodes(e: exp.Expr, operator: str, left: Node, right: Node) -> Node:
    kind, (a, b) = unified(e, left, right)
    compare, compare_one = sql_values.COMPARISONS[operator], sql_row_values.comparison(operator, kind)

    def run(t: Table) -> Vector:
        x, y = a.run(t), b.run(t)
        return Vector(compare(x, y, kind), x.null | y.null)

    return Node("boolean", quoted(e), run, sql_row_values.of_two(compare_one, a.one, b.one))
