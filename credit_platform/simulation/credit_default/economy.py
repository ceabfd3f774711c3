"""Annual indicators per country, in the wide shape of the World Bank's tables; every figure is simulated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_platform.simulation.credit_default.catalogue import COUNTRIES, Floats

FIRST_YEAR, LAST_YEAR = 2001, 2023
YEARS = LAST_YEAR - FIRST_YEAR + 1


@dataclass(frozen=True)
class Indicator:
    """A mean-reverting series; ``level`` per country, None where the country does not publish it."""

    name: str
    level: tuple[float | None, float | None]
    spread: float
    last_year: int = LAST_YEAR
    trend: float = 0.0
    """Growth a year, as a share of the level."""


INFLATION = "Inflation, consumer prices (annual %)"
INDICATORS = (
    Indicator(INFLATION, (7.0, 13.0), 2.2),
    Indicator("Official exchange rate (LCU per US$, period average)", (80.0, 1.1), 0.04, trend=0.028),
    Indicator("Real interest rate (%)", (6.5, None), 1.6),
    Indicator("Average precipitation in depth (mm per year)", (640.0, 1190.0), 0.0, last_year=2021),
    Indicator("Deposit interest rate (%)", (7.0, 12.5), 1.0),
    Indicator("Lending interest rate (%)", (14.0, None), 1.2),
    Indicator("Interest rate spread (lending rate minus deposit rate, %)", (6.5, None), 0.8),
    Indicator("Fossil fuel energy consumption (% of total)", (17.0, 45.0), 1.5, last_year=2014),
    Indicator("Unemployment rate", (4.0, 5.0), 0.5),
)


@dataclass(frozen=True)
class Economy:
    """``table`` is the file; ``inflation`` holds percent a year, shape (countries, years)."""

    table: pd.DataFrame
    inflation: Floats

    def inflation_in(self, year: int) -> Floats:
        """Percent per country; years outside the table count as its nearest year."""
        position = int(np.clip(year - FIRST_YEAR, 0, YEARS - 1))
        values: Floats = self.inflation[:, position]
        return values


def _series(indicator: Indicator, *, country: int, rng: np.random.Generator) -> Floats:
    shocks = rng.normal(0.0, 1.0, YEARS)
    level = indicator.level[country]
    if level is None:
        return np.full(YEARS, np.nan)
    deviation = np.zeros(YEARS)
    for year in range(1, YEARS):
        deviation[year] = 0.6 * deviation[year - 1] + indicator.spread * shocks[year]
    series: Floats = level * (1.0 + indicator.trend) ** np.arange(YEARS) + deviation
    series[np.arange(FIRST_YEAR, LAST_YEAR + 1) > indicator.last_year] = np.nan
    return np.round(series, 6)


def simulate_economy(seed: int) -> Economy:
    """One row per country and indicator, columns ``Country, Indicator, YR2001 .. YR2023``."""
    rng = np.random.default_rng([seed, 2])
    keys = [(indicator, number) for indicator in INDICATORS for number in range(len(COUNTRIES))]
    values = np.array([_series(indicator, country=number, rng=rng) for indicator, number in keys])
    table = pd.DataFrame(values, columns=[f"YR{year}" for year in range(FIRST_YEAR, LAST_YEAR + 1)])
    table.insert(0, "Country", [COUNTRIES[number] for _, number in keys])
    table.insert(1, "Indicator", [indicator.name for indicator, _ in keys])
    return Economy(table=table, inflation=values[[indicator.name == INFLATION for indicator, _ in keys]])
