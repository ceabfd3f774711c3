"""What every two-sample test takes and gives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_platform.statistics.arrays import Floats, Integers
from credit_platform.statistics.histograms import MISSING, place, reference_histogram

DRAWS = 999
"""Permutations of a test without a usable law: its smallest p-value is .001."""


@dataclass(frozen=True)
class Finding:
    """A statistic, its p-value where both samples come from one distribution, and a size without rows in it."""

    statistic: float
    p_value: float
    effect_size: float


NOTHING = Finding(0.0, 1.0, 0.0)
"""Where a sample has no value of the tested kind."""

Run = Callable[[pd.Series, pd.Series], Finding]


@dataclass(frozen=True)
class TwoSampleTest:
    """A test by name, what its effect size is called, and from which size a difference matters."""

    name: str
    effect: str
    material: float
    run: Run


def on_numbers(test: Callable[[Floats, Floats], Finding]) -> Run:
    """The test of two arrays without NaN, (n,) and (m,), as a test of two columns."""

    def run(reference: pd.Series, current: pd.Series) -> Finding:
        a, b = (
            pd.to_numeric(series).dropna().to_numpy(dtype=np.float64, na_value=np.nan)
            for series in (reference, current)
        )
        return test(a, b) if a.size and b.size else NOTHING

    run.__doc__ = test.__doc__
    return run


def on_table(test: Callable[[Integers], Finding]) -> Run:
    """The test of a table of counts (2, k), none empty, as a test of two columns: bins or levels, then missing."""

    def run(reference: pd.Series, current: pd.Series) -> Finding:
        table = counted(reference, current)
        return test(table) if table.shape[1] > 1 and table.sum(axis=1).all() else NOTHING

    run.__doc__ = test.__doc__
    return run


def counted(reference: pd.Series, current: pd.Series) -> Integers:
    """Counts of both samples over the levels, or quantile bins, of both together, missing last: (2, k), none empty."""
    both = reference_histogram(pd.concat([reference, current], ignore_index=True))
    width = len(both.counts) + 1
    slots = [np.where(p == MISSING, width - 1, p) for p in (place(both, reference), place(both, current))]
    table = np.array([np.bincount(slot, minlength=width) for slot in slots])
    return table[:, table.sum(axis=0) > 0]


def cliffs_delta(a: Floats, b: Floats) -> float:
    """P(b > a) - P(b < a), -1 to 1 (Cliff 1993): a size of shift that no monotone scale changes."""
    ordered = np.sort(a)
    below, upto = np.searchsorted(ordered, b, side="left"), np.searchsorted(ordered, b, side="right")
    return float((below + upto - a.size).mean() / a.size)


def permuted_tables(table: Integers, *, draws: int = DRAWS, seed: int = 0) -> Integers:
    """First rows of tables with the margins of ``table`` (2, k), rows dealt to samples at random, (draws, k)."""
    generator = np.random.default_rng(seed)
    return generator.multivariate_hypergeometric(table.sum(axis=0), int(table[0].sum()), size=draws, method="marginals")


def permutation_p_value(found: float, drawn: Floats) -> float:
    """(1 + draws at least as large) / (1 + draws), never 0 (Phipson and Smyth 2010)."""
    slack = 1e-12 * max(1.0, abs(found))  # equal tables differ in the last bit
    return float((1 + (drawn >= found - slack).sum()) / (1 + drawn.size))
