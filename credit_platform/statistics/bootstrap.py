"""Intervals by resampling whole entities: rows of one customer are not independent (Field and Welsh 2007)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_platform.statistics.arrays import AnyArray, Floats, Integers, OneClassError, same_length

Metrics = Callable[..., Mapping[str, float]]
_MAXIMUM_DISCARDED = 0.10


@dataclass(frozen=True)
class Interval:
    """Estimate on the whole sample and a percentile interval (Efron 1979); ``count`` resamples were usable."""

    estimate: float
    low: float
    high: float
    level: float
    count: int

    @property
    def is_below_zero(self) -> bool:
        return self.high < 0

    @property
    def is_above_zero(self) -> bool:
        return self.low > 0


@dataclass(frozen=True)
class _Clusters:
    """Rows sorted by entity: ``order`` (n,), and where each entity starts and how many rows it has, (e,)."""

    order: Integers
    starts: Integers
    sizes: Integers

    def draw(self, generator: np.random.Generator) -> Integers:
        """Row numbers of as many entities as there are, drawn with replacement."""
        chosen = generator.integers(0, self.sizes.size, self.sizes.size)
        sizes = self.sizes[chosen]
        ends = np.cumsum(sizes)
        within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
        return self.order[np.repeat(self.starts[chosen], sizes) + within]


def entity_codes(entity: AnyArray | Sequence[object] | None, *, rows: int) -> Integers:
    """Entity of each row as 0..e-1; every row is its own entity when None. A missing entity is an error."""
    if entity is None:
        return np.arange(rows)
    codes = pd.factorize(np.asarray(entity))[0]
    if codes.size != rows:
        raise ValueError(f"entity: found {codes.size} values for {rows} rows; pass one entity for every row, or None")
    missing = int((codes < 0).sum())
    if missing:
        raise ValueError(f"entity: found {missing} missing of {rows}; give each such row an entity of its own first")
    return codes.astype(np.int64)


def entity_bootstrap(
    metrics: Metrics,
    arrays: Sequence[AnyArray],
    entity: AnyArray | Sequence[object] | None = None,
    *,
    count: int,
    seed: int,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Percentile interval of every value that ``metrics(*arrays)`` returns, by resampling whole entities.

    Arrays of shape (n, ...) are resampled together. A resample in which ``metrics`` raises OneClassError is left out;
    above 10% of those the sample is too small for an interval and ValueError says so.
    """
    rows = [np.asarray(array) for array in arrays]
    same_length(**{f"array {i}": array for i, array in enumerate(rows)})
    clusters = _clusters(entity_codes(entity, rows=len(rows[0])))
    estimate = {name: float(value) for name, value in metrics(*rows).items()}
    generator = np.random.default_rng(seed)
    draws: list[list[float]] = []
    for _ in range(count):
        chosen = clusters.draw(generator)
        try:
            drawn = metrics(*(array[chosen] for array in rows))
        except OneClassError:
            continue
        draws.append([float(drawn[name]) for name in estimate])
    if len(draws) < count * (1 - _MAXIMUM_DISCARDED):
        raise ValueError(
            f"bootstrap: {count - len(draws)} of {count} resamples of {clusters.sizes.size} entities held one class "
            f"only; an interval needs at most {_MAXIMUM_DISCARDED:.0%}: use a sample with more bads"
        )
    samples = np.array(draws)
    return {name: _interval(value, samples[:, i], level) for i, (name, value) in enumerate(estimate.items())}


def paired_difference(
    metrics: Metrics,
    label: AnyArray,
    first: AnyArray,
    second: AnyArray,
    entity: AnyArray | Sequence[object] | None = None,
    *,
    count: int,
    seed: int,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Interval of metrics(label, first) - metrics(label, second) on the same resamples, so shared luck cancels out.

    For a metric where more is better, ``first`` is significantly worse where the interval ``is_below_zero``.
    """

    def difference(y: AnyArray, a: AnyArray, b: AnyArray) -> Mapping[str, float]:
        left, right = metrics(y, a), metrics(y, b)
        return {name: left[name] - right[name] for name in left}

    return entity_bootstrap(difference, (label, first, second), entity, count=count, seed=seed, level=level)


def _clusters(codes: Integers) -> _Clusters:
    sizes = np.bincount(codes)
    return _Clusters(np.argsort(codes, kind="stable"), np.cumsum(sizes) - sizes, sizes)


def _interval(estimate: float, samples: Floats, level: float) -> Interval:
    """Percentiles rounded outwards to a drawn value, so that an infinite slope stays infinite and not nan."""
    usable = samples[~np.isnan(samples)]
    if usable.size == 0:
        return Interval(estimate, np.nan, np.nan, level, 0)
    low = float(np.quantile(usable, (1 - level) / 2, method="lower"))
    high = float(np.quantile(usable, (1 + level) / 2, method="higher"))
    return Interval(estimate, low, high, level, usable.size)
