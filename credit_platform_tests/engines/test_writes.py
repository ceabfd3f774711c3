"""What a write promises, on both engines: whole or not at all, and every value as it was."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from credit_platform.resources.warehouse import Replacement, Warehouse, WarehouseError

COLUMNS = {"name": "varchar", "rows": "bigint", "amount": "double precision", "day": "date", "is_new": "boolean"}
TRAPS = pd.DataFrame(
    {
        "name": ["plain", "", None, 'a "quote", a comma\nand\r\na line', "\\.", "\\N", "Żółć 漢字 🙂", "NULL"],
        "rows": [1, 2**62, -1, None, 5, 6, 7, 8],
        "amount": [0.1, 1 / 3, np.nan, np.inf, -np.inf, 5e-324, 1.7976931348623157e308, -0.0],
        "day": [dt.date(2022, 12, 1), None, *[dt.date(1, 1, 1), dt.date(9999, 12, 31)] * 3],
        "is_new": [True, False, None, *[True] * 5],
    }
).astype({"rows": "Int64"})


def rows_of(warehouse: Warehouse, portfolio: str) -> list[tuple[object, ...]]:
    found = warehouse.columns(portfolio, f'select * from {portfolio}_raw.t order by "name", rows')
    return list(zip(*found.values(), strict=True))


def put(warehouse: Warehouse, portfolio: str, names: list[str], where: dict[str, object] | None = None) -> None:
    rows = TRAPS.iloc[: len(names)].assign(name=names)
    warehouse.replace(portfolio, (f"{portfolio}_raw", "t"), columns=COLUMNS, rows=rows, where=where)


def test_every_value_comes_back_as_it_was(warehouse: Warehouse, portfolio: str) -> None:
    warehouse.replace(portfolio, (f"{portfolio}_raw", "t"), columns=COLUMNS, rows=TRAPS)
    found = warehouse.read(portfolio, f"select * from {portfolio}_raw.t").sort_values("rows", na_position="last")
    wanted = TRAPS.sort_values("rows", na_position="last")
    for column in ("name", "rows", "is_new"):
        assert found[column].astype(object).where(found[column].notna(), None).tolist() == [
            None if pd.isna(value) else value for value in wanted[column]
        ]
    assert found["amount"].to_numpy().tobytes() == wanted["amount"].to_numpy().tobytes()
    assert [None if pd.isna(day) else day.date() for day in found["day"]] == wanted["day"].tolist()


def test_both_engines_hand_out_the_same_frame(scratch: dict[str, Warehouse], portfolio: str) -> None:
    frames = []
    for warehouse in scratch.values():
        warehouse.replace(portfolio, (f"{portfolio}_raw", "t"), columns=COLUMNS, rows=TRAPS)
        listed = '*, "name" = ? as "is it?", 7 % 4 as remainder'
        sql = f'select {listed} from {portfolio}_raw.t -- why?\norder by "name", rows'
        frames.append(warehouse.read(portfolio, sql, ["plain"]))
    pd.testing.assert_frame_equal(*frames, check_exact=True)


def test_text_sorts_by_its_bytes(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["b", "A", "a", "_", "Z", "é"])
    assert [row[0] for row in rows_of(warehouse, portfolio)] == ["A", "Z", "_", "a", "b", "é"]


def test_a_file_in_chunks_is_one_write(warehouse: Warehouse, portfolio: str) -> None:
    chunks = (TRAPS.iloc[start : start + 3] for start in (0, 3, 6))
    warehouse.replace(portfolio, (f"{portfolio}_raw", "t"), columns=COLUMNS, rows=chunks)
    assert len(rows_of(warehouse, portfolio)) == len(TRAPS)


def test_a_write_that_fails_in_the_middle_leaves_the_old_rows(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["old", "older"])
    before, table = rows_of(warehouse, portfolio), (f"{portfolio}_raw", "t")

    def chunks() -> Iterator[pd.DataFrame]:
        yield TRAPS
        raise ConnectionResetError("the file's server went away")

    with pytest.raises(ConnectionResetError):
        warehouse.write(portfolio, [Replacement(table, COLUMNS, TRAPS), Replacement(table, COLUMNS, chunks())])
    with pytest.raises(WarehouseError, match=rf"values of {portfolio}_raw\.t\.rows do not fit its SQL type bigint"):
        warehouse.write(portfolio, [Replacement(table, COLUMNS, [TRAPS, TRAPS.assign(rows="many")])])
    assert rows_of(warehouse, portfolio) == before


def test_rows_replace_those_of_their_day_only(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["first", "undated"])
    put(warehouse, portfolio, ["corrected"], where={"day": dt.date(2022, 12, 1)})
    assert [row[0] for row in rows_of(warehouse, portfolio)] == ["corrected", "undated"]
    put(warehouse, portfolio, [], where={"day": None})
    assert [row[0] for row in rows_of(warehouse, portfolio)] == ["corrected"]
    put(warehouse, portfolio, ["appended"], where={})
    assert [row[0] for row in rows_of(warehouse, portfolio)] == ["appended", "corrected"]


def test_a_table_that_a_view_reads_is_replaced_under_it(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["old"])
    with warehouse.session(portfolio) as session:
        session.execute(f'create view {portfolio}_raw.v as select "name" from {portfolio}_raw.t')
    put(warehouse, portfolio, ["new", "newer"])
    found = warehouse.columns(portfolio, f"select * from {portfolio}_raw.v order by 1")
    assert found == {"name": ["new", "newer"]}


def test_a_table_whose_definition_changed_is_made_anew(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["old"])
    rows = pd.DataFrame({"rows": [1.0]})
    warehouse.replace(portfolio, (f"{portfolio}_raw", "t"), columns={"rows": "double precision"}, rows=rows)
    assert warehouse.types(portfolio, f"{portfolio}_raw", "t", columns=["rows"]) == {"rows": "decimal"}


def test_a_table_written_by_parts_gains_the_columns_of_a_later_definition(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["first", "undated"])
    table, wider = (f"{portfolio}_raw", "t"), {"note": "varchar", **COLUMNS, "rate": "double precision"}
    rows = TRAPS.iloc[:1].assign(name="later", note="new", rate=0.5)
    with warehouse.session(portfolio) as session:
        session.execute(f'create view {portfolio}_raw.v as select "name" from {portfolio}_raw.t')
    for where in ({"day": dt.date(2022, 12, 2)}, {}):
        warehouse.replace(portfolio, table, columns=wider, rows=rows, where=where)
    found = warehouse.columns(portfolio, f'select "name", note, rate from {portfolio}_raw.t order by "name", note')
    assert found == {
        "name": ["first", "later", "later", "undated"],
        "note": [None, "new", "new", None],
        "rate": [None, 0.5, 0.5, None],
    }
    put(warehouse, portfolio, ["narrow again"], where={"day": None})
    assert warehouse.columns(portfolio, f"select count(*) as n from {portfolio}_raw.v") == {"n": [4]}


def test_a_part_of_another_type_is_refused_before_anything_is_deleted(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["first", "undated"])
    before, day = rows_of(warehouse, portfolio), {"day": dt.date(2022, 12, 1)}
    found = rf"column 'rows' of {portfolio}_raw\.t: found type bigint, expected double.*materialise all its days again"
    with pytest.raises(WarehouseError, match=found):
        warehouse.replace(
            portfolio, (f"{portfolio}_raw", "t"), columns=COLUMNS | {"rows": "double precision"}, rows=TRAPS, where=day
        )
    assert rows_of(warehouse, portfolio) == before


def test_a_list_is_a_parameter_even_when_it_is_empty(warehouse: Warehouse, portfolio: str) -> None:
    put(warehouse, portfolio, ["dated", "undated"])
    other = "day is null or day not in (select unnest(cast(? as date[])))"
    sql = f"select count(*) as n from {portfolio}_raw.t where {other}"
    assert warehouse.columns(portfolio, sql, [[]]) == {"n": [2]}
    assert warehouse.columns(portfolio, sql, [[dt.date(2022, 12, 1)]]) == {"n": [1]}


def test_rows_without_a_column_are_refused(warehouse: Warehouse, portfolio: str) -> None:
    with pytest.raises(WarehouseError, match=r"lack the columns \['day'\]"):
        warehouse.replace(portfolio, (f"{portfolio}_raw", "t"), columns=COLUMNS, rows=TRAPS.drop(columns="day"))


def test_what_is_looked_for_has_an_index_on_postgres_however_often_it_is_written(
    scratch: dict[str, Warehouse], portfolio: str
) -> None:
    warehouse, table = scratch["postgres"], (f"{portfolio}_raw", "t")
    for where, rows in ((None, 8), ({"day": dt.date(1, 1, 1)}, 8), (None, 8), ({"day": None}, 8)):
        replacement = Replacement(table, COLUMNS, TRAPS.iloc[:rows], where=where, sought=["name", "rows"])
        warehouse.write(portfolio, [replacement, replacement])
        found = warehouse.columns(
            portfolio, "select indexdef from pg_indexes where schemaname = ? order by 1", [table[0]]
        )
        columns = [text.rpartition("(")[2] for text in found["indexdef"]]
        assert columns == [*(["day)"] if where else []), "name)", "rows)"], where
