"""The same files give the same tables on DuckDB and on Postgres."""

import pandas as pd

from credit_platform.commands.exits import EXIT_INCOMPLETE
from credit_platform_tests.engines.compare import compare, differences
from credit_platform_tests.engines.conftest import BAD_CELLS, Built
from credit_platform_tests.graph.projects import Project
from credit_platform_tests.postgres import PASSWORD

STAR_TABLES, RAW_TABLES = 18, 7


def test_every_model_and_test_passes_on_postgres_and_the_refused_day_is_named(on_postgres: Built) -> None:
    finished = on_postgres.finished
    broken = [text.partition("first: ")[2] for text in finished.summary["refusals"] if "first: " in text]
    assert finished.exit_code == EXIT_INCOMPLETE, finished.stderr
    assert [text.partition(":")[0] for text in broken] == ["file new_data_20221202.csv line 3 column duration"]


def test_every_raw_and_star_table_is_equal_row_by_row(on_duckdb: Project, on_postgres: Built) -> None:
    case = on_duckdb.use_case
    schemas = [case.raw_schema, case.star_schema]
    found = compare(case, on_duckdb.warehouse, on_postgres.project.warehouse, schemas=schemas)
    assert {table.table: table.differences for table in found if table.differences} == {}
    assert {table.table for table in found if not table.rows} == {
        f"{case.raw_schema}.applications_set_aside",  # no day repeats a unit of another
        f"{case.raw_schema}.applications_history",  # the simulated files start on the first scored day
        f"{case.star_schema}.stg_applications_history__fundings",
    }
    assert len(found) >= STAR_TABLES + RAW_TABLES


def test_bad_rows_are_in_both_quarantines(on_duckdb: Project, on_postgres: Built) -> None:
    bad = [(file, line) for file, (line, *_) in sorted(BAD_CELLS.items())]
    for project in (on_duckdb, on_postgres.project):
        quarantine = f"{project.use_case.raw_schema}.quarantine"
        rows = project.read(f"select source_file, source_line from {quarantine} order by source_file, source_line")
        assert list(rows.itertuples(index=False, name=None)) == bad


def test_the_password_is_in_no_file_and_no_output(on_postgres: Built) -> None:
    told = on_postgres.finished.stdout + on_postgres.finished.stderr
    files = [path for path in on_postgres.project.state.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert PASSWORD not in told
    assert [path.name for path in files if PASSWORD.encode() in path.read_bytes()] == []


def test_a_difference_is_told_by_key_column_and_both_values() -> None:
    ours = pd.DataFrame({"id": ["b", "a"], "amount": [1.0, 2.0], "day": pd.to_datetime(["2022-12-01", None])})
    theirs = pd.DataFrame({"id": ["a", "b"], "amount": [2.0 + 1e-10, 1.5], "day": pd.to_datetime([None, "2022-12-01"])})
    assert differences(ours, theirs) == ["amount of {'id': 'b'}: np.float64(1.0) against np.float64(1.5) (1 rows)"]
    assert differences(ours, theirs.iloc[:1]) == [
        "2 rows of ['id', 'amount', 'day'] against 1 rows of ['id', 'amount', 'day']"
    ]
