"""What a feature program may hold, and what it tells when it holds more."""

import datetime as dt

import numpy as np
import pytest

from credit_platform.contracts.release import Feature
from credit_platform.engine.columns import build_rows, build_table
from credit_platform.engine.errors import InputError, ProgramError
from credit_platform.engine.feature_program import compile_program
from credit_platform_tests.engine.duck import TYPES

V = (Feature(name="v", kind="numeric"),)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select amount as v from a join b on a.x = b.x", "a join"),
        ("select amount as v from a, b", "a join"),
        ("select sum(amount) over () as v from a", "a window"),
        ("select max(amount) as v from a", "an aggregate"),
        ("select (select 1) as v from a", "a subquery"),
        ("select case when days in (select 1) then 1 end as v from a", "IN without a list|found .* SELECT|subquery"),
        ("select amount as v from a union all select amount as v from a", "one SELECT"),
        ("select amount as v from a where days > 1", "where"),
        ("select distinct amount as v from a", "distinct"),
        ("select amount as v from a order by 1", "order"),
        ("select amount as v from a; drop table a", "one SELECT"),
        ("drop table a", "one SELECT"),
        ("select amount as v from (select * from a)", "subquery"),
        ("select ln(amount) as v from a", r"LN\(amount\)"),
        ("select foo(amount) as v from a", r"FOO\(amount\)"),
        ("select days % 2 as v from a", "not supported"),
        ("select days // 2 as v from a", "not supported"),
        ("select current_date - opened as v from a", "CURRENT_DATE"),
        ("select try_cast(lender as integer) as v from a", "not supported"),
        ("select cast(lender as double precision) as v from a", "a cast from text to DOUBLE"),
        ("select cast(amount as real) as v from a", "a cast from double to REAL"),
        ("select days * 0.1 as v from a", "exact decimal arithmetic"),
        ("select days + is_new as v from a", "kind boolean"),
        ("select case when days then 1 end as v from a", "expected a condition"),
        ("select case when lender = 1 then 1 end as v from a", "add an explicit cast"),
        ("select case when days < loans < 3 then 1 end as v from a", "put brackets"),
        ("select nowhere as v from a", "no input 'nowhere'"),
        ("select amount from a", "features \\['v'\\] are not computed"),
        ("select amount as v, days as v from a", "computed twice"),
        ("select lender as v from a", "of kind text"),
        ("select * from a", "0 SELECTs that compute"),
        ("select 1.2345678901234567 * amount as v from a", "15 significant digits"),
        ("select amount v w from a", "not valid SQL"),
        ("select amount as v", "no FROM"),
    ],
)
def test_anything_beyond_one_row_wise_select_is_refused_by_name(sql: str, told: str) -> None:
    with pytest.raises(ProgramError, match=told):
        compile_program(sql, V, inputs=TYPES)


@pytest.mark.parametrize(
    "sql",
    [
        "select amount + 1 as v from a",
        'with inputs as (select * from "db"."schema"."t") select inputs.amount + 1 as v from inputs',
        "with i as (select * from t), final as (select amount + 1 as v from i) select * from final",
        "SELECT AMOUNT + 1 AS V FROM a -- a comment",
    ],
)
def test_the_shapes_that_dbt_models_have_are_accepted(sql: str) -> None:
    program = compile_program(sql, V, inputs=TYPES)
    table = build_table({"amount": [1.5, None]}, types=program.inputs, size=2)
    assert dict(program.inputs) == {"amount": "decimal"}
    assert program.values(table)[0].values[0] == 2.5
    assert program.values(table)[0].null.tolist() == [False, True]


def test_columns_that_are_no_feature_of_the_release_are_never_computed() -> None:
    program = compile_program("select amount as v, foo(days) as w, opened from a", V, inputs=TYPES)
    assert dict(program.inputs) == {"amount": "decimal"}


def test_a_guarded_cast_is_computed_only_where_its_guard_holds() -> None:
    sql = "select case when share > 0 then cast(amount / share as integer) else -1 end as v from a"
    program = compile_program(sql, V, inputs=TYPES)
    table = build_table({"amount": [10.0, 10.0], "share": [4.0, 0.0]}, types=program.inputs, size=2)
    assert program.values(table)[0].values.tolist() == [2, -1]


@pytest.mark.parametrize("sql", ["days * loans", "days + loans", "cast(days as integer)", "-days - loans"])
def test_an_integer_overflow_is_refused_instead_of_wrapped(sql: str) -> None:
    program = compile_program(f"select {sql} as v from a", V, inputs=TYPES)
    inputs: dict[str, list[object]] = {"days": [2**63 - 1], "loans": [2**63 - 1]}
    with pytest.raises(InputError, match="64 bits|does not fit"):
        program.values(build_table(inputs, types=program.inputs, size=1))
    with pytest.raises(InputError, match="64 bits|does not fit"):
        program.encoded_inputs(inputs, size=1)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("amount", "1.5", "str"), ("amount", float("nan"), "NaN"), ("amount", True, "bool"), ("days", 1.0, "float"),
        ("days", 2**63, "int"), ("days", True, "bool"), ("lender", 5, "int"), ("opened", "2022-01-01", "str"),
        ("opened", dt.datetime(2022, 1, 1), "datetime"), ("is_new", 1, "int"),
    ],
)  # fmt: skip
def test_an_input_of_another_type_is_refused_without_quoting_it(name: str, value: object, found: str) -> None:
    with pytest.raises(InputError, match=f"input '{name}', row 1: found a {found}"):
        build_table({name: [None, value]}, types={name: TYPES[name]}, size=2)
    with pytest.raises(InputError, match=f"input '{name}', row 1: found a {found}"):
        build_rows({name: [None, value]}, types={name: TYPES[name]}, size=2)


def test_a_missing_input_is_named() -> None:
    with pytest.raises(InputError, match=r"inputs \['days'\] are missing"):
        build_table({"amount": [1.0]}, types={"amount": "decimal", "days": "integer"}, size=1)


def test_encoding_codes_categories_and_warns_of_what_training_never_saw() -> None:
    features = (
        Feature(name="lender", kind="category", categories=("North", "South")),
        Feature(name="amount", kind="numeric", minimum=0.1, maximum=10.0),
    )
    program = compile_program("select lender, amount from a", features, inputs=TYPES)
    inputs: dict[str, list[object]] = {"lender": ["South", "X", None], "amount": [0.1, 1e300, None]}
    encoded = program.encoded(build_table(inputs, types=program.inputs, size=3))
    assert encoded.matrix.dtype == np.float32
    assert encoded.matrix[0].tolist() == [1.0, np.float32(0.1)]
    assert np.isnan(encoded.matrix[1, 0])
    assert encoded.matrix[1, 1] == np.finfo(np.float32).max
    assert np.isnan(encoded.matrix[2]).all()
    assert encoded.warnings[0] == ()
    assert encoded.warnings[1][0] == "lender: 'X' was not seen in training"
    alone = program.encoded_inputs(inputs, size=3)
    assert (alone.matrix.tobytes(), alone.warnings) == (encoded.matrix.tobytes(), encoded.warnings)
    assert encoded.warnings[1][1].startswith("amount: 1e+300 is out of training range [0.1, 10]")
    assert encoded.warnings[2] == ()
