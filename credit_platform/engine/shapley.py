"""The Shapley values of one leaf, in closed form.

At a leaf whose path reads d columns the game is a product: v * prod(o_j) over the columns that are known * prod(r_j)
over the others, where o_j says whether the row passes every split on column j and r_j is the share of the covers that
does. Its Shapley value (path-dependent TreeSHAP; Lundberg et al. 2020, algorithm 2, in closed form) is

    v * (o_j - r_j) * integral over t from 0 to 1 of prod over k != j of (t * o_k + (1 - t) * r_k),

a polynomial of degree d - 1 that Gauss and Legendre integrate exactly with d / 2 points.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shapley(value: Floats, ratios: Floats, passed: Floats) -> Floats:
    """Shapley values (n, m, d) of leaves (n,) with ratios (n, d), for ways past them (n or 1, m, d) of 0 and 1."""
    points, weights = np.polynomial.legendre.leggauss((ratios.shape[1] + 1) // 2)
    share = ratios[:, None]
    total = np.zeros(np.broadcast_shapes(share.shape, passed.shape))
    for point, weight in zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        factor = point * passed + (1 - point) * share
        total += weight * np.multiply.reduce(factor, axis=-1, keepdims=True) / factor
    return value[:, None, None] * (passed - share) * total


def ways(count: int) -> NDArray[np.intp]:
    """Every way past so many conditions, (2^count, count) of 0 and 1, the first condition in the lowest bit."""
    return np.arange(1 << count)[:, None] >> np.arange(count) & 1
