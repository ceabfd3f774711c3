"""What no test of values sees: gaps, levels that are new, a column that became another type."""

import numpy as np
import pandas as pd
import scipy

from credit_platform.statistics.histograms import kind_of, placed, reference_histogram
from credit_platform.statistics.two_sample.finding import NOTHING, Finding


def cohens_h(first: float, second: float) -> float:
    """2 asin sqrt(second) - 2 asin sqrt(first): a difference of two rates on one scale (Cohen 1988, section 6.2)."""
    return float(2 * np.arcsin(np.sqrt(second)) - 2 * np.arcsin(np.sqrt(first)))


def missing_rate(reference: pd.Series, current: pd.Series) -> Finding:
    """Fisher's exact test of the two rates of missing values, the smaller tail twice; effect: Cohen's h.

    Statistic: difference of the rates, current less reference.
    """
    rows, gaps = (len(reference), len(current)), (int(reference.isna().sum()), int(current.isna().sum()))
    law = scipy.stats.hypergeom(sum(rows), sum(gaps), rows[1])
    p = min(1.0, 2 * float(min(law.cdf(gaps[1]), law.sf(gaps[1] - 1))))
    first, second = gaps[0] / rows[0], gaps[1] / rows[1]
    return Finding(second - first, p, cohens_h(first, second))


def new_categories(reference: pd.Series, current: pd.Series) -> Finding:
    """Rows of levels that the reference never held, against the rate at which another sample would hold them.

    That rate is about the share of levels seen once (Good 1953); p-value: the upper tail of a binomial. Effect: share
    of such rows among the values present.
    """
    present = current.dropna()
    if present.empty or reference.dropna().empty:
        return NOTHING
    histogram = reference_histogram(reference)
    found = int(placed(histogram, present).is_outside.sum())
    p = float(scipy.stats.binom.sf(found - 1, len(present), histogram.unseen_rate)) if found else 1.0
    return Finding(float(found), p, found / len(present))


def type_change(reference: pd.Series, current: pd.Series) -> Finding:
    """1 where numbers became text, text became dates and so on, else 0: a fact, not a chance, so p is 0 or 1."""
    if reference.dropna().empty or current.dropna().empty:
        return NOTHING
    is_changed = kind_of(reference) != kind_of(current)
    return Finding(float(is_changed), 0.0 if is_changed else 1.0, float(is_changed))
