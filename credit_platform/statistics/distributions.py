"""Two samples, column by column: do they come from one distribution? A warning for people; drift alarms are elsewhere.

Rows are taken as independent, so p-values are too small where entities repeat; the effect size is what to read first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from credit_platform.statistics.association import chi_square
from credit_platform.statistics.histograms import MISSING, Kind, kind_of, place, reference_histogram
from credit_platform.statistics.multiplicity import adjusted_p_values
from credit_platform.statistics.stability import MATERIAL_PSI, drift_test


@dataclass(frozen=True)
class DistributionCheck:
    """One test of one column. ``adjusted_p_value`` is Benjamini-Hochberg over the whole comparison."""

    column: str
    kind: Kind
    test: str
    statistic: float
    p_value: float
    effect: str
    effect_size: float
    reference_rows: int
    current_rows: int
    material: float
    """Effect size from which a difference matters."""
    adjusted_p_value: float = 1.0
    is_different: bool = False


@dataclass(frozen=True)
class _Finding:
    statistic: float
    p_value: float
    effect_size: float


@dataclass(frozen=True)
class TwoSampleTest:
    """A test by name, what its effect size is called, and from which size a difference matters."""

    name: str
    effect: str
    material: float
    run: Callable[[pd.Series, pd.Series], _Finding]


def _ks(reference: pd.Series, current: pd.Series) -> _Finding:
    """Two-sample Kolmogorov-Smirnov, asymptotic p; effect: Cliff's delta = P(current > reference) - P(<)."""
    a, b = (s.dropna().to_numpy(dtype=np.float64) for s in (reference, current))
    if not a.size or not b.size:
        return _Finding(0.0, 1.0, 0.0)
    found = stats.ks_2samp(a, b, method="asymp")
    ordered = np.sort(a)
    below, upto = np.searchsorted(ordered, b, side="left"), np.searchsorted(ordered, b, side="right")
    delta = float((below + upto - a.size).mean() / a.size)
    return _Finding(float(found.statistic), float(found.pvalue), delta)


def _chi_square(reference: pd.Series, current: pd.Series) -> _Finding:
    """Chi-square of homogeneity over levels and missing; effect: Cramer's V = sqrt(X^2 / n) of a 2 x k table."""
    both = reference_histogram(pd.concat([reference, current], ignore_index=True))
    width = len(both.counts) + 1
    slots = [np.where(p == MISSING, width - 1, p) for p in (place(both, reference), place(both, current))]
    table = np.array([np.bincount(slot, minlength=width) for slot in slots], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return _Finding(0.0, 1.0, 0.0)
    value = chi_square(table)
    return _Finding(value, float(stats.chi2.sf(value, table.shape[1] - 1)), float(np.sqrt(value / table.sum())))


def _psi(reference: pd.Series, current: pd.Series) -> _Finding:
    """Population stability index with its chi-square law; the index is its own effect size."""
    found = drift_test(reference_histogram(reference), current)
    return _Finding(found.psi, found.p_value, found.psi)


_PSI = TwoSampleTest("psi", "PSI", MATERIAL_PSI, _psi)
TESTS: dict[Kind, tuple[TwoSampleTest, ...]] = {
    "numeric": (TwoSampleTest("ks", "Cliff's delta", 0.10, _ks), _PSI),
    "category": (TwoSampleTest("chi_square", "Cramer's V", 0.10, _chi_square), _PSI),
}
"""Kind of column -> its tests. A further test is one line here."""


def compare(reference: pd.DataFrame, current: pd.DataFrame, *, level: float = 0.05) -> list[DistributionCheck]:
    """Every test of every column that both frames hold, in column order; dates are left out.

    ``is_different`` needs an adjusted p below ``level`` and an effect of material size. ValueError for an empty
    frame or columns of the reference that the current sample lacks.
    """
    absent = [str(name) for name in reference if name not in current]
    if absent or reference.empty or current.empty:
        raise ValueError(
            f"compare: found {len(reference)} reference rows, {len(current)} current rows and columns {absent} missing "
            "from the current sample; expected rows in both and every reference column"
        )
    checks: list[DistributionCheck] = []
    for name in reference:
        kind = kind_of(reference[name])
        if kind is None:
            continue
        for test in TESTS[kind]:
            found = test.run(reference[name], current[name])
            rows = int(reference[name].count()), int(current[name].count())
            measured = found.statistic, found.p_value, test.effect, found.effect_size
            checks.append(DistributionCheck(str(name), kind, test.name, *measured, *rows, test.material))
    adjusted = adjusted_p_values([check.p_value for check in checks])
    return [
        replace(c, adjusted_p_value=float(q), is_different=bool(q < level and abs(c.effect_size) > c.material))
        for c, q in zip(checks, adjusted, strict=True)
    ]
