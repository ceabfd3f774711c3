"""One Postgres server for the folder, a warehouse on each engine, and one small portfolio built on both."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform.resources.dbt import DbtProjects
from credit_platform.resources.warehouse import Warehouse
from credit_platform.simulation import simulate
from credit_platform_tests.graph.projects import Finished, Project, of_checkout
from credit_platform_tests.postgres import Postgres, running

LENDER = "credit_default"
ENGINES = ("duckdb", "postgres")
DAYS = ("--days", "2022-12-01..2022-12-12")
"""Three days of requests, and the days on which the first of their outcomes are reported."""
BAD_CELLS = {"loans.csv": (9, "Total_Amount", "-5"), "new_data_20221202.csv": (3, "duration", "a week")}
"""File -> line, column and what stands there instead of a good value."""


@dataclass(frozen=True)
class Built:
    """A portfolio that the command line has read and built."""

    project: Project
    finished: Finished


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def scratch(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Warehouse]:
    """An empty warehouse of each engine; every test uses a use case of its own in it."""
    file = tmp_path_factory.mktemp("scratch") / "scratch.duckdb"
    urls = {"duckdb": f"duckdb:///{file}", "postgres": postgres.database("scratch")}
    return {name: Warehouse(Settings(warehouse_url=SecretStr(urls[name]))) for name in ENGINES}


@pytest.fixture(params=ENGINES)
def warehouse(request: pytest.FixtureRequest, scratch: dict[str, Warehouse]) -> Warehouse:
    return scratch[request.param]


@pytest.fixture
def portfolio(request: pytest.FixtureRequest) -> str:
    """A name below which this test alone has tables."""
    name: str = request.node.originalname
    return name[:40]


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing root: 1,500 fundings of the past, three days of requests, and a bad cell in two files."""
    root = tmp_path_factory.mktemp("landing")
    simulate(LENDER, rows=1_500, first_day=dt.date(2022, 12, 1), days=3, seed=5, folder=root / LENDER)
    for name, (line, column, text) in BAD_CELLS.items():
        _spoil(root / LENDER / name, line, column, text)
    return root


def _spoil(path: Path, line: int, column: str, text: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[line - 1].split(",")
    cells[lines[0].split(",").index(column)] = text
    lines[line - 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def on_duckdb(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The files read, and every model built, on DuckDB; its tests run with the whole graph elsewhere."""
    project = of_checkout(LENDER, tmp_path_factory.mktemp("duckdb") / "state").on(None, data_dir=landing)
    project.run("--stage", "raw", *DAYS)
    DbtProjects(project.settings).invoke(project.name, ["run"])
    return project


@pytest.fixture(scope="session")
def on_postgres(postgres: Postgres, landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The same files through ``credit-platform run``: read, built and tested on Postgres."""
    plain = of_checkout(LENDER, tmp_path_factory.mktemp("lending") / "state")
    project = plain.on(postgres.database("lending"), data_dir=landing)
    return Built(project, project.run("--stage", "raw", "--stage", "warehouse", *DAYS))
