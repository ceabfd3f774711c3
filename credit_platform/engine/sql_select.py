"""Finds the one row-wise SELECT of a feature program and refuses everything that looks beyond its row."""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from credit_platform.engine.errors import ProgramError

_BEYOND_A_ROW: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.Join, "a join"),
    (exp.Window, "a window"),
    (exp.AggFunc, "an aggregate"),
    (exp.Subquery, "a subquery"),
    (exp.SetOperation, "a set operation"),
)
_PLAIN_ARGS = {"expressions", "from_", "with_", "kind", "operation_modifiers"}
ADVICE = (
    "a feature program is one row-wise SELECT over its inputs; move joins, windows and aggregates into the inputs model"
)


def projections(sql: str) -> dict[str, exp.Expr]:
    """Output name (lower case) -> expression of the one row-wise SELECT in ``sql`` (DuckDB dialect).

    Tolerated around it, as dbt models are written: import CTEs ``with x as (select * from t)`` before it, and a last
    ``select * from final`` that passes it on. Raises ProgramError naming the expression otherwise.
    """
    root = _parse(sql)
    for kind, name in _BEYOND_A_ROW:
        found = root.find(kind)
        if found is not None:
            raise ProgramError(f"feature program: found {name}, {quoted(found)}; {ADVICE}")
    selects = [cte.this for cte in root.ctes] + [root]
    for select in selects:
        _refuse_clauses(select)
    working = [select for select in selects if not _passes_on(select)]
    if len(working) != 1:
        raise ProgramError(f"feature program: found {len(working)} SELECTs that compute, expected one; {ADVICE}")
    return dict(_named(working[0]))


def _parse(sql: str) -> exp.Select:
    try:
        statements = [statement for statement in sqlglot.parse(sql, dialect="duckdb") if statement is not None]
    except SqlglotError as error:
        raise ProgramError(f"feature program: not valid SQL: {error}; {ADVICE}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        kinds = [type(statement).__name__ for statement in statements]
        raise ProgramError(f"feature program: found statements {kinds}, expected one SELECT; {ADVICE}")
    return statements[0]


def _refuse_clauses(select: exp.Expr) -> None:
    if not isinstance(select, exp.Select):
        raise ProgramError(f"feature program: found {quoted(select)}; {ADVICE}")
    extra = sorted(name for name, value in select.args.items() if value and name not in _PLAIN_ARGS)
    if extra or select.args.get("from_") is None:
        raise ProgramError(f"feature program: a SELECT holds {extra or 'no FROM'}, expected columns and FROM; {ADVICE}")
    source = select.args["from_"].this
    if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
        raise ProgramError(f"feature program: reads from {quoted(source)}, expected a table; {ADVICE}")


def _passes_on(select: exp.Select) -> bool:
    return len(select.expressions) == 1 and isinstance(select.expressions[0], exp.Star)


def _named(select: exp.Select) -> Iterator[tuple[str, exp.Expr]]:
    seen: set[str] = set()
    for projection in select.expressions:
        name = projection.alias_or_name.lower()
        if not name or name == "*":
            raise ProgramError(f"feature program: {quoted(projection)} has no name; write '... as name'")
        if name in seen:
            raise ProgramError(f"feature program: column {name!r} is computed twice; keep one of them")
        seen.add(name)
        yield name, projection.unalias()


def quoted(expression: exp.Expr) -> str:
    """The expression as SQL, short enough for an error."""
    text = expression.sql(dialect="duckdb")
    return repr(text if len(text) <= 120 else text[:117] + "...")
