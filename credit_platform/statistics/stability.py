"""Drift alarms that know their sample size and its clusters (design 6.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

from credit_platform.statistics.arrays import AnyArray
from credit_platform.statistics.clustering import INDEPENDENT, Clustering
from credit_platform.statistics.drift_laws import shape_law, shift_law
from credit_platform.statistics.histograms import MISSING, UNSEEN, Histogram, Placed, placed, smoothed_shares
from credit_platform.statistics.multiplicity import benjamini_hochberg

MATERIAL_PSI = 0.02
MATERIAL_SHIFT = 0.05
"""Cliff's delta; a shift by .09 standard deviations of a normal column."""
MATERIAL_RATE = 0.01
_MINIMUM_ROWS = 3
"""Fewer odd rows than this never alarm on missing or unseen values: one typing error is not drift."""


@dataclass(frozen=True)
class DriftResult:
    """One column of one sample against its reference; shares are of values present, over ``bins``.

    ``shift`` is Cliff's delta, P(current > reference) - P(current < reference); 0 for a category. ``threshold`` is the
    PSI above which the shape alarms, at the level that the tests judged together leave for one of them; ``deff`` says
    how many times wider clusters made it.
    """

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
    shift: float
    shift_p_value: float
    is_shift_alarm: bool
    scale: float
    """Variance of the null law of PSI by degree of freedom: 1/N + 1/M, each times its design effect."""
    is_missing_material: bool
    is_unseen_material: bool

    @property
    def is_alarm(self) -> bool:
        return self.is_shape_alarm or self.is_shift_alarm or self.is_missing_alarm or self.is_unseen_alarm

    @property
    def p_values(self) -> tuple[float, float, float, float]:
        """Of shape, shift, missing and unseen."""
        return self.p_value, self.shift_p_value, self.missing_p_value, self.unseen_p_value

    @property
    def is_material(self) -> tuple[bool, bool, bool, bool]:
        """Whether shape, shift, missing and unseen differ by a size that matters."""
        shift = abs(self.shift) > MATERIAL_SHIFT
        return self.psi > MATERIAL_PSI, shift, self.is_missing_material, self.is_unseen_material


def drift_test(
    histogram: Histogram, values: AnyArray | pd.Series, *, level: float = 0.01, deff: float = 1.0
) -> DriftResult:
    """Compare a sample with a reference histogram; ``deff`` is one design effect for all tests and both samples."""
    clustering = Clustering(deff, deff, deff)
    return judged(histogram, placed(histogram, values), reference=clustering, current=clustering, level=level)


def judged(
    histogram: Histogram,
    sample: Placed,
    *,
    reference: Clustering = INDEPENDENT,
    current: Clustering = INDEPENDENT,
    level: float = 0.01,
) -> DriftResult:
    """Judge a placed sample by four tests that share one budget: shape, shift of ranks, missing and unseen values.

    PSI ~ (deff/N + deff/M) chi2(b - 1) without drift, over bins that expect five rows (``drift_laws``). An alarm needs
    significance at ``level`` and a material size: PSI > .02, |Cliff's delta| > .05, one point of missing or unseen
    values and three rows. An empty sample is a ValueError.
    """
    # A number beyond the reference's range is judged as unseen alone, as a new level is: 1e9 moves no other test.
    bins = np.where(sample.is_outside, UNSEEN, sample.bins)
    if bins.size == 0:
        raise ValueError("drift test: found no rows in the current sample; judge only days that have rows")
    slots = np.bincount(bins - UNSEEN, minlength=len(histogram.counts) - UNSEEN)
    counts, missing, known = slots[-UNSEEN:], int(slots[MISSING - UNSEEN]), int(slots[-UNSEEN:].sum())
    held, per_row = np.array(histogram.counts), (1 / max(sum(histogram.counts), 1), 1 / max(known, 1))
    scale = reference.shape * per_row[0] + current.shape * per_row[1]
    shape = shape_law(held, counts, scale=scale, level=level)
    shift_scale = reference.shift * per_row[0] + current.shift * per_row[1]
    shift = shift_law(held, counts, scale=shift_scale) if histogram.kind == "numeric" else None
    outside, present = int(sample.is_outside.sum()), bins.size - missing
    expected = histogram.missing / histogram.rows
    found = DriftResult(
        rows=int(bins.size),
        psi=shape.psi,
        threshold=max(MATERIAL_PSI, shape.threshold),
        p_value=shape.p_value,
        dof=shape.dof,
        deff=scale / sum(per_row),
        missing_rate=missing / bins.size,
        reference_missing_rate=expected,
        missing_p_value=_rate_p_value(missing, bins.size, histogram, reference.missing, current.missing),
        unseen_share=outside / present if present else 0.0,
        unseen_p_value=_excess_p_value(outside, present, histogram.unseen_rate, current.largest),
        is_shape_alarm=False,
        is_missing_alarm=False,
        is_unseen_alarm=False,
        bins=histogram.names,
        reference_shares=tuple(histogram.shares.tolist()),
        current_shares=tuple(smoothed_shares(counts).tolist()),
        shift=shift.delta if shift else 0.0,
        shift_p_value=shift.p_value if shift else 1.0,
        is_shift_alarm=False,
        scale=scale,
        is_missing_material=_is_material(missing, bins.size, expected),
        is_unseen_material=_is_material(outside, present, histogram.unseen_rate),
    )
    return judge_together({"": found}, level=level)[""]


