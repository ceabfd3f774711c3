"""Builders of comparisons and three-valued logic."""

import numpy as np
from sqlglot import exp

from credit_platform.engine import sql_row_values, sql_values
from credit_platform.engine.sql_nodes import Compiles, Node, Row, as_kind, compare_nodes, fail, unified
from credit_platform.engine.sql_select import quoted
from credit_platform.engine.vectors import Table, Vector


def comparison(c: Compiles, e: exp.Binary) -> Node:
    return compare_nodes(e, e.key, c.operand(e.left), c.operand(e.right))


def truth(c: Compiles, e: exp.Expr) -> Node:
    node = c.compile(e)
    if node.kind not in ("boolean", "null"):
        raise fail(e, f"kind {node.kind}", "a condition")
    return as_kind(node, "boolean")


def logic(c: Compiles, e: exp.Binary) -> Node:
    left, right = truth(c, e.left), truth(c, e.right)
    return folded(e, [left, right], every=isinstance(e, exp.And))


def not_(c: Compiles, e: exp.Not) -> Node:
    node = truth(c, e.this)

    def run(t: Table) -> Vector:
        vector = node.run(t)
        return Vector(~vector.values, vector.null)

    def one(r: Row) -> bool | None:
        value = node.one(r)
        return None if value is None else not value

    return Node("boolean", quoted(e), run, one)


def is_null(c: Compiles, e: exp.Is) -> Node:
    if not isinstance(e.expression, exp.Null):
        raise fail(e, "IS with a value", "IS [NOT] NULL")
    node = c.operand(e.this)

    def run(t: Table) -> Vector:
        null = node.run(t).null
        return Vector(null, np.zeros(t.size, dtype=np.bool_))

    return Node("boolean", quoted(e), run, lambda r: node.one(r) is None)


def folded(e: exp.Expr, conditions: list[Node], *, every: bool) -> Node:
    combine = sql_values.both if every else sql_values.either
    combine_one = sql_row_values.both if every else sql_row_values.either

    def run(t: Table) -> Vector:
        result = conditions[0].run(t)
        for condition in conditions[1:]:
            result = combine(result, condition.run(t))
        return result

    def one(r: Row) -> bool | None:
        result: bool | None = conditions[0].one(r)
        for condition in conditions[1:]:
            result = combine_one(result, condition.one(r))
        return result

    return Node("boolean", quoted(e), run, one)


def in_(c: Compiles, e: exp.In) -> Node:
    if not e.expressions or any(e.args.get(name) for name in ("query", "unnest", "field")):
        raise fail(e, "IN without a list", "IN (value, ...)")
    value = c.operand(e.this)
    nodes = [c.operand(item) for item in e.expressions]
    _, (value, *nodes) = unified(e, value, *nodes)
    return folded(e, [compare_nodes(e, "eq", value, node) for node in nodes], every=False)


def between(c: Compiles, e: exp.Between) -> Node:
    if e.args.get("symmetric"):
        raise fail(e, "SYMMETRIC", "BETWEEN low AND high")
    value, low, high = c.operand(e.this), c.operand(e.args["low"]), c.operand(e.args["high"])
    _, (value, low, high) = unified(e, value, low, high)
    return folded(e, [compare_nodes(e, "gte", value, low), compare_nodes(e, "lte", value, high)], every=True)
