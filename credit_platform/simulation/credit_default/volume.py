"""How many rows are disbursed on each day."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from credit_platform.simulation.credit_default.catalogue import Floats, Indices

HISTORY_DAYS = 699
"""A book that opens on 2021-01-01 when the first daily file is of 2022-12-01."""
EXPANSION_DAYS = 152
"""The last five months, which hold about three quarters of the history, as in the contest data."""
WEEKDAYS = np.array([1.15, 1.00, 1.05, 1.00, 1.10, 0.95, 0.80])
"""Monday to Sunday, relative to a mean day."""


@dataclass(frozen=True)
class Volume:
    """Rows of every day, history first, and the share of them that are first loans."""

    first_day: dt.date
    rows: Indices
    new_share: Floats
    history_days: int

    def day(self, number: int) -> dt.date:
        return self.first_day + dt.timedelta(days=number)


def plan_volume(*, rows: int, first_day: dt.date, days: int, seed: int) -> Volume:
    """History days add up to ``rows`` exactly; daily files go on at the level that the history ended with."""
    opening = first_day - dt.timedelta(days=HISTORY_DAYS)
    pilot = np.linspace(0.02, 0.05, HISTORY_DAYS - EXPANSION_DAYS)
    level = np.concatenate([pilot, np.linspace(0.15, 1.0, EXPANSION_DAYS), np.ones(days)])
    weekday = (opening.weekday() + np.arange(len(level))) % 7
    # A fixed stream per purpose: asking for more days leaves the days before as they were.
    noise = np.random.default_rng([seed, 1]).normal(0.0, 0.06, len(level))
    demand = level * WEEKDAYS[weekday] * np.exp(noise)
    per_unit = rows / demand[:HISTORY_DAYS].sum()
    edges = np.floor(np.cumsum(demand) * per_unit + 0.5).astype(np.int64)
    edges[HISTORY_DAYS - 1] = rows
    counts = np.diff(edges, prepend=0)
    counts[HISTORY_DAYS:] = np.maximum(counts[HISTORY_DAYS:], 1)
    age = np.arange(len(level))
    return Volume(opening, counts, 0.11 + 0.35 * np.exp(-age / 120.0), HISTORY_DAYS)


def first_identifier(total_rows: int) -> int:
    """Where loan and customer numbers start: all of them have the same width, so joined they stay unique."""
    first = 200_000
    while first + total_rows >= 5 * first:
        first *= 10
    return first
