"""Distances between two distributions; both have p-values by permutation, since their laws depend on the data."""

import numpy as np

from credit_platform.statistics.arrays import AnyArray, Floats, Integers
from credit_platform.statistics.two_sample.finding import (
    Finding,
    permutation_p_value,
    permuted_tables,
)

_CELLS = 500


def wasserstein(a: Floats, b: Floats) -> Finding:
    """W1 = integral of |F - G|: how far values must be moved, in their unit (Vaserstein 1969).

    Above 500 distinct values both samples are first put into 500 cells of equal mass, each at its mean. Effect: W1 in
    standard deviations of the reference.
    """
    place, table = _cells(a, b)
    gaps, rows, pooled = np.diff(place), table.sum(axis=1), table.sum(axis=0)

    def distance(first: AnyArray) -> Floats:
        """Of each first row, (..., k), with the second that the margins leave."""
        shares = first / rows[0] - (pooled - first) / rows[1]
        return np.asarray((np.abs(np.cumsum(shares, axis=-1)[..., :-1]) * gaps).sum(axis=-1))

    found, spread = float(distance(table[0])), float(a.std())
    p = permutation_p_value(found, distance(permuted_tables(table))) if gaps.size else 1.0
    return Finding(found, p, found / spread if spread else float(found > 0))


def _cells(a: Floats, b: Floats) -> tuple[Floats, Integers]:
    """Where each cell lies, (k,), and counts of both samples in it, (2, k)."""
    both = np.concatenate([a, b])
    values, inverse = np.unique(both, return_inverse=True)
    if values.size > _CELLS:
        edges = np.unique(np.quantile(both, np.arange(1, _CELLS) / _CELLS, method="inverted_cdf"))
        inverse = np.searchsorted(edges, both, side="left")
        held = np.bincount(inverse)
        values = np.bincount(inverse, weights=both)[held > 0] / held[held > 0]
        inverse = (np.cumsum(held > 0) - 1)[inverse]
    counts = [np.bincount(part, minlength=values.size) for part in (inverse[: a.size], inverse[a.size :])]
    return values, np.array(counts)


def jensen_shannon(table: Integers) -> Finding:
    """JSD = H((p + q) / 2) - (H(p) + H(q)) / 2 in bits over bins or levels (Lin 1991).

    Effect: its square root, the Jensen-Shannon distance, 0 to 1 (Endres and Schindelin 2003).
    """
    rows, pooled = table.sum(axis=1), table.sum(axis=0)

    def divergence(first: AnyArray) -> Floats:
        p, q = first / rows[0], (pooled - first) / rows[1]
        return np.asarray(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2)

    found = float(divergence(table[0]))
    return Finding(found, permutation_p_value(found, divergence(permuted_tables(table))), float(np.sqrt(max(found, 0))))


def _entropy(shares: Floats) -> Floats:
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-(shares * logs).sum(axis=-1))
