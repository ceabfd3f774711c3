"""The calibrator: affine in log-odds with a positive slope, so it folds into the forest and never reorders units."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from credit_platform.modelling.logistic import fit_logistic
from credit_platform.modelling.sample import Floats

SMALLEST_SLOPE = 1e-3
"""A score without information is flattened to the bad rate rather than turned round."""
PRIOR = 1.0
"""Pull towards slope 1, in units of one row's squared error: settles a small table whose classes are separated."""


@dataclass(frozen=True)
class Calibrator:
    """Calibrated log-odds = slope * log-odds + intercept, slope > 0."""

    slope: float
    intercept: float

    def margin(self, margin: Floats) -> Floats:
        """Calibrated log-odds (n,)."""
        return self.slope * margin + self.intercept

    def probability(self, margin: Floats) -> Floats:
        """Calibrated probability of bad (n,) of raw log-odds (n,)."""
        return np.asarray(scipy.special.expit(self.margin(margin)))


def fit_calibrator(margin: Floats, label: ArrayLike, weight: Floats) -> Calibrator:
    """Fit by logistic likelihood on log-odds (n,) that the label has not shaped (Platt 1999, without his prior)."""
    model = fit_logistic(margin[:, None], label, weight, ridge=PRIOR, centre=1.0, lower=SMALLEST_SLOPE)
    return Calibrator(slope=float(model.coefficient[0]), intercept=model.intercept)
