"""The contract as a schema: what it accepts, and contracts that make no sense."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pytest

from credit_platform.contracts.source import Column, FileLayout, RowRule, Source
from credit_platform.sources import SourceError, contract_schema, read_once
from credit_platform.sources.conversion import typed
from credit_platform_tests.sources.samples import ONCE, row, rows, write


def _source(*columns: Column, **fields: object) -> Source:
    return Source.model_validate(
        {"name": "s", "role": "reference", "layouts": [FileLayout(path="s.csv")], "columns": columns, **fields}
    )


def test_accepted_rows_satisfy_the_schema_and_changed_ones_do_not(tmp_path: Path) -> None:
    write(tmp_path, "book.csv", [*rows(50), row(99, term="x")])
    good = read_once(ONCE, str(tmp_path)).rows.drop(columns=["source_file", "source_line"])
    schema = contract_schema(ONCE)
    assert len(schema.validate(good, lazy=True)) == 50
    with pytest.raises(pa.errors.SchemaErrors):
        schema.validate(good.assign(amount=-1.0), lazy=True)


def test_the_gate_stays_shut_where_pandera_is_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pandera.config.CONFIG.validation_enabled", False)
    write(tmp_path, "book.csv", [*rows(50), row(99, amount="-1")])
    assert read_once(ONCE, str(tmp_path)).bad_rows == 1


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (Column(name="a", type="text", minimum=0), "found a range on a text"),
        (Column(name="a", type="integer", allowed=("1", "two")), r"found allowed values \['1', 'two'\]"),
    ],
)
def test_a_column_that_makes_no_sense_is_an_error_of_the_contract(column: Column, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        contract_schema(_source(column))


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("r", ("b",), r"rule 'r': found columns \['b'\], expected some of \['a'\]"),
        ("r", (), r"rule 'r': found columns \[\]"),
        ("type", ("a",), "found a rule named 'type'"),
    ],
)
def test_a_rule_that_makes_no_sense_is_an_error_of_the_contract(
    name: str, columns: tuple[str, ...], message: str
) -> None:
    rule = RowRule(name=name, expression="a > 0", columns=columns)
    with pytest.raises(SourceError, match=message):
        contract_schema(_source(Column(name="a", type="integer"), rules=[rule]))


def test_a_rule_that_cannot_be_evaluated_is_an_error_and_not_a_pass(tmp_path: Path) -> None:
    rule = RowRule(name="r", expression="a > nowhere", columns=("a",))
    write(tmp_path, "s.csv", ["1"], header="a")
    with pytest.raises(SourceError, match="its contract cannot be evaluated.*nowhere"):
        read_once(_source(Column(name="a", type="integer"), rules=[rule]), str(tmp_path))


def test_a_day_column_must_be_a_date() -> None:
    with pytest.raises(SourceError, match="found day_column 'a' of type integer, expected a date column"):
        contract_schema(_source(Column(name="a", type="integer"), day_column="a"))


def test_a_series_of_columns_may_have_empty_cells_but_not_lack_a_column(tmp_path: Path) -> None:
    wide = _source(Column(name="k", type="text"), Column(name="Y{}", type="decimal", required=False, series=(1, 3)))
    write(tmp_path, "s.csv", ["a,1,,3"], header="k,Y1,Y2,Y3")
    assert read_once(wide, str(tmp_path)).rows[["y1", "y2", "y3"]].isna().values.tolist() == [[False, True, False]]
    write(tmp_path, "s.csv", ["a,1,2"], header="k,Y1,Y2")
    assert "line 1 column Y3: found no such column" in (read_once(wide, str(tmp_path)).refusal or "")


def test_missing_values_of_a_unique_column_are_not_duplicates(tmp_path: Path) -> None:
    source = _source(Column(name="a", type="integer", unique=True, required=False), Column(name="b", type="text"))
    write(tmp_path, "s.csv", [",x", ",x", "1,x", "2,x"], header="a,b")
    assert len(read_once(source, str(tmp_path)).rows) == 4


@pytest.mark.parametrize(
    ("kind", "texts", "expected"),
    [
        ("integer", ["7", "+7", "007", "-7.0", "7.", " 7 "], [7, 7, 7, -7, 7, 7]),
        ("integer", ["7.5", "1e3", "٧", "0x1A", "--7"], [None] * 5),
        ("decimal", ["1.5", "+1.5", ".5", "5.", "-1e-3", "1E2"], [1.5, 1.5, 0.5, 5.0, -0.001, 100.0]),
        ("decimal", ["1,5", "Infinity", "-inf", "NaN", "1 000", "٣"], [None] * 6),
        ("boolean", ["true", "No", "1", "F"], [True, False, True, False]),
        ("boolean", ["maybe", "2"], [None] * 2),
        ("date", ["now", "today", "２０２２-12-01", "2022-02-30", "20221201"], [None] * 5),
    ],
)
def test_a_cell_is_its_type_or_is_called_wrong(kind: str, texts: list[str], expected: list[object]) -> None:
    column = Column.model_validate({"name": "c", "type": kind})
    result = typed(pd.Series(texts, dtype=object), column)
    assert [None if pd.isna(value) else value for value in result.values] == expected
    assert result.wrong.tolist() == [value is None for value in expected]


def test_a_date_follows_the_format_of_its_column() -> None:
    column = Column(name="c", type="date", date_format="%m/%d/%Y")
    result = typed(pd.Series(["1/2/2013", "12/31/2013", "31/12/2013"], dtype=object), column)
    assert result.values.dt.strftime("%Y-%m-%d").tolist()[:2] == ["2013-01-02", "2013-12-31"]
    assert result.wrong.tolist() == [False, False, True]
