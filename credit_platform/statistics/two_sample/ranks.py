"""Tests of two empirical distribution functions; the effect beside each is Cliff's delta or the largest gap."""

import numpy as np
import scipy

from credit_platform.statistics.arrays import Floats
from credit_platform.statistics.two_sample.finding import Finding, cliffs_delta


def kolmogorov_smirnov(a: Floats, b: Floats) -> Finding:
    """D = max |F - G| (Smirnov 1939), asymptotic p-value; effect: Cliff's delta."""
    found = scipy.stats.ks_2samp(a, b, method="asymp")
    return Finding(float(found.statistic), float(found.pvalue), cliffs_delta(a, b))


def cramer_von_mises(a: Floats, b: Floats) -> Finding:
    """T = nm / (n + m)^2 times the sum of (F - G)^2 over all values (Anderson 1962), asymptotic p-value.

    Effect: Cliff's delta.
    """
    found = scipy.stats.cramervonmises_2samp(a, b, method="asymptotic")
    return Finding(float(found.statistic), float(found.pvalue), cliffs_delta(a, b))


def mann_whitney(a: Floats, b: Floats) -> Finding:
    """U = pairs with current above reference, half a pair for ties; normal law with tie correction.

    Source: Mann and Whitney 1947; variance nm / 12 (N + 1 - sum (t^3 - t) / N (N - 1)) by Lehmann 1975, section 1.4,
    with continuity correction. Effect: Cliff's delta = 2 U / nm - 1.
    """
    if a.min() == a.max() == b.min() == b.max():
        return Finding(a.size * b.size / 2, 1.0, 0.0)
    found = scipy.stats.mannwhitneyu(b, a, method="asymptotic")
    return Finding(float(found.statistic), float(found.pvalue), float(2 * found.statistic / (a.size * b.size) - 1))


def anderson_darling(a: Floats, b: Floats) -> Finding:
    """A^2 = 1 / nm times the sum over pooled values of (N M_i - n B_i)^2 / (B_i (N - B_i)), midranks for ties.

    Source: Scholz and Stephens 1987, equation 7 with k = 2. Its law for large samples is that of the one-sample
    statistic, whose distribution function is Marsaglia and Marsaglia 2004 (``adinf``, error below 2e-6). Effect:
    Cliff's delta.
    """
    n, m, total = a.size, b.size, a.size + b.size
    values, counts = np.unique(np.concatenate([a, b]), return_counts=True)
    if values.size == 1:
        return Finding(0.0, 1.0, 0.0)
    ordered = np.sort(a)
    left = np.searchsorted(ordered, values, side="left")
    within = np.searchsorted(ordered, values, side="right") - left
    below, mid = left + within / 2, np.cumsum(counts) - counts / 2
    # The sum over samples of (N M_i - n_i B_i)^2 / n_i is one square times (1/n + 1/m) when there are two.
    square = (total * below - n * mid) ** 2 / (mid * (total - mid) - total * counts / 4)
    statistic = (total - 1) / total**2 * float((counts * square).sum()) * (1 / n + 1 / m)
    return Finding(statistic, _anderson_darling_tail(statistic), cliffs_delta(a, b))


def _anderson_darling_tail(z: float) -> float:
    """1 - adinf(z), Marsaglia and Marsaglia 2004, section 2."""
    if z <= 0:
        return 1.0
    if z < 2:
        series = np.polyval([0.00168691, -0.0116720, 0.0347962, -0.0649821, 0.247105, 2.00012], z)
        return 1 - float(np.exp(-1.2337141 / z) / np.sqrt(z) * series)
    return -float(np.expm1(-np.exp(np.polyval([-0.0003146, 0.008056, -0.082433, 0.43424, -2.30695, 1.0776], z))))
