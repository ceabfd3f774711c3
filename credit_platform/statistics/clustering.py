"""How much more a sample of whole clusters varies than one of as many independent rows: customers, days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from credit_platform.statistics.arrays import AnyArray, Floats, Integers, dot
from credit_platform.statistics.bootstrap import entity_codes
from credit_platform.statistics.drift_laws import mean_rank_variance, midranks, pooled_psi, pooled_starts, shift_law
from credit_platform.statistics.histograms import Histogram, smoothed_shares

TAIL = 0.99
"""The quantile at which a clustered law is compared with the law of independent rows: where alarms are decided."""
_DRAWS, _DRAWS_OF_CURRENT = 1_000, 400
_SIZES = (100, 2_000)
"""Rows of a resample: few customers have the heavier tail, many show how unequal the directions of a shift are."""
_FEWEST_CLUSTERS, _MOST_CLUSTERS = 30, 20_000
_ROWS_OF_A_PERIOD, _FEWEST_PERIODS = 30, 20
_CLUSTERED = 1.2
"""Below so many rows a cluster an estimate of the correlation within clusters is noise; no effect exceeds the rows."""


@dataclass(frozen=True)
class Clustering:
    """Design effects (Kish 1965), each at least 1: of the shares of bins, of the mean rank, of the missing rate.

    ``rows`` is the size of a row's own cluster on average, sum m^2 / sum m; 1 where every row is its own cluster.
    """

    shape: float = 1.0
    shift: float = 1.0
    missing: float = 1.0
    rows: float = 1.0

    @property
    def largest(self) -> float:
        return max(self.shape, self.shift, self.missing)

    def at(self, rows: float) -> "Clustering":
        """The effects in clusters of another size: 1 + (m - 1) rho (Kish 1965), rho as it was found here."""
        if self.rows <= 1:
            return Clustering(rows=rows)
        factor = (rows - 1) / (self.rows - 1)
        shape, shift, missing = (1 + (effect - 1) * factor for effect in (self.shape, self.shift, self.missing))
        return Clustering(shape, shift, missing, rows)

    def joined(self, other: "Clustering") -> "Clustering":
        """The larger one of each effect."""
        pairs = zip(
            (self.shape, self.shift, self.missing, self.rows),
            (other.shape, other.shift, other.missing, other.rows),
            strict=True,
        )
        return Clustering(*(max(pair) for pair in pairs))


INDEPENDENT = Clustering()


def clustering_of(
    histogram: Histogram,
    bins: Integers,
    entity: AnyArray | Sequence[object] | None,
    *,
    seed: int,
    draws: int = _DRAWS,
) -> Clustering:
    """Design effects of whole entities in a sample placed in a histogram's bins, (n,) and (n,).

    ``draws`` resamples of whole entities give the null laws of n PSI, of the mean rank and of the missing rate, at
    about 100 and 2,000 rows. An effect is the largest ratio to the law of independent rows, by the mean (Rao and Scott
    1981, first order) and by the 99% quantile.
    """
    codes = entity_codes(entity, rows=bins.size)
    size = cluster_size(codes)
    if size < _CLUSTERED:
        return Clustering(size, size, size, size)
    generator = np.random.default_rng(seed)
    bins, codes = _some_clusters(bins, codes, generator)
    table = _entity_counts(bins, codes, len(histogram.counts))
    mean = table.sum(axis=0)
    out = Clustering(rows=size)
    for rows in _SIZES:
        entities = min(len(table), max(10, round(rows * len(table) / bins.size)))
        drawn = table[generator.integers(0, len(table), (draws, entities))].sum(axis=1)
        shift = _shift_effect(drawn[:, :-1], mean[:-1]) if histogram.kind == "numeric" else 1.0
        found = Clustering(_shape_effect(drawn[:, :-1], mean[:-1]), shift, _missing_effect(drawn, mean))
        out = out.joined(found)
    return out


def clustering_of_current(
    histogram: Histogram,
    bins: Integers,
    entity: AnyArray | Sequence[object],
    *,
    reference: Clustering,
    seed: int,
) -> Clustering:
    """Design effects of a sample that brings its own entities.

    Where the reference has clusters, its correlation within them and the sample's own cluster sizes; the sample's own
    estimate as well from 30 clusters on. With fewer, and none in the reference, rows of a cluster count as one row.
    """
    codes = entity_codes(entity, rows=bins.size)
    size = cluster_size(codes)
    if size < _CLUSTERED:
        return Clustering(size, size, size, size)
    known = reference.at(size) if reference.rows >= _CLUSTERED else None
    if bins.size / size >= _FEWEST_CLUSTERS:
        own = clustering_of(histogram, bins, codes, seed=seed, draws=_DRAWS_OF_CURRENT)
        return own if known is None else own.joined(known)
    return known or Clustering(size, size, size, size)


def period_clustering(histograms: Sequence[Histogram], bins: Integers, codes: Integers) -> Clustering:
    """Design effects of whole periods (days): what all rows of a day share makes it unlike the years before it.

    ``histograms`` holds what period i is compared with, ``codes`` (n,) the period of each row. Effects are the largest
    ratios to the laws of independent rows, by the mean and by the 99% quantile, over periods of at least 30 rows;
    independent where fewer than 20 periods have so many.
    """
    table = _entity_counts(bins, codes, len(histograms[0].counts))
    usable = np.flatnonzero(table[:, :-1].sum(axis=1) >= _ROWS_OF_A_PERIOD).tolist()
    if len(usable) < _FEWEST_PERIODS:
        return INDEPENDENT
    rows = table[usable].sum(axis=1)
    laws = np.array([_period(histograms[i], table[i]) for i in usable])
    shape, dof = laws[laws[:, 1] > 0, :2].T
    return Clustering(
        _ratio(shape, dof) if dof.size else 1.0,
        _ratio(laws[:, 2], 1),
        _ratio(laws[:, 3], 1),
        rows=dot(rows, rows) / float(rows.sum()),
    )


def cluster_size(codes: Integers) -> float:
    """sum m^2 / sum m over the sizes m of clusters: how many rows the cluster of a row has on average."""
    sizes = np.bincount(codes).astype(np.float64)
    return dot(sizes, sizes) / float(sizes.sum()) if codes.size else 1.0


def _some_clusters(bins: Integers, codes: Integers, generator: np.random.Generator) -> tuple[Integers, Integers]:
    """At most 20,000 clusters at random with all their rows: more change no estimate and fill the memory."""
    clusters = int(codes.max()) + 1
    if clusters <= _MOST_CLUSTERS:
        return bins, codes
    place = np.full(clusters, -1)
    place[generator.choice(clusters, _MOST_CLUSTERS, replace=False)] = np.arange(_MOST_CLUSTERS)
    kept = place[codes] >= 0
    return bins[kept], place[codes][kept]


def _entity_counts(bins: Integers, codes: Integers, width: int) -> Floats:
    """Rows of each entity by bin, missing (and unseen) rows last: (entities, bins + 1)."""
    column = np.where(bins >= 0, bins, width)
    entities = int(codes.max()) + 1
    counts = np.bincount(codes * (width + 1) + column, minlength=entities * (width + 1))
    return counts.reshape(entities, width + 1).astype(np.float64)


def _shape_effect(drawn: Floats, mean: Floats) -> float:
    """Resamples against the sample they come from: each has one sample's noise, as the 1/M term of the null law has."""
    rows = drawn.sum(axis=1)
    if mean.sum() == 0:
        return 1.0
    order = np.argsort(mean, kind="stable")
    starts = pooled_starts(mean[order] / mean.sum() * rows.mean())
    dof = len(starts) - 1
    if dof == 0:
        return 1.0
    drawn, mean = (np.add.reduceat(counts[..., order], starts, axis=-1) for counts in (drawn, mean))
    centre, shares = smoothed_shares(mean), smoothed_shares(drawn)
    return _ratio(((shares - centre) * np.log(shares / centre)).sum(axis=1) * rows, dof)


