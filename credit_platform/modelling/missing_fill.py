"""A stand-in value for missing, for scikit-learn's trees: they refuse NaN together with monotone constraints."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_platform.modelling.assembly import LARGEST, strictly_below
from credit_platform.modelling.rows import Rows
from credit_platform.modelling.sample import Indices, Matrix


@dataclass(frozen=True, eq=False)
class MissingFill:
    """Per column (k,): the value that stands for missing, and the range of the values that are not."""

    value: NDArray[np.float32]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]

    def apply(self, matrix: Matrix) -> Matrix:
        """The matrix (n, k) with every NaN replaced."""
        return np.where(np.isnan(matrix), self.value, matrix)

    def goes_left(self, feature: Indices, threshold: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where missing goes at nodes that ask x[feature] <= threshold."""
        return self.value[feature] <= threshold

    def served_threshold(self, feature: Indices, threshold: NDArray[np.float64]) -> NDArray[np.float32]:
        """Thresholds for x < threshold. One beyond the range seen splits missing from everything else, so it moves
        to the end of the number line: a value a little above the range must not be taken for a missing one."""
        below = threshold < self.lowest[feature]
        above = threshold > self.highest[feature]
        return strictly_below(np.where(below, -2 * LARGEST, np.where(above, 2 * LARGEST, threshold)))


def fit_missing_fill(sample: Rows, signs: tuple[int, ...]) -> MissingFill:
    """Missing stands at the end of the range that its own bad rate, or mean amount, points to (so that a constraint
    holds and one split separates it); in a column that is never missing it is the median, in one that is always, 0."""
    columns = [_column(sample, position, sign) for position, sign in enumerate(signs)]
    value, lowest, highest = np.array(columns, dtype=np.float32).reshape(-1, 3).T
    return MissingFill(value=value, lowest=lowest, highest=highest)


def _column(sample: Rows, position: int, sign: int) -> tuple[float, float, float]:
    values = sample.matrix[:, position]
    missing = np.isnan(values)
    seen = values[~missing]
    if not seen.size:
        return 0.0, 0.0, 0.0
    lowest, highest = float(seen.min()), float(seen.max())
    if not missing.any():
        return float(np.percentile(seen, 50, method="lower")), lowest, highest
    rates = [np.average(sample.label[rows], weights=sample.weight[rows]) for rows in (missing, ~missing)]
    is_riskier = bool(rates[0] >= rates[1])
    # Far enough from the range for a float32 midpoint between the two.
    step = max(1.0, (highest - lowest) / 10, max(abs(lowest), abs(highest)) / 1000)
    return (highest + step if is_riskier == (sign >= 0) else lowest - step), lowest, highest
