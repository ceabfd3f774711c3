"""Windows without drift from five columns, by row and by whole customers, for the false alarms of drift tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr

SIZES = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
REFERENCE_ROWS = 50_000
WITHIN = 0.6
"""Part of a value's variance that all rows of a customer share."""
_SHARES = np.array([0.4, 0.25, 0.15, 0.1, 0.05, 0.02, 0.01, 0.008, 0.006, 0.003, *[0.0003] * 10])
_LEVELS = np.array([f"level {i}" for i in range(_SHARES.size)], dtype=object)
_COUNTS = stats.nbinom.cdf(np.arange(400), 0.5, 0.1)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """Values and customer of each row, (n,)."""

    values: NDArray
    customer: NDArray


def _levels(score: Floats, other: Floats) -> NDArray:
    place = np.searchsorted(np.cumsum(_SHARES / _SHARES.sum()), ndtr(score))
    return _LEVELS[np.minimum(place, _LEVELS.size - 1)]


COLUMNS: dict[str, Callable[[Floats, Floats], NDArray]] = {
    "normal": lambda score, other: score,
    "lognormal amounts": lambda score, other: np.exp(9 + score),
    "skewed counts with ties": lambda score, other: np.searchsorted(_COUNTS, ndtr(score)).astype(float),
    "category with rare levels": _levels,
    "missing-heavy": lambda score, other: np.where(other < 0.4, np.nan, score),
}
"""Column -> its values from two normal scores of each row; the second one decides what is missing."""


def drawn(column: str, generator: np.random.Generator, *, rows: int, by_customer: bool) -> Drawn:
    """So many rows, each its own customer, or of whole customers of one (30%) or about eleven rows."""
    sizes = np.ones(rows, dtype=int)
    if by_customer:
        sizes += generator.geometric(0.1, rows) * (generator.random(rows) < 0.7)
        sizes = sizes[: np.searchsorted(np.cumsum(sizes), rows) + 1]
    customer = np.repeat(np.arange(sizes.size), sizes)

    def score() -> Floats:
        shared = np.sqrt(WITHIN) * generator.normal(size=sizes.size)[customer]
        return np.asarray(shared + np.sqrt(1 - WITHIN) * generator.normal(size=customer.size))

    return Drawn(COLUMNS[column](score(), score()), customer)


def windows(column: str, *, count: int, by_customer: bool, seed: int) -> Iterator[Drawn]:
    """Windows of 100 to 20,000 rows in turn."""
    generator = np.random.default_rng(seed)
    for number in range(count):
        yield drawn(column, generator, rows=SIZES[number % len(SIZES)], by_customer=by_customer)
