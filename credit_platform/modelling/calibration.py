"""The calibrator: affine in log-odds with a positive slope, so it folds into the forest and never reorders units."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from credit_platform.modelling.logistic import fit_logistic
from credit_platform.modelling.sample import Floats

SMALLEST_SLOPE = 1e-3
"""A score without information is flattened to the bad rate rather than turned round."""
PRIOR_DEVIATION = 0.2
"""How far level (log-odds) and slope of an out-of-fold model are expected to move until the next window.

Of .1, .2, .3, .5, 1 and 10, fitted on 52 bads of the real loans' calibration window, .2 had the least log-loss on the
54 bads of the selection window for LightGBM (.0391; 10: .0402) and XGBoost, .1 by a hair for the stack (.0386; .0395).
"""


@dataclass(frozen=True)
class Calibrator:
    """Calibrated log-odds = slope * log-odds + intercept, slope > 0.

    ``slope_error`` and ``level_error`` are posterior standard errors of the slope, and of the calibrated log-odds in
    the middle of the calibration rows, as if those were independent.
    """

    slope: float
    intercept: float
    slope_error: float
    level_error: float

    def margin(self, margin: Floats) -> Floats:
        """Calibrated log-odds (n,)."""
        return self.slope * margin + self.intercept

    def probability(self, margin: Floats) -> Floats:
        """Calibrated probability of bad (n,) of raw log-odds (n,)."""
        return np.asarray(scipy.special.expit(self.margin(margin)))


def fit_calibrator(margin: Floats, label: ArrayLike, weight: Floats) -> Calibrator:
    """Fit by penalised logistic likelihood on log-odds (n,) that the label has not shaped.

    Platt 1999 with a prior of another kind: level and slope are normal around no change at all (0 and 1), which is
    what the log-odds say already, with ``PRIOR_DEVIATION``. A sample for recalibration is small, and shrinking
    what it says towards the model as it is predicts better than taking it at its word (Steyerberg, Borsboom, van
    Houwelingen, Eijkemans and Habbema 2004, Statistics in Medicine 23, section 2). Over six simulated portfolios
    with 25 to 41 bads to calibrate on, against the true probabilities out of time, the standard deviation of the
    stack's level fell from .17 to .08 and that of its slope from .20 to .10, and the log-loss that it has above the
    truth's from .0229 to .0217 (uncalibrated .0217; LightGBM .0243, .0235 and .0247). A thousand bads outweigh the
    prior 40 to 1.

    The level is that in the middle of the rows, weighted by p (1 - p): there it is independent of the slope.
    """
    information = scipy.special.expit(margin) * scipy.special.expit(-margin) * weight
    middle = float(np.average(margin, weights=information))
    ridge = PRIOR_DEVIATION**-2
    fitted = fit_logistic(
        (margin - middle)[:, None],
        label,
        weight,
        ridge=ridge,
        centre=1.0,
        lower=SMALLEST_SLOPE,
        intercept_ridge=ridge,
        intercept_centre=middle,
    )
    slope = float(fitted.coefficient[0])
    level_error, slope_error = fitted.deviation.tolist()
    return Calibrator(slope, fitted.intercept - slope * middle, slope_error=slope_error, level_error=level_error)
