"""Does a fitted forest keep the declared signs? Walked, not assumed."""

from collections.abc import Mapping

import numpy as np

from credit_platform.modelling.assembly import LARGEST
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Matrix

MOST_STEPS = 48
TOLERANCE = 1e-6
"""Log-odds; float32 leaves of equal trees can differ in the last bit when summed."""


def monotone_breaches(
    forest: Forest, matrix: Matrix, *, names: tuple[str, ...], monotone: Mapping[str, int], threads: int = 1
) -> dict[str, float]:
    """Largest step against the declared sign, in log-odds, of every feature that has one; empty when none is broken.

    Each row of ``matrix`` (n, k) is walked across the forest's own thresholds of the feature (at most 48 of them,
    evenly chosen), all else equal. Pass some hundred rows.
    """
    breaches = {}
    for position, name in enumerate(names):
        sign = monotone.get(name, 0)
        grid = _grid(forest, position)
        if not sign or grid.size < 2:
            continue
        rows = np.tile(matrix, (grid.size, 1))
        rows[:, position] = np.repeat(grid, len(matrix))
        walked = forest.margin(rows, threads=threads).reshape(grid.size, len(matrix))
        worst = float((-sign * np.diff(walked, axis=0)).max())
        if worst > TOLERANCE:
            breaches[name] = worst
    return breaches


def _grid(forest: Forest, position: int) -> Matrix:
    """One value in every interval between the thresholds of a column, ascending."""
    used = np.unique(forest.threshold[(forest.feature == position) & (forest.left >= 0)])
    # A threshold at either end of float32 splits missing from every value there is: no value to walk to.
    used = used[np.abs(used) < LARGEST]
    if not used.size:
        return used
    steps = np.concatenate([np.nextafter(used[:1], np.float32(-np.inf)), used])
    return steps[np.unique(np.linspace(0, steps.size - 1, MOST_STEPS).astype(int))]
