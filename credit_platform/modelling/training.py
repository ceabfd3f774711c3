"""Cross-validated training: out-of-fold log-odds for the ensemble, and a forest fitted on all of training."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from credit_platform.modelling.algorithms import fit
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.clearance import with_clearance
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Sample
from credit_platform.modelling.splits import Fold
from credit_platform.statistics.discrimination import auc


@dataclass(frozen=True, eq=False)
class Trained:
    """One trained algorithm. ``oof_margin`` (n,) is each training row's log-odds by the model that did not see it."""

    algorithm: str
    forest: Forest
    oof_margin: Floats
    fold_auc: tuple[float, ...]


def cross_validate(
    name: str,
    sample: Sample,
    folds: tuple[Fold, ...],
    *,
    params: Mapping[str, Parameter],
    seed: int,
    threads: int,
    monotone: Mapping[str, int],
) -> Trained:
    """Fit on every fold's other rows, score the fold, then fit once more on the whole training sample.

    ``folds`` are positions within ``sample`` and must score every row once. Raises ValueError when they do not, or
    when a log-odds is not finite.
    """
    scored = np.concatenate([fold.score for fold in folds])
    if not np.array_equal(np.sort(scored), np.arange(len(sample))):
        raise ValueError(f"folds score {len(scored)} rows of a sample of {len(sample)}; expected each row once")
    margin, aucs = np.empty(len(sample)), []
    for fold in folds:
        part = sample.take(fold.fit)
        forest = fit(name, part, params=params, seed=seed, threads=threads, monotone=monotone)
        margin[fold.score] = forest.margin(sample.matrix[fold.score], threads=threads)
        aucs.append(auc(sample.label[fold.score], margin[fold.score], weight=sample.weight[fold.score]))
    if not np.isfinite(margin).all():
        raise ValueError(f"algorithm {name!r}: {int((~np.isfinite(margin)).sum())} out-of-fold log-odds are not finite")
    forest = fit(name, sample, params=params, seed=seed, threads=threads, monotone=monotone)
    forest = with_clearance(forest, sample.matrix)
    return Trained(algorithm=name, forest=forest, oof_margin=margin, fold_auc=tuple(aucs))
