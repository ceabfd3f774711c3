"""The engine evaluates a feature program as DuckDB does, byte for byte."""

import math
import struct
from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from credit_platform_tests.engine.duck import database, duck_doubles, engine_vector, random_columns, row_values

ROWS = random_columns(400, seed=11)
ROWS_ALONE = 60


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = database(ROWS)
    yield connection
    connection.close()


def assert_same_bytes(connection: duckdb.DuckDBPyConnection, expression: str) -> None:
    expected, expected_null = duck_doubles(connection, expression)
    found = engine_vector(ROWS, expression)
    assert np.array_equal(found.null, expected_null), expression
    ours = np.where(found.null, 0.0, found.values.astype(np.float64))
    # Every NaN is one missing value: its sign and payload carry nothing.
    ours, theirs = (np.where(np.isnan(v), np.nan, v) for v in (ours, expected))
    differing = np.flatnonzero(ours.view(np.int64) != theirs.view(np.int64))
    assert len(differing) == 0, f"{expression}: rows {differing[:5]}: {ours[differing[:5]]} {theirs[differing[:5]]}"
    for row, value in enumerate(row_values(ROWS, expression, rows=ROWS_ALONE)):
        alone = None if value is None else struct.pack("d", math.nan if np.isnan(value) else value)
        assert alone == (None if found.null[row] else struct.pack("d", ours[row])), f"{expression}: row {row} alone"


NUMERIC = [
    "amount + share", "amount - share * 3", "-amount / share", "days / loans", "days * loans - 7", "amount / 0",
    "days / 0", "amount / nullif(share, 0)", "amount * 0.1", "days / 2.5", "cast(days as double precision) * 0.1",
    "abs(amount) + abs(days)", "due - opened", "(due - opened) / nullif(days, 0)",
    "opened - date '2021-01-01'", "coalesce(amount, share, 0)", "coalesce(days, 0.5)", "least(amount, share, days)",
    "greatest(amount, null, share)", "least(days, 0.5)", "greatest(days, loans)", "nullif(days, 1)",
    "nullif(days, 0.5)",
    "case when amount > share then amount when days is null then 1 else 0.5 end",
    "case lender when 'A' then 1 when 'B' then 2.5 end", "case when amount > 0 and not is_new then 1 else 0 end",
    "case when lender in ('A', 'Ünï') or kind is null then days end",
    "case when lender not in ('A', null) then 1 else 0 end", "case when lender in ('A', null) then 1 else 0 end",
    "case when amount not between share and 10 then 1 else 0 end", "case when days between 0 and 2 then 1 end",
    "case when lender < kind then 1 when lender >= kind then 2 end", "case when due > opened then 1 else 0 end",
    "cast(amount as integer)", "cast(amount / 7 as bigint)", "cast(is_new as integer)",
    "cast(is_new as double precision)",
    "case when is_new = true then 1 when is_new is not null then 2 end", "cast(amount > share as integer)",
    "case when share <> 0 then cast(amount / share / 1e12 as integer) end", "amount * 1e-3 + 2e2",
    "case when coalesce(is_new, false) or null then 1 else 0 end", "ifnull(amount, -1)", "null + days",
    "(amount + share) * (amount - share)", "case when cast(days as varchar) = '3' then 1 else 0 end",
    "case when cast(opened as varchar) > '2022-01-01' then 1 else 0 end",
]  # fmt: skip


@pytest.mark.parametrize("expression", NUMERIC)
def test_an_expression_gives_the_doubles_of_duckdb(duck: duckdb.DuckDBPyConnection, expression: str) -> None:
    assert_same_bytes(duck, expression)


@pytest.mark.parametrize(
    "expression",
    ["lender", "coalesce(kind, lender, 'none')", "case when days > 0 then lender else kind end", "nullif(kind, 'A')",
     "least(lender, kind)", "greatest(lender, kind, 'B')", "cast(days as varchar)", "cast(is_new as varchar)",
     "cast(due as varchar)"],
)  # fmt: skip
def test_a_category_is_the_text_of_duckdb(duck: duckdb.DuckDBPyConnection, expression: str) -> None:
    expected = [row[0] for row in duck.execute(f"select {expression} from inputs order by row_number").fetchall()]
    found = engine_vector(ROWS, expression, kind="category")
    assert [None if null else text for text, null in zip(found.values, found.null, strict=True)] == expected
    assert row_values(ROWS, expression, rows=ROWS_ALONE, kind="category") == expected[:ROWS_ALONE]


doubles = st.sampled_from(["amount", "share", "cast(days as double precision)", "1e-1", "amount", "2e0", "0e0"])
integers = st.sampled_from(["days", "loans", "2", "0", "(due - opened)"])
texts = st.sampled_from(["lender", "kind", "'A'", "coalesce(lender, 'B')"])
dates = st.sampled_from(["opened", "due", "date '2021-06-30'"])


def compound(number: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    either = st.one_of(number, integers)
    compared = st.builds("({} {} {})".format, either, st.sampled_from(["=", "<>", "<", ">", "<=", ">="]), either)
    condition = st.one_of(
        compared,
        st.builds("({} {} {})".format, texts, st.sampled_from(["=", "<", ">="]), texts),
        st.builds("({} < {})".format, dates, dates),
        st.builds("({} is null)".format, either),
        st.builds("({} in ({}, {}, null))".format, number, number, number),
        st.builds("({} between {} and {})".format, number, number, either),
        st.builds("(not ({} = {}))".format, number, number),
        st.just("is_new"),
    )
    logic = st.builds("({} {} {})".format, condition, st.sampled_from(["and", "or"]), condition)
    return st.one_of(
        st.builds("({} {} {})".format, number, st.sampled_from(["+", "-", "*", "/"]), either),
        st.builds("(- {})".format, number),
        st.builds("abs({})".format, number),
        st.builds("coalesce({}, {})".format, number, number),
        st.builds("nullif({}, {})".format, number, either),
        st.builds("least({}, {}, {})".format, number, either, number),
        st.builds("greatest({}, {})".format, number, either),
        st.builds("case when {} then {} when {} then {} else {} end".format, logic, number, condition, either, number),
    )


@seed(20221130)
@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(expression=st.recursive(doubles, compound, max_leaves=10))
def test_generated_expressions_give_the_doubles_of_duckdb(duck: duckdb.DuckDBPyConnection, expression: str) -> None:
    assert_same_bytes(duck, expression)
