"""Tests of a table of counts, two samples by k levels or bins; the effect beside each is Cramer's V."""

import numpy as np
import scipy

from credit_platform.statistics.arrays import Integers
from credit_platform.statistics.association import chi_square as pearson
from credit_platform.statistics.two_sample.finding import Finding, permutation_p_value, permuted_tables


def cramers_v(table: Integers) -> float:
    """sqrt(X^2 / n) of a 2 x k table, 0 to 1 (Cramer 1946, section 21.9)."""
    return float(np.sqrt(pearson(table.astype(np.float64)) / table.sum()))


def chi_square(table: Integers) -> Finding:
    """X^2 = sum of (observed - expected)^2 / expected, k - 1 degrees of freedom (Pearson 1900)."""
    value = pearson(table.astype(np.float64))
    return Finding(value, float(scipy.stats.chi2.sf(value, table.shape[1] - 1)), cramers_v(table))


def g_test(table: Integers) -> Finding:
    """G = 2 sum of observed ln(observed / expected), k - 1 degrees of freedom (Wilks 1938)."""
    observed = table.astype(np.float64)
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0) / observed.sum()
    logs = np.log(observed / expected, out=np.zeros_like(observed), where=observed > 0)
    value = 2 * float((observed * logs).sum())
    return Finding(value, float(scipy.stats.chi2.sf(value, table.shape[1] - 1)), cramers_v(table))


def fisher(table: Integers) -> Finding:
    """Probability of all tables with these margins that are no likelier than the one found (Fisher 1935).

    Exact for 2 x 2; for 2 x k (Freeman and Halton 1951) by 999 tables dealt at random. Statistic: -ln of the found
    table's probability.
    """
    if table.shape[1] == 2:
        law = scipy.stats.hypergeom(table.sum(), table[:, 0].sum(), table[0].sum())
        return Finding(-float(law.logpmf(table[0, 0])), float(scipy.stats.fisher_exact(table).pvalue), cramers_v(table))
    drawn, pooled, rows = permuted_tables(table), table.sum(axis=0), table.sum(axis=1)
    gammaln = scipy.special.gammaln
    margins = gammaln(pooled + 1).sum() + gammaln(rows + 1).sum() - gammaln(table.sum() + 1)
    found = float(gammaln(table + 1).sum() - margins)
    others = (gammaln(drawn + 1) + gammaln(pooled - drawn + 1)).sum(axis=1) - margins
    return Finding(found, permutation_p_value(found, others), cramers_v(table))
