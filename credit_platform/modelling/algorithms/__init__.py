"""The algorithms by name: each turns a sample into a forest on the log-odds scale."""

from collections.abc import Mapping

from credit_platform.modelling.algorithms import (
    decision_tree,
    lightgbm,
    logistic_regression,
    random_forest,
    xgboost,
)
from credit_platform.modelling.algorithms.balance import BALANCE, NONE, balanced, set_back
from credit_platform.modelling.algorithms.base import Algorithm, Parameter, R, Recipe, Sign
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Sample

ALGORITHMS: dict[str, Algorithm[Sample]] = {
    algorithm.name: algorithm
    for algorithm in (
        logistic_regression.ALGORITHM,
        decision_tree.ALGORITHM,
        random_forest.ALGORITHM,
        lightgbm.ALGORITHM,
        xgboost.ALGORITHM,
    )
}


def fit(
    name: str,
    sample: Sample,
    *,
    params: Mapping[str, Parameter],
    seed: int,
    threads: int,
    monotone: Mapping[str, int],
) -> Forest:
    """Fit one algorithm to a sample; the same sample, parameters, seed and threads give the same arrays.

    ``params`` override the algorithm's defaults and may hold ``balance``; ``monotone`` gives the sign of a feature's
    effect on the probability of bad (features outside the sample are ignored). Raises KeyError for an unknown
    algorithm and ValueError for an unknown parameter, a bad sign, or a sample of one class.
    """
    _require_both_classes(known(name), sample)
    own = {key: value for key, value in params.items() if key != BALANCE}
    rows = balanced(sample, str(params.get(BALANCE, NONE)), seed=seed)
    forest = ALGORITHMS[name].fit(rows, recipe(name, rows, own, seed, threads, monotone))
    return forest if rows is sample else set_back(forest, sample, threads=threads)


def known(name: str) -> str:
    """The name itself, or a KeyError that lists the algorithms there are."""
    if name not in ALGORITHMS:
        raise KeyError(f"no algorithm {name!r}; there are {sorted(ALGORITHMS)}")
    return name


def recipe(
    name: str, sample: Sample, params: Mapping[str, Parameter], seed: int, threads: int, monotone: Mapping[str, int]
) -> Recipe:
    """Defaults and overrides as one recipe, checked against the sample."""
    _require_both_classes(known(name), sample)
    return prepared(ALGORITHMS[name], sample, params, seed, threads, monotone, also=(BALANCE,))


def prepared(
    algorithm: Algorithm[R],
    rows: R,
    params: Mapping[str, Parameter],
    seed: int,
    threads: int,
    monotone: Mapping[str, int],
    also: tuple[str, ...] = (),
) -> Recipe:
    """The recipe of any task's algorithm; ``also`` names what may be declared beside the algorithm's own parameters."""
    unknown = sorted(set(params) - set(algorithm.defaults))
    if unknown:
        known_ones = sorted([*algorithm.defaults, *also])
        raise ValueError(f"algorithm {algorithm.name!r} has no parameters {unknown}; it has {known_ones}")
    signs = tuple(_sign(feature, monotone.get(feature, 0)) for feature in rows.names)
    return Recipe(params=algorithm.resolved(params, rows), signs=signs, seed=seed, threads=threads)


def _require_both_classes(name: str, sample: Sample) -> None:
    bads = int(sample.label.sum())
    if not 0 < bads < len(sample):
        raise ValueError(f"algorithm {name!r}: {bads} bads among {len(sample)} rows, expected both classes")


def _sign(feature: str, value: int) -> Sign:
    if value == 1:
        return 1
    if value == -1:
        return -1
    if value == 0:
        return 0
    raise ValueError(f"monotone sign of {feature!r} is {value}, expected -1, 0 or 1")
