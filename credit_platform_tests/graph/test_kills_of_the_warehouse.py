"""``kill -9`` while files are read or dbt builds: the same run again gives the tables of an undisturbed one."""

import datetime as dt
from collections.abc import Iterator

import pytest

from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.copies import Copies
from credit_platform_tests.graph.killing import Point, Server, Work, server, survive
from credit_platform_tests.graph.projects import Project
from credit_platform_tests.graph.sorter import small_project

WORK = Work((dt.date(2022, 12, 1), dt.date(2022, 12, 2)))
POINTS = (
    Point("risk_classifier__raw__samples_to_score", 0.05),
    Point("risk_classifier__dbt_star", 0.8),
    Point("risk_classifier__dbt_features", 0.3),
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small portfolio before its first run."""
    project = small_project(tmp_path_factory.mktemp("kills") / "project")
    project.state.mkdir()
    return project


@pytest.fixture(scope="module")
def serving(fresh: Project) -> Iterator[Server]:
    with server(fresh) as found:
        yield found


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.step.rpartition("__")[2])
def test_a_killed_run_again_gives_the_tables_of_an_undisturbed_one(
    fresh: Project, serving: Server, sorter: Ran, point: Point
) -> None:
    schemas = (fresh.use_case.raw_schema, fresh.use_case.star_schema)
    survived = survive(serving, fresh, fresh.root / "killed", WORK, schemas=schemas, copies=Copies(), kill_at=point)
    assert list(survived.killed.starts)[-1] == point.step
    assert survived.again.failures == ()
    assert survived.hashes == sorter.project.table_hashes(*schemas)
