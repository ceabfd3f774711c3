"""Many tests, one error budget."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit_platform.statistics.arrays import Floats


def adjusted_p_values(p: ArrayLike) -> Floats:
    """Benjamini-Hochberg step-up q-values (1995): q_(i) = min over j >= i of m p_(j) / j, in the order given, (m,)."""
    values = np.asarray(p, dtype=np.float64)
    if values.size and (np.isnan(values).any() or values.min() < 0 or values.max() > 1):
        raise ValueError(f"p: found {values.tolist()}, expected probabilities without nan")
    order = np.argsort(values)
    scaled = values[order] * values.size / np.arange(1, values.size + 1)
    out = np.empty_like(values)
    out[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1)
    return out


def benjamini_hochberg(p: ArrayLike, level: float) -> NDArray[np.bool_]:
    """Which of m hypotheses are rejected with a false-discovery rate of ``level``, (m,)."""
    return np.asarray(adjusted_p_values(p) <= level)
