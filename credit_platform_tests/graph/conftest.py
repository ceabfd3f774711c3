"""The runs that the tests of the whole graph look at: two of the committed use cases, and one small lender."""

import datetime as dt
from dataclasses import dataclass

import pytest

from credit_platform.simulation import simulate
from credit_platform_tests.graph.projects import Finished, Project, of_checkout, of_folder

FEW_TREES = {
    "logistic_regression": {},
    "decision_tree": {},
    "random_forest": {"n_estimators": 10, "max_depth": 4},
    "lightgbm": {"num_iterations": 15},
    "xgboost": {"num_boost_round": 15},
}
"""Enough to go through every stage; what the models are worth is the committed portfolio's affair."""
OPEN_GATES = [{"metric": "auc", "minimum": 0.5}]
FIRST_DAY = dt.date(2022, 12, 1)


@dataclass(frozen=True)
class Ran:
    """A project and how its first run ended."""

    project: Project
    finished: Finished


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """What ``make demo`` does: the committed lending portfolio, from its files to five scored days."""
    project = of_checkout("credit_default", tmp_path_factory.mktemp("demo"))
    return Ran(project, project.run())


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The committed portfolio without time or entity."""
    project = of_checkout("risk_classifier", tmp_path_factory.mktemp("classifier"))
    return Ran(project, project.run())


@pytest.fixture(scope="session")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A lender of 3,000 loans with models of few trees, trained and scored on the first of twelve days.

    The truth that the simulator writes is thrown away first: whatever runs here cannot have read it.
    """
    project = of_folder(
        "credit_default",
        tmp_path_factory.mktemp("lender") / "project",
        attributes={"algorithms": FEW_TREES, "gates": OPEN_GATES},
    )
    simulate("credit_default", rows=3_000, first_day=FIRST_DAY, days=12, seed=7, folder=project.landing)
    (project.landing / "true_pd.csv").unlink()
    return Ran(project, project.run("--days", "2022-12-01"))
