"""A simulated portfolio read back from its files."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from credit_platform.simulation import SimulationSummary

FIRST_DAY = dt.date(2022, 12, 1)


@dataclass(frozen=True)
class Portfolio:
    """The files of one simulation, read back."""

    summary: SimulationSummary
    loans: pd.DataFrame
    daily: pd.DataFrame
    outcomes: pd.DataFrame
    """``ID, target, final_day``: the last from the file's name."""
    truth: pd.Series

    @property
    def requests(self) -> pd.DataFrame:
        """History and daily files together, in order of disbursement."""
        return pd.concat([self.loans, self.daily], ignore_index=True)


def read_portfolio(summary: SimulationSummary) -> Portfolio:
    """The files that ``summary`` reports."""
    folder, dates = summary.folder, ["disbursement_date", "due_date"]
    outcomes = [
        pd.read_csv(path).assign(final_day=pd.to_datetime(path.stem.removeprefix("outcomes_")))
        for path in sorted(folder.glob("outcomes_*.csv"))
    ]
    daily = [pd.read_csv(path, parse_dates=dates) for path in sorted(folder.glob("new_data_*.csv"))]
    return Portfolio(
        summary=summary,
        loans=pd.read_csv(folder / "loans.csv", parse_dates=dates),
        daily=pd.concat(daily, ignore_index=True),
        outcomes=pd.concat(outcomes, ignore_index=True),
        truth=pd.read_csv(folder / "true_pd.csv").set_index("ID")["true_pd"],
    )
