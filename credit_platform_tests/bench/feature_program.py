"""The feature program: every row of the lending files against the warehouse, and what a row costs as compiled Python
beside the same SELECT as a parameterised query.

The files are those of ``CREDIT_PLATFORM_DATA_DIR``, or the committed portfolio.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import sqlglot
from sqlglot import exp

from credit_platform.contracts.release import Feature
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import ColumnType
from credit_platform.engine.columns import build_rows, build_table
from credit_platform.engine.feature_program import Program, compile_program
from credit_platform.engine.vectors import Vector
from credit_platform.resources.dbt import DbtProjects
from credit_platform.resources.tables import qualified, quoted
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import side_by_side
from credit_platform_tests.bench.training import DONE, USE_CASE
from credit_platform_tests.graph.projects import Project, of_checkout

BULK, CALLS = 10_000, 300
SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "double",
    "date": "date",
    "boolean": "boolean",
}
Columns = Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class Prepared:
    """The program of a use case with every row of its inputs and what the warehouse made of them, in one order."""

    sql: str
    program: Program
    inputs: Columns
    expected: pd.DataFrame

    def first(self, rows: int) -> dict[str, list[object]]:
        return {name: list(values[:rows]) for name, values in self.inputs.items()}

    def values(self, inputs: Columns) -> tuple[Vector, ...]:
        """As the scorer computes many: from Python values, by the compiled program, column by column."""
        table = build_table(inputs, types=self.program.inputs, size=len(next(iter(inputs.values()))))
        return self.program.values(table)

    def alone(self, inputs: Columns) -> list[list[object]]:
        """As the scorer computes few: each row by itself."""
        rows = build_rows(inputs, types=self.program.inputs, size=len(next(iter(inputs.values()))))
        return [[node.one(row) for node in self.program.nodes] for row in rows]

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        # A scorer's worker computes on one thread.
        return duckdb.connect(config={"threads": "1"})

    @cached_property
    def query(self) -> str:
        """The same SELECT over one row of parameters instead of the table."""
        row = ", ".join(f"cast(? as {SQL_TYPES[kind]}) as {quoted(name)}" for name, kind in self.program.inputs.items())
        return _over(self.sql, f"select {row}", self.program)

    def asked(self, inputs: Columns) -> list[tuple[object, ...]]:
        """Features of one row by the query."""
        return self.connection.execute(self.query, [values[0] for values in inputs.values()]).fetchall()

    def asked_in_bulk(self, inputs: Columns) -> dict[str, np.ndarray]:
        """Features of many rows by a query over a frame of them."""
        kinds = self.program.inputs.items()
        given = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in inputs.items()})
        self.connection.register("given", given)
        typed = ", ".join(f"cast({quoted(name)} as {SQL_TYPES[kind]}) as {quoted(name)}" for name, kind in kinds)
        sql = _over(self.sql, f"select {typed} from given", self.program)
        found: dict[str, np.ndarray] = self.connection.execute(sql).fetchnumpy()
        return found


def _apart(column: Vector, alone: Sequence[object]) -> int:
    """Rows whose value by themselves is another; the shortest text of a double tells it from every other."""
    among = zip(column.values.tolist(), column.null.tolist(), alone, strict=True)
    return sum(
        (None if is_null else repr(value)) != (None if own is None else repr(own)) for value, is_null, own in among
    )


def benchmarks() -> Iterator[Record]:
    """Cells that differ, bit for bit; then one row and many, compiled Python beside DuckDB."""
    with tempfile.TemporaryDirectory() as folder:
        project = of_checkout(USE_CASE, Path(folder)).on(None, data_dir=Settings().landing)
        ended = project.run("--stage", "raw", "--stage", "warehouse")
        if ended.exit_code not in DONE:
            raise RuntimeError(f"the warehouse was not built: {ended.stderr}")
        prepared = _prepared(project)
    features = prepared.program.features
    found = prepared.values(prepared.inputs)
    rows = len(prepared.expected)
    wrong = sum(_differing(f, v, prepared.expected[f.name]) for f, v in zip(features, found, strict=True))
    yield Record(
        name="feature_program/differing_cells",
        value=wrong,
        unit=f"of {rows * len(features):,}: {rows:,} rows, {len(features)} features, bit for bit",
        goal=Goal(of="value", at_most=0),
    )
    alone = zip(*prepared.alone(prepared.inputs), strict=True)
    yield Record(
        name="feature_program/differing_cells_alone",
        value=sum(_apart(column, values) for column, values in zip(found, alone, strict=True)),
        unit=f"of {rows * len(features):,}: a row computed by itself beside the same among all, bit for bit",
        goal=Goal(of="value", at_most=0),
    )
    one, many = prepared.first(1), prepared.first(min(BULK, rows))
    row = side_by_side(lambda: prepared.alone(one), peer=lambda: prepared.asked(one), rounds=CALLS)
    yield Record(
        name="feature_program/one_row",
        value=row.ours * 1e3,
        unit="ms, p50, compiled Python",
        peer=f"parameterised DuckDB query, {row.peer * 1e3:.3g} ms",
        ratio=row.times_faster,
        goal=Goal(of="ratio", at_least=1.0),
    )
    size = len(many[next(iter(many))])
    bulk = side_by_side(lambda: prepared.values(many), peer=lambda: prepared.asked_in_bulk(many), rounds=5)
    yield Record(
        name=f"feature_program/{size}_rows",
        value=bulk.ours * 1e3,
        unit="ms, p50, compiled Python",
        peer=f"DuckDB query over a frame of them, {bulk.peer * 1e3:.3g} ms",
        ratio=bulk.times_faster,
        goal=Goal(of="ratio"),
    )


def _prepared(project: Project) -> Prepared:
    case, warehouse = project.use_case, project.warehouse
    sql = DbtProjects(project.settings).compiled_sql(case.name, case.unit.features_model)
    order = f"order by {quoted(case.unit.key)}, scoring_day nulls first"
    types = warehouse.types(case.name, case.star_schema, case.unit.inputs_model, columns=_inputs_of(project, sql))
    names = tuple(dict.fromkeys(name for each in case.features.sets for name in case.features.columns_of(each)))
    kinds = warehouse.types(case.name, case.star_schema, case.unit.features_model, columns=names)
    features = tuple(Feature(name=name, kind="category" if kinds[name] == "text" else "numeric") for name in names)
    program = compile_program(sql, features, inputs=types)
    listed = ", ".join(quoted(name) for name in program.inputs)
    inputs = warehouse.columns(
        case.name, f"select {listed} from {qualified(case.star_schema, case.unit.inputs_model)} {order}"
    )
    made = ", ".join(quoted(name) for name in names)
    expected = warehouse.read(
        case.name, f"select {made} from {qualified(case.star_schema, case.unit.features_model)} {order}"
    )
    return Prepared(sql, program, inputs, expected)


def _inputs_of(project: Project, sql: str) -> list[str]:
    """Columns that the SELECT names."""
    present = project.read(f"select * from {_inputs_table(project)} limit 0").columns
    named = {column.name.lower() for column in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Column)}
    return [name for name in present if name in named]


def _inputs_table(project: Project) -> str:
    return qualified(project.use_case.star_schema, project.use_case.unit.inputs_model)


def _over(sql: str, source: str, program: Program) -> str:
    """The program's features alone, read from ``source`` in place of the warehouse's table."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    # Keys and days that are handed through and are no features: the query has to find them, whatever they hold.
    named = {found.name for found in tree.find_all(exp.Column)} - {found.alias for found in tree.find_all(exp.Alias)}
    handed = "".join(f", null as {quoted(name)}" for name in sorted(named - program.inputs.keys()))
    source = source.replace(" from given", f"{handed} from given") if " from given" in source else f"{source}{handed}"
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            table.replace(sqlglot.parse_one(f"({source})", read="duckdb").as_(table.alias or "given_rows"))
    listed = ", ".join(quoted(feature.name) for feature in program.features)
    return f"select {listed} from ({tree.sql(dialect='duckdb')}) as features"


def _differing(feature: Feature, found: Vector, expected: pd.Series) -> int:
    """Rows whose value has other bits, another text, or is missing on one side alone."""
    absent = expected.isna().to_numpy()
    if feature.kind == "category":
        same = np.array([ours == theirs for ours, theirs in zip(found.values, expected, strict=True)], dtype=bool)
        return int((np.where(absent | found.null, absent != found.null, ~same)).sum())
    ours, theirs = (np.where(absent, 0.0, v).astype(np.float64) for v in (found.values, expected.to_numpy()))
    return int(((absent != found.null) | (ours.view(np.int64) != theirs.view(np.int64))).sum())
