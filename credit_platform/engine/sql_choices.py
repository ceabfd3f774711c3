"""Builders of the expressions that choose a value: case, coalesce, nullif, least and greatest."""

import numpy as np
from sqlglot import exp

from credit_platform.engine import sql_row_values, sql_values
from credit_platform.engine.sql_conditions import truth
from credit_platform.engine.sql_nodes import Compiles, Node, Row, compare_nodes, unified
from credit_platform.engine.sql_select import quoted
from credit_platform.engine.vectors import Kind, Table, Vector, nulls


def case(c: Compiles, e: exp.Case) -> Node:
    subject = c.operand(e.this) if e.this is not None else None
    conditions: list[Node] = []
    for branch in e.args["ifs"]:
        if subject is None:
            conditions.append(truth(c, branch.this))
        else:
            conditions.append(compare_nodes(branch.this, "eq", subject, c.operand(branch.this)))
    default = e.args.get("default") or exp.Null()
    values = [c.compile(branch.args["true"]) for branch in e.args["ifs"]]
    kind, nodes = unified(e, *values, c.compile(default))
    return Node(
        kind, quoted(e), lambda t: choose(t, kind, conditions, nodes), lambda r: choose_one(r, conditions, nodes)
    )


def choose(table: Table, kind: Kind, conditions: list[Node], values: list[Node]) -> Vector:
    """Each value is computed only for the rows that take it, so a guarded cast or product cannot fail."""
    out = nulls(kind, table.size)
    left_over = np.arange(table.size)
    for position, value in enumerate(values):
        if position < len(conditions):
            verdict = conditions[position].run(table.at(left_over))
            hit = verdict.values & ~verdict.null
        else:
            hit = np.ones(len(left_over), dtype=np.bool_)
        chosen, left_over = left_over[hit], left_over[~hit]
        if len(chosen):
            part = value.run(table.at(chosen))
            out.values[chosen], out.null[chosen] = part.values, part.null
        if not len(left_over):
            break
    return out


def choose_one(row: Row, conditions: list[Node], values: list[Node]) -> object:
    """The same for one row: what it does not take is not computed."""
    for condition, value in zip(conditions, values, strict=False):
        if condition.one(row):
            return value.one(row)
    return values[-1].one(row)


def coalesce(c: Compiles, e: exp.Expr) -> Node:
    kind, nodes = unified(e, *(c.compile(item) for item in [e.this, *e.expressions]))

    def run(t: Table) -> Vector:
        out = nulls(kind, t.size)
        empty = np.arange(t.size)
        for node in nodes:
            part = node.run(t.at(empty))
            out.values[empty], out.null[empty] = part.values, part.null
            empty = empty[part.null]
            if not len(empty):
                break
        return out

    def one(r: Row) -> object:
        return next((value for node in nodes if (value := node.one(r)) is not None), None)

    return Node(kind, quoted(e), run, one)


def nullif(c: Compiles, e: exp.Nullif) -> Node:
    left, right = c.compile(e.this), c.compile(e.expression)
    same = compare_nodes(e, "eq", left, right)

    def run(t: Table) -> Vector:
        value, verdict = left.run(t), same.run(t)
        return Vector(value.values, value.null | (verdict.values & ~verdict.null))

    def one(r: Row) -> object:
        value = left.one(r)
        return None if same.one(r) else value

    return Node(left.kind, quoted(e), run, one)


def extreme(c: Compiles, e: exp.Expr) -> Node:
    kind, nodes = unified(e, *(c.compile(item) for item in [e.this, *e.expressions]))
    largest, less = isinstance(e, exp.Greatest), sql_row_values.comparison("lt", kind)

    def run(t: Table) -> Vector:
        result = nodes[0].run(t)
        for node in nodes[1:]:
            result = sql_values.extreme(result, node.run(t), kind=kind, largest=largest)
        return result

    def one(r: Row) -> object:
        result = nodes[0].one(r)
        for node in nodes[1:]:
            result = sql_row_values.extreme(result, node.one(r), less=less, largest=largest)
        return result

    return Node(kind, quoted(e), run, one)
