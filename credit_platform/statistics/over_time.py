"""Does a model hold its quality within its test window, and does it see the units there that it was chosen on?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, floats, labels, same_length, weights
from credit_platform.statistics.discrimination import auc
from credit_platform.statistics.drift_laws import psi
from credit_platform.statistics.histograms import place, reference_histogram

FEWEST_BADS = 20
"""Below it the standard error of an AUC is above .06: a month is shown and not judged."""


@dataclass(frozen=True)
class Month:
    """One calendar month of decisions; ``auc`` is None where it has fewer than 20 bads or goods."""

    month: str
    rows: int
    bads: int
    auc: float | None


def auc_by_month(
    label: ArrayLike, score: ArrayLike, decided: AnyArray, *, weight: ArrayLike | None = None
) -> tuple[Month, ...]:
    """AUC of labels (n,) by scores (n,) within each calendar month of ``decided`` (n,) datetime64, in order.

    ``rows`` and ``bads`` are counts, whatever the rows weigh.
    """
    y, s = labels(label), floats(score, name="score")
    same_length(label=y, score=s, decided=decided)
    w, months = weights(weight, rows=y.size), decided.astype("datetime64[M]")
    parts = ((str(month), months == month) for month in np.unique(months))
    return tuple(_month(month, y[rows], s[rows], w[rows]) for month, rows in parts)


def worst_month(months: tuple[Month, ...]) -> float | None:
    """The lowest AUC of the months that can be judged; None where none can."""
    return min((month.auc for month in months if month.auc is not None), default=None)


def score_psi(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    reference_weight: ArrayLike | None = None,
    weight: ArrayLike | None = None,
) -> float:
    """PSI of two samples' scores, (n,) and (m,), over the deciles of the first; rows count by their weights."""
    before, after = floats(reference, name="reference"), floats(current, name="current")
    histogram = reference_histogram(before)
    counts = [
        np.bincount(place(histogram, score), weights(own, rows=score.size), len(histogram.counts))
        for score, own in ((before, reference_weight), (after, weight))
    ]
    return psi(*counts)


def _month(month: str, label: Floats, score: Floats, weight: Floats) -> Month:
    bads = int(label.sum())
    is_judged = min(bads, label.size - bads) >= FEWEST_BADS
    return Month(month, int(label.size), bads, auc(label, score, weight=weight) if is_judged else None)
