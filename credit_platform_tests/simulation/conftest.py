"""One simulated portfolio, made once, that every claim about the business looks at."""

from pathlib import Path

import pytest

from credit_platform.simulation import simulate
from credit_platform_tests.simulation.portfolios import FIRST_DAY, Portfolio, read_portfolio


@pytest.fixture(scope="session")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    """What the committed sample was made with: 20,000 rows of history, five days, seed 7."""
    folder: Path = tmp_path_factory.mktemp("portfolio")
    return read_portfolio(simulate("credit_default", rows=20_000, first_day=FIRST_DAY, days=5, seed=7, folder=folder))
