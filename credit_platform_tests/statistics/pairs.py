"""Two scores of the same units with known AUC and correlation."""

import numpy as np
from scipy.stats import norm


def pair(
    rng: np.random.Generator, *, rows: int, bad_rate: float, auc: float, gain: float, correlation: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and the scores of champion and challenger, each (rows,): within a class bivariate normal.

    The mean of bads is that of goods + sqrt(2) times the normal quantile of the AUC, so the AUC are ``auc`` and
    ``auc + gain`` in truth.
    """
    bads = round(rows * bad_rate)
    label = np.arange(rows) < bads
    noise = rng.normal(size=(3, rows))
    both = [np.sqrt(correlation) * noise[0] + np.sqrt(1 - correlation) * each for each in noise[1:]]
    shifts = [np.sqrt(2) * norm.ppf(value) for value in (auc, auc + gain)]
    champion, challenger = (score + shift * label for score, shift in zip(both, shifts, strict=True))
    return label, champion, challenger