def _shift_effect(drawn: Floats, mean: Floats) -> float:
    rows, variance = drawn.sum(axis=1), mean_rank_variance(mean)
    held = rows > 0
    if variance == 0 or not held.any():
        return 1.0
    rank = np.einsum("ij,j->i", drawn[held], midranks(mean)) / rows[held]
    return _ratio((rank - 0.5) ** 2 / variance * rows[held], 1)


def _missing_effect(drawn: Floats, mean: Floats) -> float:
    rate = mean[-1] / mean.sum()
    if rate in (0.0, 1.0):
        return 1.0
    rows = drawn.sum(axis=1)
    return _ratio((drawn[:, -1] / rows - rate) ** 2 / (rate * (1 - rate)) * rows, 1)


def _period(histogram: Histogram, counts: Floats) -> tuple[float, int, float, float]:
    """Were a period's rows independent: its PSI as a chi-square value, the degrees of freedom, and the squares of the
    normal values of its shift and of its missing rate."""
    reference, known = np.array(histogram.counts), counts[:-1]
    scale = 1 / max(1, reference.sum()) + 1 / known.sum()
    value, dof = pooled_psi(reference, known)
    shift = shift_law(reference, known, scale=scale).z ** 2 if histogram.kind == "numeric" else 0.0
    rate = histogram.missing / histogram.rows
    spread = rate * (1 - rate) * (1 / histogram.rows + 1 / counts.sum())
    missing = (counts[-1] / counts.sum() - rate) ** 2 / spread if spread else 0.0
    return value / scale, dof, shift, missing


def _ratio(scaled: Floats, dof: int | Floats) -> float:
    """How far a law lies above chi-square, by its mean and in its tail; at least 1."""
    by_tail = np.quantile(scaled / scipy.stats.chi2.ppf(TAIL, dof), TAIL)
    return max(1.0, float((scaled / dof).mean()), float(by_tail))
