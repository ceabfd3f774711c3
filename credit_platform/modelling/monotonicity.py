"""Does a fitted forest keep the declared signs? Proved on its trees; where they leave it open, walked.

What is proved: in a tree, two inputs that differ in one feature alone part at a node that splits on that feature.
If at every such node no leaf of the one side lies against the sign of any leaf of the other, the tree keeps the
sign for every input there is, not only for rows of a sample; a sum of such trees with weights of zero or above (an
ensemble, and its calibration by a positive slope) keeps it too. Missing has no place in the order: leaves that only
a missing value reaches are left out.
"""

from collections.abc import Mapping

import numpy as np

from credit_platform.modelling.assembly import LARGEST
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Indices, Matrix

TOLERANCE = 1e-6
"""Log-odds; float32 leaves of equal trees can differ in the last bit when summed."""


def monotone_breaches(
    forest: Forest, matrix: Matrix, *, names: tuple[str, ...], monotone: Mapping[str, int], threads: int = 1
) -> dict[str, float]:
    """Largest step against the declared sign, in log-odds, of every feature found to break it; empty when none does.

    A feature whose sign ``steps_left_open`` proves is done. Of any other, each row of ``matrix`` (n, k) is walked
    across every threshold of the feature in the forest, all else equal: a breach is a fact, none found is no proof
    for other rows. Pass some hundred rows.
    """
    breaches = {}
    for name, possible in steps_left_open(forest, names=names, monotone=monotone).items():
        if possible <= TOLERANCE:
            continue
        worst = _worst_step(forest, matrix, names.index(name), sign=monotone[name], threads=threads)
        if worst > TOLERANCE:
            breaches[name] = worst
    return breaches


def steps_left_open(forest: Forest, *, names: tuple[str, ...], monotone: Mapping[str, int]) -> dict[str, float]:
    """For every feature with a sign, no step against it, of any input, is larger than this (log-odds).

    Zero up to ``TOLERANCE`` is the proof. Above, it is a bound that need not be reached: the sum over trees of the
    largest overlap between the two sides of a node.
    """
    signs = {position: monotone.get(name, 0) for position, name in enumerate(names)}
    return {names[position]: _overlap(forest, position, sign) for position, sign in signs.items() if sign}


def _overlap(forest: Forest, position: int, sign: int) -> float:
    """Sum over trees of the largest (highest leaf of the lower side - lowest leaf of the higher side), or zero."""
    left, splits = _children(forest), (forest.feature == position) & (forest.left >= 0)
    low, high = _ranges(forest, left, splits)
    nodes = np.flatnonzero(splits & (np.abs(forest.threshold) < LARGEST))
    below, above = (left[nodes], left[nodes] + 1) if sign > 0 else (left[nodes] + 1, left[nodes])
    # A side that only missing reaches has the range (inf, -inf) and overlaps with nothing.
    overlap = np.maximum(high[below] - low[above], 0.0)
    tree = np.searchsorted(forest.offsets, nodes, side="right") - 1
    worst = np.zeros(forest.trees)
    np.maximum.at(worst, tree, overlap)
    return float(worst.sum())


def _ranges(forest: Forest, left: Indices, splits: np.ndarray) -> tuple[Floats, Floats]:
    """Lowest and highest leaf below each node, (nodes,), of those that a value of the feature can reach."""
    is_leaf = forest.left < 0
    low, high = np.where(is_leaf, forest.value, np.inf), np.where(is_leaf, forest.value, -np.inf)
    # A threshold at an end of float32 splits missing from every value: only one side has values.
    skips_left = splits & (forest.threshold <= -LARGEST)
    skips_right = splits & (forest.threshold >= LARGEST)
    # Children come after their parents, so one backward pass sums up every subtree.
    for node in np.flatnonzero(~is_leaf)[::-1].tolist():
        first = left[node] + skips_left[node]
        last = left[node] + 2 - skips_right[node]
        low[node], high[node] = low[first:last].min(), high[first:last].max()
    return low, high


def _children(forest: Forest) -> Indices:
    """Left child of each inner node among the nodes of all trees."""
    return np.repeat(forest.offsets[:-1], np.diff(forest.offsets)) + forest.left


def _worst_step(forest: Forest, matrix: Matrix, position: int, *, sign: int, threads: int) -> float:
    grid = walked_values(forest, position)
    rows = np.tile(matrix, (grid.size, 1))
    rows[:, position] = np.repeat(grid, len(matrix))
    walked = forest.margin(rows, threads=threads).reshape(grid.size, len(matrix))
    # Against the running extreme, not only from one interval to the next: small steps add up.
    return float((np.maximum.accumulate(sign * walked, axis=0) - sign * walked).max())


def walked_values(forest: Forest, position: int) -> Matrix:
    """One value in every interval between the thresholds of a column, ascending, (v,): others route like one of them.

    Empty where the forest does not read the column.
    """
    used = np.unique(forest.threshold[(forest.feature == position) & (forest.left >= 0)])
    # A threshold at either end of float32 splits missing from every value there is: no value to walk to.
    used = used[np.abs(used) < LARGEST]
    return np.concatenate([np.nextafter(used[:1], np.float32(-np.inf)), used])
