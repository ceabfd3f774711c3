"""Two warehouses row by row: which table, which key, which column, and both values of every first difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import pandas as pd

from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse

TOLERANCE = 1e-9
"""Largest relative (below 1: absolute) difference of two floats that count as equal."""
CLOCK = "recorded_at"
SHOWN = 5


@dataclass(frozen=True)
class Compared:
    """One table of both warehouses: its rows, and in words how they differ (nothing if they are equal)."""

    table: str
    rows: int
    differences: tuple[str, ...]


def compare(use_case: UseCase, ours: Warehouse, theirs: Warehouse, *, schemas: Sequence[str]) -> list[Compared]:
    """Every table and view of these schemas; one that only one warehouse has is a difference too."""
    both = [set(tables(use_case, warehouse, schemas)) for warehouse in (ours, theirs)]
    alone = [Compared(table, 0, ("only one of the warehouses has it",)) for table in sorted(both[0] ^ both[1])]
    return alone + [_compared(use_case, ours, theirs, table) for table in sorted(both[0] & both[1])]


def tables(use_case: UseCase, warehouse: Warehouse, schemas: Sequence[str]) -> list[str]:
    """``schema.table`` of every table and view."""
    listed = ", ".join("?" for _ in schemas)
    sql = f"select table_schema, table_name from information_schema.tables where table_schema in ({listed})"
    found = warehouse.columns(use_case.name, sql, list(schemas))
    return [".".join(pair) for pair in zip(*found.values(), strict=True)]


def _compared(use_case: UseCase, ours: Warehouse, theirs: Warehouse, table: str) -> Compared:
    left, right = (_rows(use_case, warehouse, table) for warehouse in (ours, theirs))
    return Compared(table, len(left), tuple(differences(left, right)))


def _rows(use_case: UseCase, warehouse: Warehouse, table: str) -> pd.DataFrame:
    return warehouse.read(use_case.name, f"select * from {table}").drop(columns=CLOCK, errors="ignore")


def differences(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """How two tables differ, rows matched by key; at most ``SHOWN`` cells a column."""
    if list(ours) != list(theirs) or len(ours) != len(theirs):
        return [f"{len(ours)} rows of {list(ours)} against {len(theirs)} rows of {list(theirs)}"]
    if kinds := [f"{c}: {ours[c].dtype} against {theirs[c].dtype}" for c in ours if ours[c].dtype != theirs[c].dtype]:
        return kinds
    key = key_of(ours)
    # All columns, the key first: rows whose key is not unique still meet their like.
    order = list(dict.fromkeys([*key, *ours]))
    left, right = (frame.sort_values(order, key=_sortable) for frame in (ours, theirs))
    return list(chain.from_iterable(_cells(name, left, right, key) for name in ours))


def key_of(frame: pd.DataFrame) -> list[str]:
    """One column, else two, that tell every row apart; else every column that is not a float."""
    exact = [name for name in frame if frame[name].dtype != np.float64]
    for width in (1, 2):
        for names in combinations(exact, width):
            if not frame.duplicated(list(names)).any():
                return list(names)
    return exact


def _sortable(values: pd.Series) -> pd.Series:
    return values.astype(str) if values.dtype == object else values


def _cells(name: str, ours: pd.DataFrame, theirs: pd.DataFrame, key: list[str]) -> list[str]:
    unequal = np.flatnonzero(~_equal(ours[name].reset_index(drop=True), theirs[name].reset_index(drop=True)))
    return [
        f"{name} of {dict(ours[key].iloc[row])}: {ours[name].iloc[row]!r} against {theirs[name].iloc[row]!r}"
        f" ({len(unequal)} rows)"
        for row in unequal[:SHOWN]
    ]


def _equal(ours: pd.Series, theirs: pd.Series) -> np.ndarray:
    nothing = (ours.isna() & theirs.isna()).to_numpy()
    if ours.dtype == np.float64:
        return nothing | np.isclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
    same: np.ndarray = (ours == theirs).fillna(False).to_numpy(dtype=bool)
    return nothing | same
