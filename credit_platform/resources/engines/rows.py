"""Frames to Arrow tables in the types of a warehouse table: the one conversion that both engines load from."""

from collections.abc import Iterator, Mapping

import pandas as pd
import pyarrow as pa

from credit_platform.resources.engines.base import Replacement, WarehouseError

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}
"""SQL types that a table of the platform's own may have."""


def arrow_tables(replacement: Replacement) -> Iterator[pa.Table]:
    """One table per frame that has rows, columns in the order of the definition; NaN, NaT, NA and None are null."""
    frames = [replacement.rows] if isinstance(replacement.rows, pd.DataFrame) else replacement.rows
    for frame in frames:
        if len(frame):
            yield _arrow_table(frame, replacement)


def _arrow_table(frame: pd.DataFrame, replacement: Replacement) -> pa.Table:
    name = ".".join(replacement.table)
    absent = [column for column in replacement.columns if column not in frame]
    if absent:
        raise WarehouseError(f"rows for {name} lack the columns {absent}; the table has {list(replacement.columns)}")
    arrays = {column: _array(frame[column], kind, f"{name}.{column}") for column, kind in replacement.columns.items()}
    return pa.table(arrays)


def _array(values: pd.Series, kind: str, where: str) -> pa.Array:
    if kind not in ARROW_TYPES:
        raise WarehouseError(f"column {where} has SQL type {kind!r}; both engines load {', '.join(ARROW_TYPES)}")
    try:
        return pa.array(values, from_pandas=True).cast(ARROW_TYPES[kind])
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise WarehouseError(
            f"values of {where} do not fit its SQL type {kind}: {error}; convert them before they are written"
        ) from error
