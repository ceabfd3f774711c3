"""Which portfolios can be simulated."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from credit_platform.simulation.credit_default.portfolio import simulate_credit_default
from credit_platform.simulation.drift import Drift
from credit_platform.simulation.errors import SimulationError
from credit_platform.simulation.request import NOBODY_DECLINED, Policy, SimulationRequest, SimulationSummary

SIMULATORS: dict[str, Callable[[SimulationRequest], SimulationSummary]] = {
    "credit_default": simulate_credit_default,
}


def simulate(
    use_case: str,
    *,
    rows: int,
    first_day: dt.date,
    days: int,
    seed: int,
    folder: Path,
    drift: tuple[Drift, ...] = (),
    policy: Policy = NOBODY_DECLINED,
) -> SimulationSummary:
    """Write a portfolio's raw files: ``rows`` of history before ``first_day``, then ``days`` daily files from it on.

    ``folder`` is created where absent. The same arguments give the same bytes, and a drift leaves every file of the
    days before it as it was. Where a ``policy`` declines, the declined of ``rows`` are not in the history but in
    ``declined.csv``, without an outcome; those approved only to learn from are named in ``explored.csv``, and the
    truth of all is in ``true_pd.csv``.

    Raises:
        SimulationError: unknown use case, an impossible size or drift date, or a folder that holds other CSV files.
    """
    simulator = SIMULATORS.get(use_case)
    if simulator is None:
        raise SimulationError(
            f"no simulator for use case {use_case!r}; known: {', '.join(sorted(SIMULATORS))}. "
            "Other use cases need files of their own in the landing folder (data/README.md)"
        )
    return simulator(SimulationRequest(rows, first_day, days, seed, folder, drift, policy))
