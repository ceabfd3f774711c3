"""Builders of columns, literals, arithmetic and casts."""

import datetime as dt
import re

from sqlglot import exp

from credit_platform.engine import sql_row_values, sql_values
from credit_platform.engine.sql_casts import CASTS
from credit_platform.engine.sql_nodes import Compiles, Node, Row, as_kind, constant_node, fail, unified
from credit_platform.engine.sql_select import quoted
from credit_platform.engine.vectors import Kind, nulls

_NUMBERS: tuple[Kind, ...] = ("integer", "fixed", "double", "null")


def column(c: Compiles, e: exp.Column) -> Node:
    kind, name = c.input_kind(e), e.name.lower()
    return Node(kind, quoted(e), lambda t: t.column(name), lambda r: r[name])


def literal(c: Compiles, e: exp.Literal) -> Node:
    text = str(e.this)
    if e.is_string:
        return constant_node("text", text, e)
    if re.fullmatch(r"[0-9]{1,18}", text):
        return constant_node("integer", int(text), e)
    if re.fullmatch(r"[0-9]*\.[0-9]*", text):
        # Up to 15 digits an exact decimal and its double order and convert alike.
        if len(text.replace(".", "").lstrip("0")) > 15 or len(text.partition(".")[2]) > 22:
            raise fail(e, "more than 15 significant digits", "at most 15")
        return constant_node("fixed", float(text), e)
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+", text):
        return constant_node("double", float(text), e)
    raise fail(e, "an unknown spelling of a number", "digits such as 12, 0.5 or 1e-3")


def null(c: Compiles, e: exp.Null) -> Node:
    return Node("null", "null", lambda t: nulls("null", t.size), lambda r: None)


def boolean(c: Compiles, e: exp.Boolean) -> Node:
    return constant_node("boolean", bool(e.this), e)


def paren(c: Compiles, e: exp.Paren) -> Node:
    return c.compile(e.this)


def arithmetic(c: Compiles, e: exp.Binary) -> Node:
    left, right = c.operand(e.left), c.operand(e.right)
    if isinstance(e, exp.Sub) and left.kind == right.kind == "date":
        left, right = (Node("integer", each.sql, each.run, each.one) for each in (left, right))
    for node in (left, right):
        if node.kind not in _NUMBERS:
            raise fail(e, f"an operand of kind {node.kind}", "numbers, or date - date")
    operator, sql = e.key, quoted(e)
    if operator == "div":
        a, b = as_kind(left, "double"), as_kind(right, "double")
        divided = sql_row_values.of_two(sql_row_values.divide, a.one, b.one)
        return Node("double", sql, lambda t: sql_values.divide(a.run(t), b.run(t)), divided)
    kind, (a, b) = unified(e, left, right)
    if kind == "fixed":
        raise fail(e, "exact decimal arithmetic", "an operand cast to double precision")
    one = sql_row_values.arithmetic(operator, a.one, b.one, kind=kind, sql=sql)
    return Node(kind, sql, lambda t: sql_values.arithmetic(operator, a.run(t), b.run(t), kind=kind, sql=sql), one)


def signed(c: Compiles, e: exp.Expr) -> Node:
    node, operator, sql = c.operand(e.this), e.key, quoted(e)
    if node.kind not in _NUMBERS:
        raise fail(e, f"an operand of kind {node.kind}", "a number")
    if node.kind == "null":
        return node
    one = sql_row_values.signed(node.one, operator=operator, sql=sql)
    return Node(node.kind, sql, lambda t: sql_values.signed(node.run(t), operator=operator, sql=sql), one)


def cast(c: Compiles, e: exp.Cast) -> Node:
    target, sql = e.to.sql(dialect="duckdb"), quoted(e)
    if target == "DATE" and isinstance(e.this, exp.Literal) and e.this.is_string:
        return date(e)
    node = c.compile(e.this)
    found = CASTS.get((node.kind, target))
    if found is None:
        possible = sorted({to for kind, to in CASTS if kind == node.kind})
        raise fail(e, f"a cast from {node.kind} to {target}", f"a cast to one of {possible}")
    kind, cast = found

    def one(r: Row) -> object:
        value = node.one(r)
        return None if value is None else cast.one(value, sql)

    return Node(kind, sql, lambda t: cast.run(node.run(t), sql), one)


def date(e: exp.Cast) -> Node:
    text = str(e.this.this)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise fail(e, f"the date {text!r}", "YYYY-MM-DD")
    return constant_node("date", dt.date.fromisoformat(text).toordinal(), e)
