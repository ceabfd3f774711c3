"""LIME's local surrogate (Ribeiro, Singh and Guestrin 2016, section 3, and their tabular recipe), to compare with.

Written out, for the package that carries the name has had no release for years; what it does to a table is little:
values are sampled column by column, each is said to be in the row's own quartile or not, and a ridge regression,
weighted by nearness, says what being in it is worth.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from credit_platform.modelling.sample import Floats, Matrix

SAMPLES = 1_000
_KERNEL_WIDTH = 0.75
"""Times the root of the number of features, as the authors have it."""
_RIDGE = 1.0
_QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Agreement:
    """How a local surrogate agrees with exact contributions over ``rows`` rows.

    rank_correlation: Spearman's, of a row's contributions, averaged; same_top: share of rows with the same largest in
    size; same_adverse: share with the same most adverse feature; explained: mean weighted R-squared of the surrogate.
    """

    rows: int
    rank_correlation: float
    same_top: float
    same_adverse: float
    explained: float


def local_surrogate(
    margin: Callable[[Matrix], Floats],
    row: Matrix,
    background: Matrix,
    *,
    is_category: np.ndarray,
    seed: int,
    samples: int = SAMPLES,
) -> tuple[Floats, float]:
    """Weights (k,) in log-odds of a row (k,) being where it is, and the surrogate's weighted R-squared.

    ``background`` (m, k) gives the quartiles and the values that are sampled; a category counts as the same or not.
    """
    generator = np.random.default_rng(seed)
    columns = len(row)
    drawn = np.stack([generator.choice(background[:, j], samples) for j in range(columns)], axis=1)
    drawn[0] = row
    edges = [np.array([]) if is_category[j] else _edges(background[:, j]) for j in range(columns)]
    same = np.stack([_bin(drawn[:, j], edges[j]) == _bin(row[j : j + 1], edges[j]) for j in range(columns)], axis=1)
    distance = np.sqrt((~same).sum(axis=1))
    # The root of a Gaussian: so the kernel is in the authors' own code for tables.
    weight = np.sqrt(np.exp(-((distance / (_KERNEL_WIDTH * np.sqrt(columns))) ** 2)))
    answer = margin(drawn)
    design = same - np.average(same, axis=0, weights=weight)
    centred = answer - np.average(answer, weights=weight)
    gram = (design * weight[:, None]).T @ design + _RIDGE * np.eye(columns)
    found = np.linalg.solve(gram, (design * weight[:, None]).T @ centred)
    left, whole = weight @ np.square(centred - design @ found), weight @ np.square(centred)
    return found, float(1 - left / whole) if whole > 0 else 1.0


def _edges(values: Matrix) -> Floats:
    held = values[~np.isnan(values)]
    return np.unique(np.quantile(held, _QUARTILES)) if held.size else np.array([])


def _bin(values: Matrix, edges: Floats) -> np.ndarray:
    """Quartile of each value, or the code itself where there are no edges; missing is a bin of its own."""
    place = np.searchsorted(edges, values, side="left") if edges.size else values
    return np.where(np.isnan(values), -1, place)


def agreement(
    margin: Callable[[Matrix], Floats],
    rows: Matrix,
    contributions: Floats,
    background: Matrix,
    *,
    is_category: np.ndarray,
    seed: int,
) -> Agreement:
    """The surrogate of every row (n, k) against its exact contributions (n, k)."""
    ranks, tops, adverse, fits = [], [], [], []
    for number, row in enumerate(rows):
        found, fit = local_surrogate(margin, row, background, is_category=is_category, seed=seed + number)
        exact = contributions[number]
        ranks.append(_spearman(found, exact))
        tops.append(np.abs(found).argmax() == np.abs(exact).argmax())
        adverse.append(found.argmax() == exact.argmax())
        fits.append(fit)
    means = [float(np.mean(values)) for values in (ranks, tops, adverse, fits)]
    return Agreement(len(rows), *means)


def _spearman(first: Floats, second: Floats) -> float:
    ranks = [np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
