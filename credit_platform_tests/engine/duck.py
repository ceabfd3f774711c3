"""Random rows with nulls, and DuckDB's own answer to the same SELECT."""

import datetime as dt
import random
from functools import cache
from typing import Any

import duckdb
import numpy as np

from credit_platform.contracts.release import Feature
from credit_platform.contracts.source import ColumnType
from credit_platform.engine.columns import build_rows, build_table
from credit_platform.engine.feature_program import Program, compile_program
from credit_platform.engine.vectors import Vector

TYPES: dict[str, ColumnType] = {
    "amount": "decimal",
    "share": "decimal",
    "days": "integer",
    "loans": "integer",
    "lender": "text",
    "kind": "text",
    "opened": "date",
    "due": "date",
    "is_new": "boolean",
}
_SQL = {"decimal": "double", "integer": "bigint", "text": "varchar", "date": "date", "boolean": "boolean"}
_NUMBERS = [0.0, -0.0, 1.0, 0.1, 0.5, 2.5, -3.5, 1e-9, 1e9, 123456.789]


def random_columns(rows: int, *, seed: int) -> dict[str, list[object]]:
    """Columns of TYPES with about one null in six, plus ties, zeros and signs of both kinds."""
    rng = random.Random(seed)

    def value(kind: ColumnType) -> object:
        if rng.random() < 0.16:
            return None
        if kind == "decimal":
            return rng.choice([*_NUMBERS, rng.uniform(-1e6, 1e6), rng.gauss(0, 1)])
        if kind == "integer":
            return rng.choice([0, 1, 2, 3, -5, rng.randint(-10_000, 10_000)])
        if kind == "text":
            return rng.choice(["A", "B", "a", "", "Ünï", "Repeat Loan"])
        if kind == "date":
            return dt.date(2020, 1, 1) + dt.timedelta(days=rng.randint(0, 1500))
        return rng.random() < 0.5

    return {name: [value(kind) for _ in range(rows)] for name, kind in TYPES.items()}


def database(columns: dict[str, list[object]]) -> duckdb.DuckDBPyConnection:
    """The columns as table ``inputs`` of a database in memory, in row order."""
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    declared = ", ".join(f"{name} {_SQL[kind]}" for name, kind in TYPES.items())
    connection.execute(f"create table inputs (row_number bigint, {declared})")
    rows = list(zip(range(len(columns["amount"])), *columns.values(), strict=True))
    connection.executemany(f"insert into inputs values ({', '.join('?' * (len(TYPES) + 1))})", rows)
    return connection


def duck_doubles(connection: duckdb.DuckDBPyConnection, expression: str) -> tuple[np.ndarray, np.ndarray]:
    """Values (n,) float64 and nulls (n,) of a numeric expression."""
    query = f"select cast({expression} as double) as v from inputs order by row_number"
    found = connection.execute(query).fetchall()
    null = np.array([row[0] is None for row in found])
    return np.array([0.0 if row[0] is None else row[0] for row in found]), null


def engine_vector(columns: dict[str, list[object]], expression: str, *, kind: str = "numeric") -> Vector:
    """The engine's value of one expression over the same rows."""
    program = _program(expression, kind)
    size = len(columns["amount"])
    return program.values(build_table(columns, types=program.inputs, size=size))[0]


def row_values(columns: dict[str, list[object]], expression: str, *, rows: int, kind: str = "numeric") -> list[Any]:
    """The engine's value of one expression for each of the first rows by itself."""
    program = _program(expression, kind)
    first = {name: values[:rows] for name, values in columns.items()}
    return [program.nodes[0].one(row) for row in build_rows(first, types=program.inputs, size=rows)]


@cache
def _program(expression: str, kind: str) -> Program:
    feature = Feature.model_validate({"name": "v", "kind": kind})
    return compile_program(f"select {expression} as v from inputs", (feature,), inputs=TYPES)
