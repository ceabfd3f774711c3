"""What a model is worth without a feature: permutation importance, and partial dependence with its spread."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.modelling.sample import Floats, Indices, Matrix, Units
from credit_platform.modelling.selection import row_log_loss
from credit_platform.statistics.arrays import OneClassError
from credit_platform.statistics.bootstrap import Interval, entity_codes
from credit_platform.statistics.discrimination import placements

Margin = Callable[[Matrix], Floats]
"""Log-odds of bad (n,) of a matrix (n, k)."""
_Z = 1.959964
_BAND = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Importance:
    """What shuffling one feature costs: loss of AUC and gain of log-loss, each with its 95% interval."""

    feature: str
    auc_drop: Interval
    log_loss_rise: Interval


@dataclass(frozen=True, eq=False)
class Dependence:
    """Partial dependence on one feature: ``grid`` (g,) values, and log-odds (g,) averaged over the rows.

    ``low``, ``middle`` and ``high`` are the 10, 50 and 90% of the rows' own curves, each from its own mean: where they
    part, the effect depends on other features.
    """

    feature: str
    grid: Floats
    mean: Floats
    low: Floats
    middle: Floats
    high: Floats


def permutation_importance(
    margin: Margin, matrix: Matrix, units: Units, *, columns: Indices, names: tuple[str, ...], seed: int, repeats: int
) -> tuple[Importance, ...]:
    """Breiman 2001, section 10: one of ``columns`` shuffled among the rows at a time, mean of ``repeats``; largest AUC
    first.

    Intervals are normal, from the influence of whole entities: of placement values for the AUC (Obuchowski 1997), of
    row differences for the log-loss. A column without two values costs nothing. Raises OneClassError.
    """
    label = units.label.astype(np.float64)
    entity = entity_codes(units.entity, rows=len(units))
    before = margin(matrix)
    placed, loss = _placements(before, label), row_log_loss(before, label)
    generator = np.random.default_rng(seed)
    found = []
    for column in columns.tolist():
        influence, rise = np.zeros(len(matrix)), np.zeros(len(matrix))
        for _ in range(repeats):
            shuffled = matrix.copy()
            shuffled[:, column] = generator.permutation(shuffled[:, column])
            after = margin(shuffled)
            influence += (placed - _placements(after, label)) / repeats
            rise += (row_log_loss(after, label) - loss) / repeats
        found.append(Importance(names[column], _auc_interval(influence, label, entity), _mean_interval(rise, entity)))
    return tuple(sorted(found, key=lambda each: (-each.auc_drop.estimate, each.feature)))


def placement_auc(score: Floats, label: ArrayLike, entity: np.ndarray | None) -> Interval:
    """AUC of a score (n,) with the 95% interval of whole entities (Obuchowski 1997). Raises OneClassError."""
    held = np.asarray(label, dtype=np.float64)
    return _auc_interval(_placements(score, held), held, entity_codes(entity, rows=held.size))


def _placements(score: Floats, label: Floats) -> Floats:
    is_bad = label == 1
    if not 0 < is_bad.sum() < is_bad.size:
        raise OneClassError(f"importance: found {is_bad.sum()} bads and {(~is_bad).sum()} goods, expected both")
    return placements(is_bad, score)


def _auc_interval(difference: Floats, label: Floats, entity: np.ndarray) -> Interval:
    """Of the mean difference of the bads' placements, which is that of the goods' too."""
    estimate = float(difference[label == 1].mean())
    part = np.where(label == 1, label.sum(), (1 - label).sum())
    return _interval(estimate, (difference - estimate) / part, entity)


def _mean_interval(difference: Floats, entity: np.ndarray) -> Interval:
    estimate = float(difference.mean())
    return _interval(estimate, (difference - estimate) / difference.size, entity)


def _interval(estimate: float, influence: Floats, entity: np.ndarray) -> Interval:
    by_entity = np.bincount(entity, weights=influence)
    spread = _Z * float(np.sqrt(np.square(by_entity).sum() * by_entity.size / max(by_entity.size - 1, 1)))
    return Interval(estimate, estimate - spread, estimate + spread, 0.95, by_entity.size)


def partial_dependence(
    margin: Margin, matrix: Matrix, column: int, *, name: str, points: int = 20, codes: int | None = None
) -> Dependence | None:
    """Friedman 2001, section 8.2, and Goldstein et al. 2015: every row at every value of the column, log-odds.

    The grid is the codes of a category, else quantiles of the rows' values. None for a column without two values.
    """
    held = matrix[:, column][~np.isnan(matrix[:, column])]
    if codes is None:
        grid = np.unique(np.quantile(held, np.linspace(0.01, 0.99, points))) if held.size else held
    else:
        grid = np.intersect1d(np.arange(codes), held)
    if grid.size < 2:
        return None
    rows = np.tile(matrix, (grid.size, 1))
    rows[:, column] = np.repeat(grid.astype(np.float32), len(matrix))
    curves = margin(rows).reshape(grid.size, len(matrix))
    own = curves - curves.mean(axis=0)
    mean = curves.mean(axis=1)
    low, middle, high = np.quantile(own, _BAND, axis=1) + mean.mean()
    return Dependence(name, grid.astype(np.float64), mean, low, middle, high)
