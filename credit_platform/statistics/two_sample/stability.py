"""PSI beside the other tests, and what a moved characteristic does to a score."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.drift_laws import shape_law
from credit_platform.statistics.histograms import placed, reference_histogram, smoothed_shares
from credit_platform.statistics.two_sample.finding import NOTHING, Finding


def psi(reference: pd.Series, current: pd.Series) -> Finding:
    """Population stability index over quantile bins of the reference, with its chi-square law (``drift_laws``).

    Of a characteristic the same figure is called CSI. The index is its own effect size.
    """
    histogram = reference_histogram(reference)
    bins = placed(histogram, current).bins
    counts = np.bincount(bins[bins >= 0], minlength=len(histogram.counts))
    held = np.array(histogram.counts)
    if not counts.sum() or not held.sum():
        return NOTHING
    shape = shape_law(held, counts, scale=1 / held.sum() + 1 / counts.sum(), level=0.01)
    return Finding(shape.psi, shape.p_value, shape.psi)


def points_shift(reference: ArrayLike, current: ArrayLike, points: ArrayLike) -> float:
    """Sum of (q - p) points over the bins of a scorecard characteristic: how far it moved the mean score.

    Source: Siddiqi 2006, Credit Risk Scorecards, chapter 8, characteristic analysis. Counts and points are (b,).
    """
    p, q = smoothed_shares(np.asarray(reference)), smoothed_shares(np.asarray(current))
    each = np.asarray(points, dtype=np.float64)
    if not p.shape == q.shape == each.shape:
        raise ValueError(
            f"points shift: found {p.shape} reference bins, {q.shape} current bins and {each.shape} points, expected "
            "one of each for every bin"
        )
    return float(((q - p) * each).sum())
