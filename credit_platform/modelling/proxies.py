"""How well the features give a protected attribute away, though none of them is it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from credit_platform.modelling.algorithms import fit
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.bulk_reasons import bulk_contributions
from credit_platform.modelling.folds import make_folds
from credit_platform.modelling.importance import placement_auc
from credit_platform.modelling.sample import Floats, Matrix, Sample
from credit_platform.statistics.association import cramers_v
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.fairness import UNKNOWN, as_groups
from credit_platform.statistics.histograms import place, reference_histogram

ALGORITHM = "lightgbm"
PARAMS: Mapping[str, Parameter] = {"num_iterations": 100}
FOLDS, MOST_ROWS = 3, 20_000
FEWEST_ROWS, FEWEST_ENTITIES = 100, 30
"""Of a level and of the rest: below them an AUC says little and a fold may hold one class."""
_SHOWN, _BINS = 5, 10


@dataclass(frozen=True)
class Proxy:
    """A feature that gives a level away: its share of what the scan's model uses, and its association alone.

    ``association`` is the bias-corrected Cramer's V (0 to 1) of the feature's ten bins and the level.
    """

    feature: str
    share: float
    association: float


@dataclass(frozen=True)
class ProxyScan:
    """One level of an attribute against all other rows: ``auc`` is cross-validated over whole entities.

    At .5 the features know nothing of the level, at 1 all of it.
    """

    attribute: str
    level: str
    rows: int
    auc: Interval
    proxies: tuple[Proxy, ...]


def proxy_scan(
    attribute: str, group: pd.Series, sample: Sample, *, seed: int, threads: int = 1
) -> tuple[ProxyScan, ...]:
    """Predict every level of ``group`` (n,) from the sample's features (n, k); of two levels, the smaller.

    Levels as ``statistics.fairness`` makes them, unknown ones left out; small ones are not scanned. At most
    ``MOST_ROWS`` rows, seeded.
    """
    names = as_groups(group).to_numpy()
    known = np.flatnonzero(names != UNKNOWN)
    if known.size > MOST_ROWS:
        known = np.sort(np.random.default_rng(seed).choice(known, MOST_ROWS, replace=False))
    part, names = sample.take(known), names[known]
    levels, rows = np.unique(names, return_counts=True)
    order = np.argsort(-rows, kind="stable")
    asked = levels[order][1:] if len(levels) == 2 else levels[order]
    return tuple(
        _scan(attribute, str(level), part, (names == level).astype(np.int8), seed=seed, threads=threads)
        for level in asked
        if _is_large(part, names == level)
    )


def _is_large(sample: Sample, is_level: np.ndarray) -> bool:
    entity = np.arange(len(sample)) if sample.entity is None else sample.entity
    sides = (is_level, ~is_level)
    return all(side.sum() >= FEWEST_ROWS and len(np.unique(entity[side])) >= FEWEST_ENTITIES for side in sides)


def _scan(attribute: str, level: str, sample: Sample, is_level: np.ndarray, *, seed: int, threads: int) -> ProxyScan:
    rows = replace(sample, label=is_level, weight=np.ones(len(sample)))
    margin = np.empty(len(rows))
    for fold in make_folds(rows, count=FOLDS, seed=seed):
        forest = fit(ALGORITHM, rows.take(fold.fit), params=PARAMS, seed=seed, threads=threads, monotone={})
        margin[fold.score] = forest.margin(rows.matrix[fold.score], threads=threads)
    whole = fit(ALGORITHM, rows, params=PARAMS, seed=seed, threads=threads, monotone={})
    values, _ = bulk_contributions(whole, rows.matrix, rows.matrix, threads=threads)
    auc = placement_auc(margin, rows.label, rows.entity)
    return ProxyScan(attribute, level, int(is_level.sum()), auc, _proxies(rows, values))


def _proxies(rows: Sample, values: Floats) -> tuple[Proxy, ...]:
    mean = np.abs(values).mean(axis=0)
    total = float(mean.sum()) or 1.0
    order = np.argsort(-mean, kind="stable")[:_SHOWN]
    return tuple(
        Proxy(rows.names[i], float(mean[i]) / total, _association(rows.matrix[:, i], rows.label))
        for i in order.tolist()
    )


def _association(values: Matrix, is_level: np.ndarray) -> float:
    held = pd.Series(values.astype(np.float64))
    if held.isna().all():
        return 0.0
    return cramers_v(place(reference_histogram(held, bins=_BINS), held), is_level)
