"""Drift alarms that know their sample size and its clusters (design 6.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from credit_platform.statistics.arrays import AnyArray, Floats, Integers
from credit_platform.statistics.bootstrap import entity_codes
from credit_platform.statistics.histograms import MISSING, Histogram, is_outside, place, smoothed_shares
from credit_platform.statistics.multiplicity import benjamini_hochberg

MATERIAL_PSI = 0.02
MATERIAL_RATE = 0.01
_MINIMUM_ROWS = 3
"""Fewer odd rows than this never alarm on missing or unseen values: one typing error is not drift."""
_MINIMUM_EXPECTED = 5.0
_DRAWS = 400
_TAIL = 0.98
_FEW_ROWS, _FEW_ENTITIES = 100, 10
_ROWS_OF_A_PERIOD, _FEWEST_PERIODS = 30, 20


@dataclass(frozen=True)
class DriftResult:
    """One column of one sample against its reference; shares are of values present, over ``bins``."""

    rows: int
    psi: float
    threshold: float
    p_value: float
    dof: int
    deff: float
    missing_rate: float
    reference_missing_rate: float
    missing_p_value: float
    unseen_share: float
    unseen_p_value: float
    is_shape_alarm: bool
    is_missing_alarm: bool
    is_unseen_alarm: bool
    bins: tuple[str, ...]
    reference_shares: tuple[float, ...]
    current_shares: tuple[float, ...]

    @property
    def is_alarm(self) -> bool:
        return self.is_shape_alarm or self.is_missing_alarm or self.is_unseen_alarm


def psi(reference: ArrayLike, current: ArrayLike) -> float:
    """PSI = sum of (q - p) ln(q / p) of two count vectors over the same bins, half a count added to each bin.

    Source: Lewis 1994, An Introduction to Credit Scoring; it is the symmetrised Kullback-Leibler divergence.
    """
    p, q = smoothed_shares(np.asarray(reference)), smoothed_shares(np.asarray(current))
    if p.shape != q.shape:
        raise ValueError(f"psi: found {p.shape} reference and {q.shape} current bins, expected the same bins")
    return float(((q - p) * np.log(q / p)).sum())


def design_effect(
    values: AnyArray | pd.Series, entity: AnyArray | Sequence[object] | None, histogram: Histogram, seed: int
) -> float:
    """How much more a histogram of whole entities varies than one of as many independent rows; at least 1.

    400 resamples of whole entities give the null law of n * PSI, at the size of the sample and at about 100 rows, where
    few entities have the heavier tail. The result is the largest ratio to chi-square, by the mean (Rao and Scott 1981,
    first order) and by the 98% quantile, and of the missing rate's variance to a binomial one.
    """
    bins = place(histogram, values)
    codes = entity_codes(entity, rows=bins.size)
    if codes.size == 0 or codes.max() + 1 == codes.size:
        return 1.0
    table, generator = _entity_counts(bins, codes, len(histogram.counts)), np.random.default_rng(seed)
    few = min(len(table), max(_FEW_ENTITIES, round(_FEW_ROWS * len(table) / bins.size)))
    effects = [1.0]
    for entities in (few, len(table)):
        drawn = _resampled(table, entities, generator)
        effects += [_shape_effect(drawn[:, :-1]), _missing_effect(drawn[:, -1], drawn.sum(axis=1))]
    return max(effects)


def period_effect(values: AnyArray | pd.Series, period: AnyArray, histogram: Histogram) -> float:
    """How much more whole periods (days) of the reference differ from it than samples of independent rows; at least 1.

    What all rows of a day share (the figures of an economy, the books of a few lenders) makes every day unlike the
    years before it. The result is the largest ratio of n * PSI to chi-square, by the mean and by the 98% quantile, over
    the periods of at least 30 rows; 1 where fewer than 20 periods have so many.
    """
    bins, reference = place(histogram, values), np.array(histogram.counts)
    _, codes = np.unique(np.asarray(period), return_inverse=True)
    found = []
    for code in np.flatnonzero(np.bincount(codes) >= _ROWS_OF_A_PERIOD):
        known = bins[(codes == code) & (bins >= 0)]
        value, dof = _pooled_psi(reference, np.bincount(known, minlength=len(reference)))
        if dof:
            found.append((value / (1 / reference.sum() + 1 / known.size), dof))
    if len(found) < _FEWEST_PERIODS:
        return 1.0
    scaled, dofs = np.array(found).T
    by_quantile = np.quantile(scaled / stats.chi2.ppf(_TAIL, dofs), _TAIL)
    return max(1.0, float((scaled / dofs).mean()), float(by_quantile))


def drift_test(
    histogram: Histogram, values: AnyArray | pd.Series, *, level: float = 0.01, deff: float = 1.0
) -> DriftResult:
    """Compare a sample with a reference histogram; shape, missing and unseen values are judged apart.

    Under no drift PSI ~ deff (1/N + 1/M) chi2(b - 1) (Yurdakul 2018, Statistical Properties of the PSI). Bins that
    expect fewer than five rows are pooled first, so that the law holds at M = 100. The shape alarms above the
    ``1 - level`` quantile and PSI > .02. An empty sample is a ValueError.
    """
    bins = place(histogram, values)
    if bins.size == 0:
        raise ValueError("drift test: found no rows in the current sample; judge only days that have rows")
    known = bins[bins >= 0]
    counts = np.bincount(known, minlength=len(histogram.counts))
    value, dof = _pooled_psi(np.array(histogram.counts), counts)
    scale = deff * (1 / max(sum(histogram.counts), 1) + 1 / max(known.size, 1))
    threshold = max(MATERIAL_PSI, scale * float(stats.chi2.ppf(1 - level, dof)) if dof else 0.0)
    p_value = float(stats.chi2.sf(value / scale, dof)) if dof else 1.0
    missing = int((bins == MISSING).sum())
    outside = int(is_outside(histogram, values).sum())
    present = bins.size - missing
    missing_p = _rate_p_value(missing, bins.size, histogram.missing, histogram.rows, deff)
    unseen_p = _excess_p_value(outside, present, histogram.unseen_rate, deff)
    expected_missing = histogram.missing / histogram.rows
    return DriftResult(
        rows=int(bins.size),
        psi=value,
        threshold=threshold,
        p_value=p_value,
        dof=dof,
        deff=deff,
        missing_rate=missing / bins.size,
        reference_missing_rate=expected_missing,
        missing_p_value=missing_p,
        unseen_share=outside / present if present else 0.0,
        unseen_p_value=unseen_p,
        is_shape_alarm=p_value < level and value > MATERIAL_PSI,
        is_missing_alarm=missing_p < level and _is_material(missing, bins.size, expected_missing),
        is_unseen_alarm=unseen_p < level and _is_material(outside, present, histogram.unseen_rate),
        bins=histogram.names,
        reference_shares=tuple(histogram.shares.tolist()),
        current_shares=tuple(smoothed_shares(counts).tolist()),
    )


def judge_together(results: Mapping[str, DriftResult], *, level: float = 0.01) -> dict[str, DriftResult]:
    """The same results with alarms that share one Benjamini-Hochberg budget over all columns and their three tests."""
    names = list(results)
    p = [[r.p_value, r.missing_p_value, r.unseen_p_value] for r in results.values()]
    rejected = benjamini_hochberg(np.array(p).ravel(), level).reshape(-1, 3)
    return {name: _with_alarms(results[name], *map(bool, row)) for name, row in zip(names, rejected, strict=True)}


def _with_alarms(result: DriftResult, shape: bool, missing: bool, unseen: bool) -> DriftResult:
    return replace(
        result,
        is_shape_alarm=shape and result.is_shape_alarm,
        is_missing_alarm=missing and result.is_missing_alarm,
        is_unseen_alarm=unseen and result.is_unseen_alarm,
    )


def _pooled_psi(reference: Integers, current: Integers) -> tuple[float, int]:
    """PSI and degrees of freedom once the smallest bins are pooled until each expects five rows."""
    order = np.argsort(reference, kind="stable")
    p, q = reference[order].astype(float), current[order].astype(float)
    if p.sum() == 0 or q.sum() == 0:
        return 0.0, 0
    starts = _group_starts(p / p.sum() * q.sum())
    p, q = np.add.reduceat(p, starts), np.add.reduceat(q, starts)
    return (psi(p, q), p.size - 1) if p.size > 1 else (0.0, 0)


def _group_starts(expected: Floats) -> list[int]:
    """First bin of each group of neighbours, smallest first, that expect five rows; a small rest joins the last."""
    starts, held = [0], 0.0
    for i, rows in enumerate(expected):
        if held >= _MINIMUM_EXPECTED and expected[i:].sum() >= _MINIMUM_EXPECTED:
            starts.append(i)
            held = 0.0
        held += rows
    return starts


def _rate_p_value(count: int, rows: int, reference_count: int, reference_rows: int, deff: float) -> float:
    """Two-sided two-proportion z-test, pooled with half counts and deflated by deff."""
    rate, reference = (count + 0.5) / (rows + 1), (reference_count + 0.5) / (reference_rows + 1)
    pooled = (count + reference_count + 0.5) / (rows + reference_rows + 1)
    variance = deff * pooled * (1 - pooled) * (1 / rows + 1 / reference_rows)
    return float(2 * stats.norm.sf(abs(rate - reference) / np.sqrt(variance)))


def _excess_p_value(count: int, rows: int, expected: float, deff: float) -> float:
    """P(at least ``count`` of ``rows``) at the expected rate, both shrunk to effective rows."""
    if count == 0 or rows == 0:
        return 1.0
    return float(stats.binom.sf(np.floor(count / deff) - 1, np.ceil(rows / deff), expected))


def _is_material(count: int, rows: int, expected: float) -> bool:
    return rows > 0 and abs(count - rows * expected) >= _MINIMUM_ROWS and abs(count / rows - expected) > MATERIAL_RATE


def _entity_counts(bins: Integers, codes: Integers, width: int) -> Floats:
    """Rows of each entity by bin, missing (and unseen) rows last: (entities, bins + 1)."""
    column = np.where(bins >= 0, bins, width)
    entities = int(codes.max()) + 1
    counts = np.bincount(codes * (width + 1) + column, minlength=entities * (width + 1))
    return counts.reshape(entities, width + 1).astype(np.float64)


def _resampled(table: Floats, entities: int, generator: np.random.Generator) -> Floats:
    """Counts of every resample of so many whole entities: (draws, bins + 1)."""
    out = np.empty((_DRAWS, table.shape[1]))
    for draw in range(_DRAWS):
        times = np.bincount(generator.integers(0, len(table), entities), minlength=len(table))
        out[draw] = np.einsum("i,ij->j", times, table)
    return out


def _shape_effect(counts: Floats) -> float:
    """Resamples against their own mean: each has one sample's noise, as the 1/N term of the null law has."""
    order = np.argsort(counts.mean(axis=0), kind="stable")
    starts = _group_starts(counts.mean(axis=0)[order])
    pooled = np.add.reduceat(counts[:, order], starts, axis=1)
    centre, shares, dof = smoothed_shares(pooled.mean(axis=0)), smoothed_shares(pooled), len(starts) - 1
    if dof == 0:
        return 1.0
    scaled = ((shares - centre) * np.log(shares / centre)).sum(axis=1) * counts.sum(axis=1).mean()
    return max(float(scaled.mean()) / dof, float(np.quantile(scaled, _TAIL)) / float(stats.chi2.ppf(_TAIL, dof)))


def _missing_effect(missing: Floats, rows: Floats) -> float:
    rates = missing / rows
    mean = float(rates.mean())
    if mean in (0.0, 1.0):
        return 1.0
    return float(rates.var()) / (mean * (1 - mean) / float(rows.mean()))
