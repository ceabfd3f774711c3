"""Class imbalance: training rows weighted or drawn until both classes count the same, and the log-odds set back."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Indices, Sample
from credit_platform.statistics.calibration import calibration_in_the_large

BALANCE = "balance"
"""Parameter of every algorithm, off by default: trained by log-loss, a model needs no balance to be calibrated."""
NONE = "none"


def balanced(sample: Sample, how: str, *, seed: int) -> Sample:
    """The rows to fit on: "none" or one of ``WAYS``; ValueError for any other. Both classes must be there."""
    if how == NONE:
        return sample
    if how not in WAYS:
        raise ValueError(
            f"parameter {BALANCE!r} is {how!r}, expected {NONE!r} or one of {sorted(WAYS)}; "
            "correct it under algorithms:"
        )
    return WAYS[how](sample, seed)


def set_back(forest: Forest, sample: Sample, *, threads: int) -> Forest:
    """A forest of balanced rows with the bias at which its mean probability on the sample is the sample's bad rate.

    An unpenalised model of balanced rows is too high by the log of by how much the odds of the classes were moved
    (King and Zeng 2001, Logistic regression in rare events data, section 4.1). A boosted or smoothed one has not gone
    all the way to those odds, so that known shift is too much for it (4% bads, 30 rounds: .44 in log-odds); the
    equation that the unpenalised intercept of a model of the rows as they are would solve is right for both. What
    balancing does to the slope stays, and is reported.
    """
    margin = forest.margin(sample.matrix, threads=threads)
    return replace(forest, bias=forest.bias + calibration_in_the_large(sample.label, margin, weight=sample.weight))


def _weighted(sample: Sample, seed: int) -> Sample:
    """Half of the weight to each class, the same weight in all."""
    is_bad = sample.label == 1
    bad, total = float(sample.weight[is_bad].sum()), float(sample.weight.sum())
    factor: Floats = np.where(is_bad, total / (2 * bad), total / (2 * (total - bad)))
    return replace(sample, weight=sample.weight * factor)


def _thinned(sample: Sample, seed: int) -> Sample:
    """All rows of the rarer class and as many of the other, drawn without replacement."""
    rare, common = _by_class(sample)
    drawn = np.random.default_rng(seed).choice(common, size=len(rare), replace=False)
    return sample.take(np.sort(np.concatenate([rare, drawn])))


def _repeated(sample: Sample, seed: int) -> Sample:
    """All rows, those of the rarer class repeated (the remainder drawn) until they are as many as the others."""
    rare, common = _by_class(sample)
    times, rest = divmod(len(common), len(rare))
    drawn = np.random.default_rng(seed).choice(rare, size=rest, replace=False)
    return sample.take(np.sort(np.concatenate([common, np.repeat(rare, times), drawn])))


def _by_class(sample: Sample) -> tuple[Indices, Indices]:
    classes = (np.flatnonzero(sample.label == 1), np.flatnonzero(sample.label == 0))
    rare, common = sorted(classes, key=len)
    return rare, common


WAYS: dict[str, Callable[[Sample, int], Sample]] = {
    "weights": _weighted,
    "undersample": _thinned,
    "oversample": _repeated,
}
