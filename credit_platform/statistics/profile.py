"""Aggregates of a table for its first look: never a row, and no level that fewer than ten rows share."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import Integers, labels, same_length
from credit_platform.statistics.association import correlation, weight_of_evidence
from credit_platform.statistics.histograms import MISSING, kind_of, place, reference_histogram
from credit_platform.statistics.proportions import wilson_interval

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_TOP_LEVELS = 12
_MINIMUM_CELL = 10
_IDENTIFIER_SHARE = 0.5
_MOST_LEVELS = 1000


@dataclass(frozen=True)
class RateBin:
    """Rows of one bin, level or month, and their bad rate with a 95% Wilson interval (None without labels)."""

    name: str
    rows: int
    bads: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class MonthPoint:
    """One month of one column: median (of a number) or share of the commonest level, and the missing rate."""

    month: str
    rows: int
    value: float | None
    missing_rate: float


@dataclass(frozen=True)
class ColumnProfile:
    """One column. kind: numeric, category, date, or identifier (text or whole numbers, mostly distinct)."""

    name: str
    kind: str
    rows: int
    missing: int
    distinct: int
    mean: float | None
    standard_deviation: float | None
    quantiles: dict[float, float]
    first: str | None
    last: str | None
    bins: tuple[RateBin, ...]
    information_value: float | None
    trend: tuple[MonthPoint, ...]

    @property
    def missing_rate(self) -> float:
        return self.missing / self.rows


@dataclass(frozen=True)
class TableProfile:
    """A table: its columns, its months, and the Spearman correlation of its numbers (names, matrix row by row)."""

    rows: int
    bads: int | None
    columns: tuple[ColumnProfile, ...]
    months: tuple[RateBin, ...]
    correlated: tuple[str, ...]
    correlation: tuple[tuple[float, ...], ...]

    @property
    def bad_rate(self) -> float | None:
        return None if self.bads is None else self.bads / self.rows


def profile(
    frame: pd.DataFrame, *, label: ArrayLike | None = None, date: pd.Series | None = None, bins: int = 10
) -> TableProfile:
    """Profile a frame (n, k); ``label`` (n,) adds bad rates and information values, ``date`` (n,) monthly trends.

    Leave out entity keys: repeated ones are not recognised as identifiers. ValueError for a frame without rows.
    """
    if frame.empty:
        raise ValueError(f"profile: found {len(frame)} rows and {frame.shape[1]} columns, expected some")
    y = None if label is None else labels(label)
    if y is not None:
        same_length(frame=frame.index.to_numpy(), label=y)
    month = _months(date)
    matrix = correlation(frame)
    return TableProfile(
        rows=len(frame),
        bads=None if y is None else int(y.sum()),
        columns=tuple(_column(str(name), frame[name], y, month, bins) for name in frame),
        months=() if month is None else _rates(month[0], y, month[1]),
        correlated=tuple(map(str, matrix.columns)),
        correlation=tuple(tuple(map(float, row)) for row in matrix.to_numpy()),
    )


def _column(
    name: str, values: pd.Series, y: ArrayLike | None, month: tuple[Integers, list[str]] | None, bins: int
) -> ColumnProfile:
    held = values.dropna()
    kind = _kind(values, held)
    numbers = held.to_numpy(dtype=np.float64) if kind == "numeric" and len(held) else None
    quantiles = [] if numbers is None else np.quantile(numbers, QUANTILES).tolist()
    is_binned = kind in ("numeric", "category") and len(held) > 0
    return ColumnProfile(
        name=name,
        kind=kind,
        rows=len(values),
        missing=len(values) - len(held),
        distinct=int(held.nunique()),
        mean=None if numbers is None else float(numbers.mean()),
        standard_deviation=None if numbers is None else float(numbers.std()),
        quantiles=dict(zip(QUANTILES, quantiles, strict=False)),
        first=str(held.min())[:10] if kind == "date" and len(held) else None,
        last=str(held.max())[:10] if kind == "date" and len(held) else None,
        bins=_bins(values, y, bins) if is_binned else (),
        information_value=weight_of_evidence(values, y, bins=bins).information_value
        if is_binned and y is not None
        else None,
        trend=_trend(values, kind, month) if is_binned and month else (),
    )


def _kind(values: pd.Series, held: pd.Series) -> str:
    kind = kind_of(values)
    if kind is None:
        return "date"
    distinct = held.nunique()
    if pd.api.types.is_integer_dtype(values.dtype) and distinct > max(_MOST_LEVELS, _IDENTIFIER_SHARE * len(held)):
        return "identifier"
    if kind == "category" and (distinct > _MOST_LEVELS or distinct > max(20, _IDENTIFIER_SHARE * len(held))):
        return "identifier"
    return kind


def _bins(values: pd.Series, y: ArrayLike | None, bins: int) -> tuple[RateBin, ...]:
    """Quantile bins, or the commonest levels with the others in one; small levels are never named."""
    histogram = reference_histogram(values, bins=bins)
    where, names = place(histogram, values), list(histogram.names)
    if histogram.kind == "category":
        counts = np.array(histogram.counts)
        small = (np.arange(len(names)) >= _TOP_LEVELS) | (counts < _MINIMUM_CELL) | (np.array(names) == "other levels")
        keep = int((~small).sum())
        where = np.where(where == MISSING, MISSING, np.where(small[where], keep, np.cumsum(~small)[where] - 1))
        names = [name for name, is_small in zip(names, small, strict=True) if not is_small] + ["other levels"]
    return _rates(np.where(where == MISSING, len(names), where), y, [*names, "missing"])


def _rates(slot: Integers, y: ArrayLike | None, names: list[str]) -> tuple[RateBin, ...]:
    rows = np.bincount(slot[slot >= 0], minlength=len(names))
    if y is None:
        return tuple(RateBin(n, int(r)) for n, r in zip(names, rows, strict=True) if r)
    bads = np.bincount(slot[slot >= 0], weights=np.asarray(y)[slot >= 0], minlength=len(names))
    low, high = wilson_interval(bads, rows)
    return tuple(
        RateBin(name, int(r), int(b), float(b / r), float(lo), float(hi))
        for name, r, b, lo, hi in zip(names, rows, bads, low, high, strict=True)
        if r
    )


def _months(date: pd.Series | None) -> tuple[Integers, list[str]] | None:
    """Month number of each row (-1 without a date) and the names of the months."""
    if date is None:
        return None
    text = pd.to_datetime(date).dt.strftime("%Y-%m")
    codes, names = pd.factorize(text, sort=True)
    return codes.astype(np.int64), [str(name) for name in names]


def _trend(values: pd.Series, kind: str, month: tuple[Integers, list[str]]) -> tuple[MonthPoint, ...]:
    codes, names = month
    if kind == "numeric":
        measured = values.astype(np.float64)
    else:
        measured = (values == values.mode().iloc[0]).astype(np.float64).where(values.notna())
    grouped = pd.DataFrame({"value": measured.to_numpy(), "month": codes}).groupby("month")["value"]
    middle = grouped.median() if kind == "numeric" else grouped.mean()
    rows, held = grouped.size(), grouped.count()
    return tuple(
        MonthPoint(
            names[m],
            int(rows[m]),
            None if held[m] == 0 else float(middle[m]),
            float(1 - held[m] / rows[m]),
        )
        for m in rows.index
        if m >= 0
    )
