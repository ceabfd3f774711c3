"""Thresholds a hair away from the values that they part, so that noise in the last digit of an input parts nothing.

XGBoost puts a threshold on a value of its sample and LightGBM one at 1e-35 above zero. An input that is computed a
little differently, or carries noise of 1e-9, then takes another way through the tree: on the published loans such
noise changed 200,000 of LightGBM's routes and the main reason of ten decisions.
"""

from dataclasses import replace

import numpy as np

from credit_platform.modelling.assembly import LARGEST
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Matrix

CLEARANCE = 1e-6
"""Of a value's size, and at least itself: a thousand times the noise, and ten times a float32's last digit."""


def with_clearance(forest: Forest, matrix: Matrix) -> Forest:
    """The forest with every threshold ``CLEARANCE`` from the next value of the sample (n, k) on either side.

    In the middle where the two values are nearer to each other than that. Every row of the sample, missing cells
    included, keeps its leaves; another row may lose its way only where it lies within the clearance of a value.
    """
    threshold = forest.threshold.copy()
    for column in range(forest.width):
        nodes = np.flatnonzero((forest.feature == column) & (forest.left >= 0) & (np.abs(forest.threshold) < LARGEST))
        if nodes.size:
            values = np.unique(matrix[:, column])
            threshold[nodes] = _cleared(threshold[nodes], values[~np.isnan(values)])
    return replace(forest, threshold=threshold)


def _cleared(threshold: Matrix, values: Matrix) -> Matrix:
    """Thresholds between the same two of the ascending ``values`` as before: left is below, at or above is right."""
    place = np.searchsorted(values, threshold, side="left")
    ends = np.concatenate([[-np.inf], values.astype(np.float64), [np.inf]])
    below, above = ends[place], ends[place + 1]
    room = np.minimum(CLEARANCE * np.maximum(1.0, np.abs(threshold.astype(np.float64))), (above - below) / 2)
    # Infinite minus infinite where the sample has no value on a side: there is nothing to keep away from.
    found = np.clip(threshold.astype(np.float64), below + room, above - room).astype(np.float32)
    # Two neighbours of float32 leave no room: the threshold stays on the upper one.
    return np.where(found > below, found, threshold)
