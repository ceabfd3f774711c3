"""What drift of a column is measured against: stored once, in bins, with how its clusters and days vary."""

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from credit_platform.statistics.arrays import AnyArray, Integers
from credit_platform.statistics.bootstrap import entity_codes
from credit_platform.statistics.clustering import (
    INDEPENDENT,
    Clustering,
    clustering_of,
    clustering_of_current,
    period_clustering,
)
from credit_platform.statistics.histograms import MISSING, Histogram, kind_of, placed, reference_histogram
from credit_platform.statistics.stability import DriftResult, judge_together, judged

_ROWS_OF_A_WEEKDAY, _DAYS_OF_A_WEEKDAY = 2_000, 8


@dataclass(frozen=True)
class Reference:
    """One column of the reference sample: its histogram, by weekday too, and its design effects.

    ``weekdays`` holds counts and missing rows from Monday on; a weekday of fewer than 2,000 rows or 8 days is None and
    is compared with the whole reference. ``periods`` are the effects of whole days.
    """

    histogram: Histogram
    clusters: Clustering = INDEPENDENT
    periods: Clustering = INDEPENDENT
    weekdays: tuple[tuple[tuple[int, ...], int] | None, ...] = (None,) * 7

    @property
    def design_effect(self) -> float:
        """The one number for a reader: the larger effect on the shares of bins."""
        return max(self.clusters.shape, self.periods.shape)

    def on(self, day: dt.date | None) -> Histogram:
        """The histogram of the weekday of ``day`` where the reference has enough of them, else of all rows."""
        held = None if day is None else self.weekdays[day.weekday()]
        return self.histogram if held is None else replace(self.histogram, counts=held[0], missing=held[1])

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; ``from_dict`` gives the same reference back."""
        return {
            "histogram": self.histogram.to_dict(),
            "design_effect": self.design_effect,
            "clusters": asdict(self.clusters),
            "periods": asdict(self.periods),
            "weekdays": [None if held is None else [list(held[0]), held[1]] for held in self.weekdays],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Reference":
        """The reference that ``to_dict`` wrote; KeyError where a part is missing."""
        weekdays = [None if held is None else (tuple(held[0]), held[1]) for held in content["weekdays"]]
        return cls(
            Histogram.from_dict(content["histogram"]),
            Clustering(**content["clusters"]),
            Clustering(**content["periods"]),
            tuple(weekdays),
        )


def reference_of(
    values: AnyArray | pd.Series,
    *,
    entity: AnyArray | Sequence[object] | None = None,
    day: AnyArray | Sequence[object] | None = None,
    seed: int = 0,
) -> Reference:
    """Bins and counts of a column, and what its entities and days, each (n,), do to samples of it."""
    histogram = reference_histogram(values)
    if entity is None and day is None:
        return Reference(histogram)
    bins = placed(histogram, values).bins
    clusters = INDEPENDENT if entity is None else clustering_of(histogram, bins, entity, seed=seed)
    if day is None:
        return Reference(histogram, clusters)
    dates = pd.DatetimeIndex(pd.to_datetime(np.asarray(day))).normalize()
    weekdays = tuple(_weekday(bins, dates, number, len(histogram.counts)) for number in range(7))
    out = Reference(histogram, clusters, weekdays=weekdays)
    by_weekday = [out.on(dt.date(2024, 1, 1 + number)) for number in range(7)]  # 2024 began on a Monday
    codes, found = pd.factorize(dates)
    return replace(out, periods=period_clustering([by_weekday[date.weekday()] for date in found], bins, codes))


def column_drift(
    reference: Reference,
    values: AnyArray | pd.Series,
    *,
    entity: AnyArray | Sequence[object] | None = None,
    day: dt.date | None = None,
    level: float = 0.01,
    seed: int = 0,
) -> DriftResult:
    """Judge a sample (n,) against its reference; ``day`` where all rows are of one business day.

    Variance of a share without drift: the reference's clusters over N, plus over M those of the sample itself where it
    brings its entities (n,), else the reference's; days vary as whole days of the reference do.
    """
    histogram = reference.on(day)
    sample = placed(histogram, values)
    clusters = reference.clusters
    if entity is not None and sample.bins.size:
        clusters = clustering_of_current(histogram, sample.bins, entity, reference=clusters, seed=seed)
    # A day of more rows than usual averages no more days: its own part of the noise stays as large as it was.
    rows = max(reference.periods.rows, float(sample.bins.size)) if day is not None else reference.periods.rows
    return judged(
        histogram,
        sample,
        reference=reference.clusters.joined(reference.periods),
        current=clusters.joined(reference.periods.at(rows)),
        level=level,
    )


def references_of(
    frame: pd.DataFrame,
    *,
    entity: AnyArray | Sequence[object] | None = None,
    day: AnyArray | Sequence[object] | None = None,
    seed: int = 0,
    threads: int = 2,
) -> dict[str, Reference]:
    """``reference_of`` every column that is not a date."""
    codes = None if entity is None else entity_codes(entity, rows=len(frame))
    names = [str(name) for name in frame if kind_of(frame[name]) is not None]
    work = partial(reference_of, entity=codes, day=day, seed=seed)
    with ThreadPoolExecutor(threads) as pool:
        return dict(zip(names, pool.map(work, [frame[name] for name in names]), strict=True))


def frame_drift(
    references: Mapping[str, Reference],
    frame: pd.DataFrame,
    *,
    entity: AnyArray | Sequence[object] | None = None,
    day: dt.date | None = None,
    level: float = 0.01,
    seed: int = 0,
    threads: int = 2,
) -> dict[str, DriftResult]:
    """Every referenced column of a sample, judged together; ``level`` is the budget of all of them (nightly_level).

    A row without an entity is an entity of its own.
    """
    absent = [name for name in references if name not in frame]
    if absent:
        raise ValueError(f"drift: columns {absent} of the reference are not in the sample, which has {list(frame)}")
    codes = None if entity is None else _known_entities(entity, rows=len(frame))

    def work(name: str) -> DriftResult:
        return column_drift(references[name], frame[name], entity=codes, day=day, level=level, seed=seed)

    with ThreadPoolExecutor(threads) as pool:
        found = dict(zip(references, pool.map(work, references), strict=True))
    return judge_together(found, level=level)


def _known_entities(entity: AnyArray | Sequence[object], *, rows: int) -> Integers:
    codes = pd.factorize(np.asarray(entity))[0].astype(np.int64)
    missing = codes < 0
    codes[missing] = codes.max(initial=-1) + 1 + np.arange(missing.sum())
    return entity_codes(codes, rows=rows)


def _weekday(bins: Integers, dates: pd.DatetimeIndex, number: int, width: int) -> tuple[tuple[int, ...], int] | None:
    chosen = np.asarray(dates.weekday == number)
    if chosen.sum() < _ROWS_OF_A_WEEKDAY or dates[chosen].nunique() < _DAYS_OF_A_WEEKDAY:
        return None
    held = bins[chosen]
    counts = np.bincount(held[held >= 0], minlength=width)
    return tuple(int(count) for count in counts), int((held == MISSING).sum())
