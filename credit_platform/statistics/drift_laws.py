"""Two laws of no drift between counts over the same bins: of PSI, and of the shift of ranks."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, dot
from credit_platform.statistics.histograms import smoothed_shares

_MINIMUM_EXPECTED = 5.0


@dataclass(frozen=True)
class Shape:
    """PSI of pooled bins, the PSI that ``level`` allows, and the p-value of the one found; dof 0 cannot differ."""

    psi: float
    threshold: float
    p_value: float
    dof: int


@dataclass(frozen=True)
class Shift:
    """Cliff's delta = P(current > reference) - P(current < reference), and its normal value."""

    delta: float
    z: float

    @property
    def p_value(self) -> float:
        """Of no shift, two-sided; only where it is asked for: every day of a reference has a law of its own."""
        return float(2 * scipy.stats.norm.sf(abs(self.z)))


def psi(reference: ArrayLike, current: ArrayLike) -> float:
    """PSI = sum of (q - p) ln(q / p) of two count vectors over the same bins, half a count added to each bin.

    Source: Lewis 1994, An Introduction to Credit Scoring; it is the symmetrised Kullback-Leibler divergence.
    """
    p, q = smoothed_shares(np.asarray(reference)), smoothed_shares(np.asarray(current))
    if p.shape != q.shape:
        raise ValueError(f"psi: found {p.shape} reference and {q.shape} current bins, expected the same bins")
    return float(((q - p) * np.log(q / p)).sum())


def pooled_psi(reference: AnyArray, current: AnyArray) -> tuple[float, int]:
    """PSI and degrees of freedom once the smallest bins are pooled until each expects five rows."""
    order = np.argsort(reference, kind="stable")
    p, q = reference[order].astype(float), current[order].astype(float)
    if p.sum() == 0 or q.sum() == 0:
        return 0.0, 0
    starts = pooled_starts(p / p.sum() * q.sum())
    p, q = np.add.reduceat(p, starts), np.add.reduceat(q, starts)
    return (psi(p, q), p.size - 1) if p.size > 1 else (0.0, 0)


def shape_law(reference: AnyArray, current: AnyArray, *, scale: float, level: float) -> Shape:
    """PSI ~ scale chi2(b - 1) without drift; ``scale`` = 1/N + 1/M, each times its design effect (Yurdakul 2018)."""
    value, dof = pooled_psi(reference, current)
    if dof == 0:
        return Shape(value, 0.0, 1.0, 0)
    threshold = scale * float(scipy.stats.chi2.ppf(1 - level, dof))
    return Shape(value, threshold, float(scipy.stats.chi2.sf(value / scale, dof)), dof)


def shift_law(reference: AnyArray, current: AnyArray, *, scale: float) -> Shift:
    """Mann-Whitney test of binned values: mean rank of the current rows ~ N(1/2, scale (1 - sum p^3) / 12).

    Source: Lehmann 1975, Nonparametrics, section 1.4, ties at their midranks; a bin is one tie, so no value has more
    weight than its place in the order.
    """
    if reference.sum() == 0 or current.sum() == 0:
        return Shift(0.0, 0.0)
    rank = dot(midranks(reference), current.astype(np.float64)) / float(current.sum())
    variance = mean_rank_variance(reference + current) * scale
    z = (rank - 0.5) / float(np.sqrt(variance)) if variance > 0 else 0.0
    return Shift(2 * rank - 1, z)


def midranks(counts: AnyArray) -> Floats:
    """Share of rows below each bin plus half its own (a ridit, Bross 1958), (b,)."""
    shares = counts / counts.sum()
    return np.cumsum(shares) - shares / 2


def mean_rank_variance(counts: AnyArray) -> float:
    """Variance of one row's midrank, (1 - sum p^3) / 12; 0 where one bin holds all rows, or there are none."""
    if not counts.any():
        return 0.0
    shares = counts / counts.sum()
    return max(0.0, float(1 - (shares**3).sum()) / 12)


def pooled_starts(expected: Floats) -> list[int]:
    """First bin of each group of neighbours, smallest first, that expect five rows; a small rest joins the last."""
    starts, held = [0], 0.0
    for i, rows in enumerate(expected):
        if held >= _MINIMUM_EXPECTED and expected[i:].sum() >= _MINIMUM_EXPECTED:
            starts.append(i)
            held = 0.0
        held += rows
    return starts
