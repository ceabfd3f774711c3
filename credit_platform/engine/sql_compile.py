"""Compiles one SQL expression into a function over typed columns; anything not listed here is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from credit_platform.engine import sql_choices as choices
from credit_platform.engine import sql_conditions as conditions
from credit_platform.engine import sql_scalars as scalars
from credit_platform.engine.errors import ProgramError
from credit_platform.engine.sql_nodes import Node, fail
from credit_platform.engine.sql_select import quoted
from credit_platform.engine.vectors import Kind

_PREDICATES = (exp.EQ, exp.NEQ, exp.LT, exp.GT, exp.LTE, exp.GTE, exp.Is, exp.In, exp.Between, exp.Not)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles expressions over inputs of known kinds."""

    inputs: Mapping[str, Kind]

    def compile(self, expression: exp.Expr) -> Node:
        """The expression as a Node. Raises ProgramError that names the part that is not supported."""
        build = _BUILDERS.get(type(expression))
        if build is None:
            raise ProgramError(
                f"feature program: {quoted(expression)} ({type(expression).__name__}) is not supported; "
                "allowed are columns, literals, + - * /, comparisons, and/or/not, between, in, is null, case, "
                "coalesce, nullif, least, greatest, abs, casts and differences of dates"
            )
        return build(self, expression)

    def operand(self, expression: exp.Expr) -> Node:
        """An operand. An unbracketed predicate is refused: SQL engines bind ``a = b is null`` differently."""
        if isinstance(expression, _PREDICATES):
            raise ProgramError(f"feature program: put brackets around {quoted(expression)}, its binding is ambiguous")
        return self.compile(expression)

    def input_kind(self, column: exp.Column) -> Kind:
        """Kind of the input that a column names. Raises ProgramError where there is none."""
        name = column.name.lower()
        if name not in self.inputs:
            raise fail(column, f"no input {name!r}", f"one of {sorted(self.inputs)}")
        return self.inputs[name]


_BUILDERS: dict[type[exp.Expr], Callable[..., Node]] = {
    exp.Column: scalars.column,
    exp.Literal: scalars.literal,
    exp.Null: scalars.null,
    exp.Boolean: scalars.boolean,
    exp.Paren: scalars.paren,
    exp.Add: scalars.arithmetic,
    exp.Sub: scalars.arithmetic,
    exp.Mul: scalars.arithmetic,
    exp.Div: scalars.arithmetic,
    exp.Neg: scalars.signed,
    exp.Abs: scalars.signed,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.GT, exp.LTE, exp.GTE), conditions.comparison),
    exp.And: conditions.logic,
    exp.Or: conditions.logic,
    exp.Not: conditions.not_,
    exp.Is: conditions.is_null,
    exp.In: conditions.in_,
    exp.Between: conditions.between,
    exp.Cast: scalars.cast,
    exp.Case: choices.case,
    exp.Coalesce: choices.coalesce,
    exp.Nullif: choices.nullif,
    exp.Least: choices.extreme,
    exp.Greatest: choices.extreme,
}
