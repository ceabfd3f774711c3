"""Cross-validated training: out-of-fold log-odds for the ensemble, and a forest fitted on all of training."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from credit_platform.modelling.algorithms import fit
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.clearance import with_clearance
from credit_platform.modelling.folds import Fold, judged_together, scored_rows
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.parallel import side_by_side
from credit_platform.modelling.sample import Floats, Sample
from credit_platform.statistics.discrimination import auc


@dataclass(frozen=True, eq=False)
class Trained:
    """One trained algorithm. ``oof_margin`` (m,) are log-odds of the training rows that folds score, in row order, each
    by a model that did not see it; ``period_auc`` is of these, for each period, or fold where folds mix the weeks."""

    algorithm: str
    forest: Forest
    oof_margin: Floats
    period_auc: tuple[float, ...]


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

    ``folds`` are positions within ``sample`` and may leave rows unscored, the first ones in time. Raises ValueError
    when a row is scored twice, or when a log-odds is not finite.
    """
    scored, margin = scored_rows(folds), np.full(len(sample), np.nan)

    def fitted(fold: Fold, share: int) -> tuple[Forest, Floats]:
        part = sample.take(fold.fit)
        forest = fit(name, part, params=params, seed=seed, threads=share, monotone=monotone)
        return forest, forest.margin(sample.matrix[fold.score], threads=share)

    # The fit on all rows first: it takes longest, and nothing is scored by it.
    everything = Fold(fit=np.arange(len(sample)), score=np.arange(0))
    (whole, _), *others = side_by_side(fitted, [everything, *folds], threads=threads)
    for fold, (_, found) in zip(folds, others, strict=True):
        margin[fold.score] = found
    oof = margin[scored]
    if not np.isfinite(oof).all():
        raise ValueError(f"algorithm {name!r}: {int((~np.isfinite(oof)).sum())} out-of-fold log-odds are not finite")
    judged = [np.concatenate([fold.score for fold in part]) for part in judged_together(folds)]
    aucs = [auc(sample.label[rows], margin[rows], weight=sample.weight[rows]) for rows in judged]
    forest = with_clearance(whole, sample.matrix)
    return Trained(algorithm=name, forest=forest, oof_margin=oof, period_auc=tuple(aucs))
