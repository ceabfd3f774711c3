"""Linear regression on the means of bins: the scorecard's counterpart for an amount."""

import numpy as np
import scipy

from credit_platform.modelling.algorithms.base import Algorithm, Recipe
from credit_platform.modelling.algorithms.logistic_regression import DEFAULTS, SPACE
from credit_platform.modelling.assembly import assemble
from credit_platform.modelling.binning import fit_bins
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.rows import Rows
from credit_platform.modelling.sample import Floats
from credit_platform.modelling.scorecard import bin_tree


def fit_amounts(rows: Rows, recipe: Recipe) -> Forest:
    """Amount = intercept + sum over features of coefficient * (mean of the feature's bin less the overall mean).

    Coefficients are zero or above, as in the scorecard: a bin of higher amounts never lowers the sum.
    """
    bins = [
        fit_bins(
            rows.matrix[:, position],
            rows.label,
            rows.weight,
            most=recipe.integer("max_bins"),
            smallest_share=recipe.number("min_bin_share"),
            prior=recipe.number("bin_prior"),
            sign=sign,
            task="regression",
        )
        for position, sign in enumerate(recipe.signs)
    ]
    evidence = np.stack([each.transform(rows.matrix[:, i]) for i, each in enumerate(bins)], axis=1)
    intercept, coefficient = _least_squares(evidence, rows.label, rows.weight, ridge=recipe.number("ridge"))
    kept = np.flatnonzero(coefficient > 0).tolist()
    trees = [bin_tree(position, bins[position], coefficient[position] * bins[position].evidence) for position in kept]
    return assemble(trees, bias=intercept, width=len(rows.features))


def _least_squares(matrix: Floats, label: Floats, weight: Floats, *, ridge: float) -> tuple[float, Floats]:
    """Intercept and coefficients >= 0 of least sum(weight * error^2) / variance of the label + ridge * |coefficient|^2.

    Divided by the variance, the ridge does not depend on the unit of the amount.
    """
    mean, centre = np.average(label, weights=weight), np.average(matrix, axis=0, weights=weight)
    columns, wanted = matrix - centre, label - mean
    variance = float(np.average(wanted**2, weights=weight))
    # A constant label has nothing to explain; 1 keeps the division.
    gram = (columns * weight[:, None]).T @ columns + ridge * (variance or 1.0) * np.eye(matrix.shape[1])
    jitter = 1e-10 * (float(np.trace(gram)) or 1.0) * np.eye(matrix.shape[1])
    factor = np.linalg.cholesky(gram + jitter).T
    target = np.linalg.solve(factor.T, (columns * weight[:, None]).T @ wanted)
    coefficient = np.asarray(scipy.optimize.lsq_linear(factor, target, bounds=(0.0, np.inf), method="bvls").x)
    coefficient = np.where(coefficient < 1e-12, 0.0, coefficient)
    return float(mean - centre @ coefficient), coefficient


REGRESSOR = Algorithm[Rows]("linear_regression", DEFAULTS | {"bin_prior": 20.0, "max_bins": 10}, fit_amounts, SPACE)
