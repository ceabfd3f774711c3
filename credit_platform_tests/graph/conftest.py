"""The runs that the tests of the whole graph look at, each made once: two committed use cases, and what follows."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from credit_platform.simulation import parse_drift, simulate
from credit_platform_tests.graph.projects import CHECKOUT, Finished, Project, of_checkout
from credit_platform_tests.graph.sorter import small_project

LENDER = "credit_default"
DRIFT_DAY = dt.date(2022, 12, 12)
DRIFT_KINDS = ("amount_shift", "new_lender")
BAD_LINE = 7
"""Line of the first later file whose amount is made negative: one bad row of about two hundred."""


@dataclass(frozen=True)
class Ran:
    """A project and how its first run ended."""

    project: Project
    finished: Finished


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What ``make demo`` does: the committed lending portfolio, from its files to five scored days."""
    project = of_checkout(LENDER, tmp_path_factory.mktemp("demo") / "state")
    return Ran(project, project.run())


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The committed portfolio without time or entity."""
    project = of_checkout("risk_classifier", tmp_path_factory.mktemp("classifier") / "state")
    return Ran(project, project.run())


@pytest.fixture(scope="session")
def sorter(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A small portfolio whose run takes seconds; the tests of faults copy it."""
    project = small_project(tmp_path_factory.mktemp("sorter") / "project")
    return Ran(project, project.run())


@pytest.fixture(scope="session")
def later_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing root with the seven days after the committed ones: one bad row in the first, drift in the last."""
    root = tmp_path_factory.mktemp("later_files")
    landing = root / LENDER
    drift = tuple(parse_drift(f"{kind}@{DRIFT_DAY}") for kind in DRIFT_KINDS)
    simulate(LENDER, rows=20_000, first_day=dt.date(2022, 12, 1), days=12, seed=7, folder=landing, drift=drift)
    (landing / "true_pd.csv").unlink()
    first = landing / "new_data_20221206.csv"
    lines = first.read_text().splitlines()
    cells = lines[BAD_LINE - 1].split(",")
    cells[lines[0].split(",").index("Total_Amount")] = "-5"
    lines[BAD_LINE - 1] = ",".join(cells)
    first.write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="session")
def week(demo: Ran, later_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The demo's champion a week later: its last day once more and the seven that follow, as one range."""
    project = demo.project.twin(tmp_path_factory.mktemp("week") / "state", data_dir=later_files)
    return Ran(project, project.run("--nightly", "--days", f"2022-12-05..{DRIFT_DAY}"))


@pytest.fixture
def committed_files() -> Path:
    """The committed landing folder of the lending portfolio."""
    return CHECKOUT / "data" / "raw" / LENDER
