"""Tuning of a regressor: the parameters whose out-of-fold amounts have the least loss, from the same kind of store.

Each link has the loss of its own scale. Identity: the mean squared error. Log: the gamma deviance, 2 (y / m - 1 -
ln (y / m)), least at the mean like the squared error but blind to the unit, so that a car of 2,000 counts as one of
80,000 does (Gneiting 2011, Making and evaluating point forecasts, section 3.3: both are consistent for the mean).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from credit_platform.modelling.amounts import REGRESSORS, Amounts, Link, fit_amounts, known, predict_amounts
from credit_platform.modelling.folds import Fold
from credit_platform.modelling.sample import Floats, Indices
from credit_platform.modelling.tuned_training import Task, fold_losses, searched
from credit_platform.modelling.tuning import Params, Tuned


def tune_amounts(task: Task, rows: Amounts, folds: tuple[Fold, ...], *, link: Link) -> Tuned:
    """Search by weighted out-of-fold loss of amounts; ``folds`` are positions within ``rows``.

    Raises KeyError for an unknown regressor; ValueError as ``fit_amounts`` does.
    """
    algorithm = REGRESSORS[known(task.algorithm)]

    def losses(found: Params) -> Iterator[float]:
        def scored(fold: Fold, share: int) -> Floats:
            forest = fit_amounts(
                task.algorithm,
                rows.take(fold.fit),
                link=link,
                params=task.params(found),
                seed=task.seed,
                threads=share,
                monotone=task.monotone,
            )
            return predict_amounts(forest, rows.matrix[fold.score], link=link, threads=share)

        # Unlike a bad rate, the level of prices has no calibrator behind it: it counts, whatever the period.
        def loss(scored_rows: Indices, predicted: Floats, _: Indices | None) -> float:
            return float(np.average(LOSSES[link](rows.label[scored_rows], predicted), weights=rows.weight[scored_rows]))

        return fold_losses(folds, scored, loss, threads=task.threads)

    return searched(task, algorithm, rows, folds, losses, content=_content(rows, link))


def squared_error(amount: Floats, predicted: Floats) -> Floats:
    """(y - m)^2 of each row, (n,), in the amount's unit squared."""
    return (amount - predicted) ** 2


def gamma_deviance(amount: Floats, predicted: Floats) -> Floats:
    """2 (y / m - 1 - ln (y / m)) of each row, (n,), without a unit; both above zero."""
    ratio = amount / predicted
    return np.asarray(2 * (ratio - 1 - np.log(ratio)))


LOSSES: Mapping[Link, Callable[[Floats, Floats], Floats]] = {"identity": squared_error, "log": gamma_deviance}


def _content(rows: Amounts, link: Link) -> str:
    digest = hashlib.sha256(link.encode())
    for feature in rows.features:
        digest.update(feature.model_dump_json().encode())
    for values in (rows.matrix, rows.label, rows.weight):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
