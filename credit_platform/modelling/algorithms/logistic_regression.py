"""Logistic regression on weight-of-evidence bins: the scorecard, one single-feature tree per variable."""

from credit_platform.modelling.algorithms.base import Algorithm, Parameter, Recipe
from credit_platform.modelling.algorithms.space import Range, Space
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.scorecard import Scorecard, fit_scorecard

DEFAULTS: dict[str, Parameter] = {
    "max_bins": 6,
    "min_bin_share": 0.05,
    # Pseudo-rows at the overall bad rate in every bin.
    "bin_prior": 50.0,
    # L2 penalty, 1 / C in scikit-learn's terms.
    "ridge": 1.0,
}
SPACE: Space = {
    "max_bins": Range(low=3, high=12, whole=True),
    "min_bin_share": Range(low=0.01, high=0.1, log=True),
    "bin_prior": Range(low=5.0, high=500.0, log=True),
    "ridge": Range(low=0.01, high=100.0, log=True),
}


def train(sample: Sample, recipe: Recipe) -> Scorecard:
    """The scorecard itself, for its table of points."""
    return fit_scorecard(
        sample,
        signs=recipe.signs,
        most_bins=recipe.integer("max_bins"),
        smallest_share=recipe.number("min_bin_share"),
        prior=recipe.number("bin_prior"),
        ridge=recipe.number("ridge"),
    )


def fit(sample: Sample, recipe: Recipe) -> Forest:
    """Train and convert."""
    return train(sample, recipe).to_forest()


ALGORITHM = Algorithm[Sample]("logistic_regression", DEFAULTS, fit, SPACE)
