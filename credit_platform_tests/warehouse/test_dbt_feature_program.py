"""The committed feature SELECT is a feature program: the engine gives the doubles of the warehouse."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from credit_platform.contracts.release import Feature
from credit_platform.contracts.source import ColumnType
from credit_platform.engine.columns import build_table
from credit_platform.engine.feature_program import compile_program
from credit_platform_tests.warehouse.conftest import Built
from credit_platform_tests.warehouse.dbt_runs import Star

KINDS: dict[str, ColumnType] = {"VARCHAR": "text", "BIGINT": "integer", "DOUBLE": "decimal", "DATE": "date"}
TEXT = ("loan_type", "lender_id", "country_id", "new_versus_repeat")


def compiled(star: Star) -> str:
    found = list(Path(star.scratch, "target", "compiled").rglob("models/**/ftr_loan_applications.sql"))
    assert len(found) == 1
    return found[0].read_text()


def test_the_engine_gives_the_warehouse_doubles_in_every_row(built: Built) -> None:
    case = built.star.case
    with duckdb.connect(str(built.star.database), read_only=True) as connection:
        relation = connection.sql(f"select * from {case.star_schema}.{case.unit.inputs_model} order by funding_id")
        types = dict(zip(relation.columns, (KINDS[str(kind)] for kind in relation.types), strict=True))
        columns = list(zip(*relation.fetchall(), strict=True))
    names = case.features.columns_of("as_published")
    features = tuple(Feature(name=name, kind="category" if name in TEXT else "numeric") for name in names)
    inputs = dict(zip(types, columns, strict=True))
    program = compile_program(compiled(built.star), features, inputs=types)
    table = build_table({name: inputs[name] for name in program.inputs}, types=program.inputs, size=len(columns[0]))
    expected = built.star.read(case.unit.features_model, ["funding_id"])
    assert len(expected) > 800
    for feature, vector in zip(features, program.values(table), strict=True):
        column = expected[feature.name]
        assert vector.null.tolist() == column.isna().tolist(), feature.name
        if feature.kind == "category":
            assert pd.Series(vector.values).tolist() == column.tolist(), feature.name
            continue
        assert column.dtype == np.float64, feature.name
        ours, theirs = (np.where(vector.null, 0.0, values) for values in (vector.values, column.to_numpy()))
        assert np.array_equal(ours.astype(np.float64).view(np.int64), theirs.view(np.int64)), feature.name
