"""One column: what it holds, how it is spread, what goes with the label, and how it moves over the months."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import Integers
from credit_platform.statistics.drift_laws import psi
from credit_platform.statistics.histograms import MISSING, Histogram, kind_of, place, reference_histogram
from credit_platform.statistics.profile.outliers import outliers
from credit_platform.statistics.profile.rates import rates, with_evidence
from credit_platform.statistics.profile.shape import shape
from credit_platform.statistics.profile.types import ColumnProfile, MonthPoint

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_TOP_LEVELS = 12
_SMALLEST_LEVEL = 10
_IDENTIFIER_SHARE = 0.5
_MOST_LEVELS = 1000
_OTHER = "other levels"


@dataclass(frozen=True)
class Months:
    """Month of each row, (n,), negative without a date; their names; and which rows are in the later half, (n,)."""

    codes: Integers
    names: tuple[str, ...]
    is_late: np.ndarray


def months_of(date: pd.Series | None) -> Months | None:
    """The months of dates (n,); the later half starts after the median date."""
    if date is None:
        return None
    dates = pd.to_datetime(date)
    codes, names = pd.factorize(dates.dt.to_period("M"), sort=True)
    late = (dates > dates.median()).to_numpy()
    return Months(codes.astype(np.int64), tuple(str(name) for name in names), late)


def column_profile(
    name: str, values: pd.Series, y: ArrayLike | None, months: Months | None, *, bins: int
) -> ColumnProfile:
    """Everything that the report says of one column (n,)."""
    held = values.dropna()
    distinct = int(held.nunique())
    kind = _kind(values, len(held), distinct)
    numbers = held.to_numpy(dtype=np.float64) if kind == "numeric" and len(held) else None
    quantiles = [] if numbers is None else np.quantile(numbers, QUANTILES).tolist()
    is_binned = kind in ("numeric", "category") and len(held) > 0
    slot, names = _slots(values, bins) if is_binned else (np.full(len(values), -1), [])
    found, information = rates(slot, y, names), None
    if is_binned and y is not None:
        found, information = with_evidence(found)
    return ColumnProfile(
        name=name,
        kind=kind,
        rows=len(values),
        missing=len(values) - len(held),
        distinct=distinct,
        mean=None if numbers is None else float(numbers.mean()),
        standard_deviation=None if numbers is None else float(numbers.std()),
        quantiles=dict(zip(QUANTILES, quantiles, strict=False)),
        first=str(held.min())[:7] if kind == "date" and len(held) else None,
        last=str(held.max())[:7] if kind == "date" and len(held) else None,
        shape=None if numbers is None else shape(numbers),
        outliers=None if numbers is None else outliers(numbers),
        bins=found,
        information_value=information,
        trend=_trend(values, kind, months) if is_binned and months else (),
        shift=_shift(slot, len(names), months) if is_binned and months else None,
    )


def rounded(value: float) -> str:
    """Three significant digits with k, M or bn: 0.0259, 1.5, 10.4k. Coarse on purpose, so that no unit is told."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    coarse = float(f"{value:.3g}")
    for size, letter in ((1e9, "bn"), (1e6, "M"), (1e4, "k")):
        if abs(coarse) >= size:
            return f"{coarse / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{coarse:.4g}" if abs(coarse) >= 1e-4 else f"{coarse:.2e}"


def _kind(values: pd.Series, held: int, distinct: int) -> str:
    kind = kind_of(values)
    if kind is None:
        return "date"
    if pd.api.types.is_integer_dtype(values.dtype) and distinct > max(_MOST_LEVELS, _IDENTIFIER_SHARE * held):
        return "identifier"
    if kind == "category" and (distinct > _MOST_LEVELS or distinct > max(20, _IDENTIFIER_SHARE * held)):
        return "identifier"
    return kind


def _slots(values: pd.Series, bins: int) -> tuple[Integers, list[str]]:
    """Bin of each row and the names of the bins, missing last; small levels are never named."""
    histogram = reference_histogram(values, bins=bins)
    where = place(histogram, values)
    if histogram.kind == "numeric":
        names = _names(histogram)
    else:
        counts, levels = np.array(histogram.counts), np.array(histogram.names)
        small = (np.arange(levels.size) >= _TOP_LEVELS) | (counts < _SMALLEST_LEVEL) | (levels == _OTHER)
        where = np.where(
            where == MISSING, MISSING, np.where(small[where], int((~small).sum()), np.cumsum(~small)[where] - 1)
        )
        names = [str(level) for level in levels[~small]] + [_OTHER]
    return np.where(where == MISSING, len(names), where), [*names, "missing"]


def _names(histogram: Histogram) -> list[str]:
    if not histogram.edges:
        return ["all values"]
    shown = [rounded(edge) for edge in histogram.edges]
    inner = [f"{low} to {high}" for low, high in itertools.pairwise(shown)]
    return [f"up to {shown[0]}", *inner, f"above {shown[-1]}"]


def _shift(slot: Integers, width: int, months: Months) -> float | None:
    """PSI of the later half of the rows against the earlier one, missing values as a bin of their own."""
    halves = [np.bincount(slot[chosen], minlength=width) for chosen in (~months.is_late, months.is_late)]
    if not halves[0].sum() or not halves[1].sum():
        return None
    filled = (halves[0] + halves[1]) > 0
    return psi(halves[0][filled], halves[1][filled])


def _trend(values: pd.Series, kind: str, months: Months) -> tuple[MonthPoint, ...]:
    if kind == "numeric":
        measured = values.astype(np.float64)
    else:
        measured = (values == values.mode().iloc[0]).astype(np.float64).where(values.notna())
    grouped = pd.DataFrame({"value": measured.to_numpy(), "month": months.codes}).groupby("month")["value"]
    middle = grouped.median() if kind == "numeric" else grouped.mean()
    rows, held = grouped.size(), grouped.count()
    return tuple(
        MonthPoint(
            months.names[m],
            int(rows[m]),
            None if held[m] == 0 else float(middle[m]),
            float(1 - held[m] / rows[m]),
        )
        for m in rows.index
        if m >= 0
    )
