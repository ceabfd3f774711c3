"""The result of a Postgres query as a frame: COPY to a temporary file, Arrow, then the pandas types of DuckDB."""

import tempfile
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import duckdb
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from credit_platform.resources.engines.base import WarehouseError

_ARROW_TYPES: Mapping[int, pa.DataType] = {
    16: pa.bool_(),
    19: pa.string(),  # name
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    25: pa.string(),  # text
    700: pa.float32(),
    701: pa.float64(),
    1043: pa.string(),  # varchar
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1700: pa.float64(),  # numeric: DuckDB's frames hold decimals as doubles too
    2950: pa.string(),  # uuid: text in a COPY
}
"""Type by Postgres's object id (pg_type.oid, the same in every server)."""
_UUID = 2950


def copied_frame(cursor: Any, sql: str, parameters: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of a query in its order. Fetching 68,654 x 50 values one by one takes several times as long as COPY."""
    query = cursor.mogrify(sql, parameters).decode()
    cursor.execute(f"select * from (\n{query}\n) as asked limit 0".replace("%", "%%"), ())
    asked = cursor.description
    types = [_arrow_type(column) for column in asked]
    # Numbers for names while reading: a query may give two columns one name, and Arrow tells types by name.
    positions = [str(position) for position in range(len(types))]
    with tempfile.TemporaryFile() as text:
        cursor.copy_expert(f"copy (\n{query}\n) to stdout with (format csv)", text)
        rows = _read(text, dict(zip(positions, types, strict=True)))
    frame: pd.DataFrame = duckdb.from_arrow(rows.rename_columns([column.name for column in asked])).df()
    for column in asked:
        if column.type_code == _UUID:
            frame[column.name] = frame[column.name].map(UUID, na_action="ignore")
    return frame


def _read(text: Any, types: dict[str, pa.DataType]) -> pa.Table:
    if not text.tell():
        return pa.schema(list(types.items())).empty_table()
    text.seek(0)
    return csv.read_csv(
        text,
        read_options=csv.ReadOptions(column_names=list(types)),
        # One null column makes an empty line, which is a row.
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _arrow_type(column: Any) -> pa.DataType:
    if column.type_code not in _ARROW_TYPES:
        raise WarehouseError(
            f"column {column.name!r} has Postgres type {column.type_code} (see pg_type.oid), which frames do not hold; "
            "cast it in the query to text, a number, a date, a timestamp without time zone or boolean"
        )
    return _ARROW_TYPES[column.type_code]
