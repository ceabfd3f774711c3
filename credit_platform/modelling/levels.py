"""The level of a period apart from the order within it.

What a model learnt before a period says of the period's own bad rate is the calibrator's business, which is fitted
anew on the latest window. So where folds go forward in time, weights and searches are judged with one free intercept a
period. On the contest's loans models of the first half of 2022 predict a twentieth of the bads of early August, and
without these intercepts weights would be chosen to mend that. Contenders are compared on a later window at its own
level too: calibrators of few bads part from each other there by chance.
"""

import numpy as np
import scipy
from numpy.typing import ArrayLike

from credit_platform.modelling.sample import Floats, Indices
from credit_platform.statistics.calibration import log_loss_of_log_odds


def level_shifts(label: ArrayLike, margin: Floats, weight: Floats, period: Indices) -> Floats:
    """What to add to the log-odds (n,) of each row so that every period's mean probability is its bad rate.

    That is the maximum-likelihood intercept of the period at slope 1. ValueError for a period of one class.
    """
    bad, shift = np.asarray(label, dtype=np.float64), np.empty(len(margin))
    for number in np.unique(period):
        rows = period == number
        share, own = weight[rows] / weight[rows].sum(), margin[rows]
        rate = float(share @ bad[rows])
        if not 0 < rate < 1:
            raise ValueError(f"level of period {number}: its {int(rows.sum())} rows hold one class, expected both")
        middle = np.log(rate / (1 - rate))
        # At these ends every row's probability is above, or below, the rate.
        ends = middle - own.max(), middle - own.min()
        shift[rows] = ends[0] if ends[0] == ends[1] else _root(share, own, rate, *ends)
    return shift


def at_own_level(label: ArrayLike, margin: Floats, weight: Floats) -> Floats:
    """Log-odds (n,) of the rows of one window, moved alike until their mean probability is its bad rate."""
    return margin + level_shifts(label, margin, weight, np.zeros(len(margin), dtype=np.int64))


def levelled_log_loss(label: ArrayLike, margin: Floats, weight: Floats, period: Indices | None) -> float:
    """Weighted log-loss per row at each period's own level; as it is where there are no periods."""
    shift = 0.0 if period is None else level_shifts(label, margin, weight, period)
    return log_loss_of_log_odds(label, margin + shift, weight=weight)


def _root(share: Floats, margin: Floats, rate: float, low: float, high: float) -> float:
    def excess(shift: float) -> float:
        return float(share @ scipy.special.expit(margin + shift)) - rate

    # A hair beyond the ends, where rounding could make both signs equal.
    return float(scipy.optimize.brentq(excess, low - 1e-6, high + 1e-6, xtol=1e-12))
