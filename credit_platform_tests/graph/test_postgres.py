"""The whole graph with its warehouse on Postgres: the same champion, the same scores."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from credit_platform.builders.graph import use_case_definitions
from credit_platform.builders.naming import IN_WAREHOUSE
from credit_platform.resources.bindings import platform_resources
from credit_platform_tests.engines.compare import compare
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.sorter import small_project
from credit_platform_tests.postgres import running


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """The sorter's project once more, run on a server."""
    with running() as server:
        project = small_project(tmp_path_factory.mktemp("on_postgres") / "project").on(server.database("sorter"))
        yield Ran(project, project.run())


def test_the_graph_runs_and_promotes_the_same_release(sorter: Ran, on_postgres: Ran) -> None:
    """The release's id is a hash of forest, features, metrics and training rows: no bit depends on the engine."""
    assert on_postgres.finished.exit_code == 0, on_postgres.finished.stderr
    ours, theirs = sorter.project.pointer(), on_postgres.project.pointer()
    assert ours is not None and theirs is not None
    assert ours.release_id == theirs.release_id


def test_every_table_of_the_warehouse_is_equal_scores_and_drift_included(sorter: Ran, on_postgres: Ran) -> None:
    case = sorter.project.use_case
    schemas = [case.raw_schema, case.star_schema, case.output_schema]
    found = compare(case, sorter.project.warehouse, on_postgres.project.warehouse, schemas=schemas)
    assert {table.table: table.differences for table in found if table.differences} == {}
    rows = {table.table.partition(".")[2]: table.rows for table in found}
    assert {name: rows[name] for name in ("scores", "run_log", "warehouse_builds")} == {
        "scores": 40,
        "run_log": 2,
        "warehouse_builds": 2,
    }
    assert rows["drift"] > 0


def test_the_curated_files_are_equal_byte_for_byte(sorter: Ran, on_postgres: Ran) -> None:
    ours, theirs = (
        {path.name: path.read_bytes() for path in sorted(Path(run.project.curated).glob("*.csv"))}
        for run in (sorter, on_postgres)
    )
    assert len(ours) == 2
    assert ours == theirs


def test_assets_say_which_engine_keeps_them(sorter: Ran, on_postgres: Ran) -> None:
    shown = ("raw/samples", "warehouse/ftr_samples", "batch/scores", "monitoring/drift")
    for run, engine in ((sorter, "duckdb"), (on_postgres, "postgres")):
        settings = run.project.settings
        bound = dg.Definitions(resources=platform_resources(settings))
        specs = dg.Definitions.merge(
            use_case_definitions(run.project.use_case, settings), bound
        ).resolve_all_asset_specs()
        kinds = {spec.key.to_user_string().removeprefix(f"{run.project.name}/"): spec.kinds for spec in specs}
        assert [name for name in shown if engine not in kinds[name]] == []
        assert [name for name, found in kinds.items() if IN_WAREHOUSE in found] == []