def judge_together(results: Mapping[str, DriftResult], *, level: float = 0.01) -> dict[str, DriftResult]:
    """The same results with alarms that share one Benjamini-Hochberg budget over all columns and their four tests."""
    if not results:
        return {}
    # An immaterial difference cannot alarm, so it must not lend its small p-value to the others either.
    p = np.array([np.where(found.is_material, found.p_values, 1.0) for found in results.values()])
    rejected = np.reshape(benjamini_hochberg(p.ravel(), level), p.shape)
    allowed = level * max(1, int(rejected.sum())) / p.size
    pairs = zip(results.items(), rejected, strict=True)
    return {name: _with_alarms(found, [bool(x) for x in row], allowed=allowed) for (name, found), row in pairs}


def _with_alarms(found: DriftResult, rejected: list[bool], *, allowed: float) -> DriftResult:
    shape, shift, missing, unseen = rejected
    limit = found.scale * float(scipy.stats.chi2.ppf(1 - allowed, found.dof)) if found.dof else 0.0
    return replace(
        found,
        threshold=max(MATERIAL_PSI, limit),
        is_shape_alarm=shape,
        is_shift_alarm=shift,
        is_missing_alarm=missing,
        is_unseen_alarm=unseen,
    )


def _rate_p_value(count: int, rows: int, histogram: Histogram, reference_deff: float, deff: float) -> float:
    """Fisher's exact test of two rates, both tails the same (twice the smaller one), counts shrunk to effective rows.

    Exact, since a normal law gives 4 missing of 100 at an expected .5% p = 7e-7 where it is .002.
    """
    n, held = max(1, round(rows / deff)), max(1, round(histogram.rows / reference_deff))
    expected = histogram.missing / histogram.rows * n
    towards = np.floor if count / deff > expected else np.ceil
    k, marked = int(towards(count / deff)), round(histogram.missing / reference_deff)
    law = scipy.stats.hypergeom(n + held, k + marked, n)
    return float(min(1.0, 2 * min(law.cdf(k), law.sf(k - 1))))


def _excess_p_value(count: int, rows: int, expected: float, deff: float) -> float:
    """P(at least ``count`` of ``rows``) at the expected rate, both shrunk to effective rows."""
    if count == 0 or rows == 0:
        return 1.0
    return float(scipy.stats.binom.sf(np.floor(count / deff) - 1, np.ceil(rows / deff), expected))


def _is_material(count: int, rows: int, expected: float) -> bool:
    return rows > 0 and abs(count - rows * expected) >= _MINIMUM_ROWS and abs(count / rows - expected) > MATERIAL_RATE
