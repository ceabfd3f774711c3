"""Typed columns with null masks: the values that a feature program computes with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["integer", "fixed", "double", "text", "date", "boolean", "null"]
"""``fixed`` is SQL's exact decimal (a literal such as 0.5), kept apart because its arithmetic is not a double's."""

DTYPES: dict[Kind, type] = {
    "integer": np.int64,
    "fixed": np.float64,
    "double": np.float64,
    "text": np.object_,
    "date": np.int64,
    "boolean": np.bool_,
    "null": np.bool_,
}
"""A date is its proleptic ordinal, so that a difference of dates is a number of days."""

BLANKS: dict[Kind, object] = {
    "integer": 0,
    "fixed": 0.0,
    "double": 0.0,
    "text": "",
    "date": 1,
    "boolean": False,
    "null": False,
}
"""What stands under a null: harmless to compute with, never read."""


@dataclass(frozen=True, slots=True)
class Vector:
    """One column: values (n,) and null (n,) of bool; a value under a null means nothing."""

    values: np.ndarray
    null: np.ndarray


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns of one length; ``rows`` picks some of them, lazily, so that a CASE branch sees only its rows."""

    columns: Mapping[str, Vector]
    size: int
    rows: np.ndarray | None = None

    def column(self, name: str) -> Vector:
        vector = self.columns[name]
        if self.rows is None:
            return vector
        return Vector(vector.values[self.rows], vector.null[self.rows])

    def at(self, chosen: np.ndarray) -> "Table":
        """The table of these increasing row positions."""
        if len(chosen) == self.size:
            return self
        rows = chosen if self.rows is None else self.rows[chosen]
        return Table(columns=self.columns, size=len(chosen), rows=rows)


def nulls(kind: Kind, size: int) -> Vector:
    """A column of nothing but nulls."""
    return constant(kind, BLANKS[kind], size, is_null=True)


def constant(kind: Kind, value: object, size: int, *, is_null: bool = False) -> Vector:
    """A column that repeats one value."""
    values: np.ndarray = np.empty(size, dtype=DTYPES[kind])
    values[:] = value
    return Vector(values, np.full(size, is_null))
