"""Points from log-odds (points to double the odds, Siddiqi 2006, ch. 6) and the named bands of a score."""

import math

import numpy as np

from credit_platform.contracts.score import ScoreScale


def points(margin: np.ndarray, scale: ScoreScale) -> np.ndarray:
    """Score int64 (n,), higher is better, from log-odds of bad (n,); rounded half to even.

    points = base_points + points_to_double / ln 2 * (ln(good:bad odds) - ln(base_odds)), ln(good:bad odds) = -margin.
    """
    factor = scale.points_to_double / math.log(2.0)
    exact = scale.base_points + factor * (-np.asarray(margin, dtype=np.float64) - math.log(scale.base_odds))
    return np.rint(exact).astype(np.int64)


def band_of(score: int, scale: ScoreScale) -> str:
    """Name of the first band, from the best down, whose minimum the score reaches; the last has none."""
    for band in scale.bands[:-1]:
        if band.minimum is not None and score >= band.minimum:
            return band.name
    return scale.bands[-1].name
