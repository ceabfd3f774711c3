"""Before and beside a comparison: is the split the planned one, and what could the experiment have seen?"""

import numpy as np
import scipy

SRM_LEVEL = 0.001
"""A split this unlikely is a broken assignment, not bad luck (Fabijan et al. 2019)."""


def sample_ratio_mismatch(control_rows: int, treatment_rows: int, *, control_share: float = 0.5) -> float:
    """p-value of the arm sizes under the planned split (Fabijan et al. 2019); alarm below .001.

    By the exact binomial test, two-sided: Pearson's chi-square at .001 rejects a true canary of 1% in 1.7% of samples
    of 20 entities and in .4% of 300. 1 where there are no rows.
    """
    if not 0 < control_share < 1:
        raise ValueError(f"sample ratio: found a planned control share of {control_share}, expected 0 to 1")
    rows = control_rows + treatment_rows
    return float(scipy.stats.binomtest(control_rows, rows, control_share).pvalue) if rows else 1.0


def minimum_detectable_effect(
    control_rate: float,
    control_rows: int,
    treatment_rows: int,
    *,
    level: float = 0.95,
    power: float = 0.8,
    deff: float = 1.0,
) -> float:
    """Smallest rise in rate that is found with ``power``: (z_a/2 + z_b) sqrt(p(1-p)(1/n1 + 1/n2)) (Bloom 1995)."""
    spread = np.sqrt(control_rate * (1 - control_rate))
    return float(spread) * minimum_detectable_difference(
        control_rows, treatment_rows, level=level, power=power, deff=deff
    )


def minimum_detectable_difference(
    control_rows: int, treatment_rows: int, *, level: float = 0.95, power: float = 0.8, deff: float = 1.0
) -> float:
    """Smallest difference of means, in standard deviations, that is found with ``power`` (Bloom 1995)."""
    z = float(scipy.stats.norm.ppf((1 + level) / 2) + scipy.stats.norm.ppf(power))
    return z * float(np.sqrt(deff * (1 / control_rows + 1 / treatment_rows)))


def power_of_rates(
    control_rate: float, treatment_rate: float, control_rows: int, treatment_rows: int, *, level: float = 0.95
) -> float:
    """Chance to find a true difference of two rates: P(|N(h / sqrt(1/n1 + 1/n2), 1)| > z), h = Cohen's h.

    Source: Cohen 1988, section 6.4; the arcsine of the root of a rate has nearly the same variance at every rate.
    """
    h = 2 * (np.arcsin(np.sqrt(treatment_rate)) - np.arcsin(np.sqrt(control_rate)))
    shift, z = h / np.sqrt(1 / control_rows + 1 / treatment_rows), scipy.stats.norm.ppf((1 + level) / 2)
    return float(scipy.stats.norm.sf(z - shift) + scipy.stats.norm.cdf(-z - shift))


def rows_needed(rate: float, effect: float, *, level: float = 0.95, power: float = 0.8, deff: float = 1.0) -> int:
    """Rows of each of two equal arms that find a rise of ``rate`` by ``effect`` with ``power``.

    n = deff (z_a/2 sqrt(2 q(1-q)) + z_b sqrt(p1(1-p1) + p2(1-p2)))^2 / effect^2, q the mean rate (Fleiss, Levin and
    Paik 2003, equation 4.14, without continuity correction).
    """
    raised = rate + effect
    if effect == 0 or not (0 < rate < 1 and 0 < raised < 1):
        raise ValueError(f"rows needed: found a rate of {rate} and an effect of {effect}, expected rates within (0, 1)")
    middle = (rate + raised) / 2
    null = scipy.stats.norm.ppf((1 + level) / 2) * np.sqrt(2 * middle * (1 - middle))
    true = scipy.stats.norm.ppf(power) * np.sqrt(rate * (1 - rate) + raised * (1 - raised))
    return int(np.ceil(deff * ((null + true) / effect) ** 2))
