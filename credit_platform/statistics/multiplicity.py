"""Many tests, one error budget."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit_platform.statistics.arrays import Floats


def adjusted_p_values(p: ArrayLike) -> Floats:
    """Benjamini-Hochberg step-up q-values (1995): q_(i) = min over j >= i of m p_(j) / j, in the order given, (m,)."""
    values = np.asarray(p, dtype=np.float64)
    if values.size and (np.isnan(values).any() or values.min() < 0 or values.max() > 1):
        raise ValueError(f"p: found {values.tolist()}, expected probabilities without nan")
    order = np.argsort(values)
    scaled = values[order] * values.size / np.arange(1, values.size + 1)
    out = np.empty_like(values)
    out[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1)
    return out


def benjamini_hochberg(p: ArrayLike, level: float) -> NDArray[np.bool_]:
    """Which of m hypotheses are rejected with a false-discovery rate of ``level``, (m,)."""
    return np.asarray(adjusted_p_values(p) <= level)


def nightly_level(false_incidents_a_year: float, *, nights: int = 365, families: int = 1) -> float:
    """Level of each night's Benjamini-Hochberg budget, so that a year without drift opens so many incidents at most.

    Without drift a false discovery is any discovery, so a family of columns (a segment) judged together alarms with
    probability ``level`` at most (Benjamini and Hochberg 1995, section 3.1), and expectations add up whatever the
    dependence between nights: level = incidents / (nights families). One a year over 365 nights is .0027.
    """
    if false_incidents_a_year <= 0 or nights < 1 or families < 1:
        raise ValueError(
            f"drift budget: found {false_incidents_a_year} false incidents a year, {nights} nights and {families} "
            "families, expected more than 0 incidents and at least one of the others"
        )
    return min(0.05, false_incidents_a_year / (nights * families))
