"""Tuning of one algorithm on the folds that train it, and what the choice is worth on rows that it never saw."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from credit_platform.contracts.tuning import Tuning
from credit_platform.modelling.algorithms import ALGORITHMS, fit, known
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Sample, fingerprint
from credit_platform.modelling.splits import Fold, make_folds
from credit_platform.modelling.tuning import Params, Tuned, tune
from credit_platform.statistics.calibration import log_loss_of_log_odds

LIBRARIES = ("lightgbm", "optuna", "scikit-learn", "xgboost")
"""Another version of one of these may fit other trees: its trials are not those that a journal holds."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is tuned: ``declared`` parameters are kept as they are, the others of the search space are searched."""

    algorithm: str
    declared: Mapping[str, Parameter]
    budget: Tuning
    seed: int
    threads: int
    monotone: Mapping[str, int]
    journals: str | None
    """Folder that keeps the trials, one file a search; None: memory alone."""

    def params(self, found: Params) -> dict[str, Parameter]:
        return {**self.declared, **found}


@dataclass(frozen=True)
class Unseen:
    """Log-loss on rows that took no part in the choice: of what tuning found, and of what was declared.

    Losses of other rows, or of models of fewer rows, do not compare; their difference does, to ``Tuned.gain``.
    """

    tuned: float
    declared: float

    @property
    def gain(self) -> float:
        """Log-loss that tuning saves there; may be below zero."""
        return self.declared - self.tuned


def tune_algorithm(task: Task, sample: Sample, folds: tuple[Fold, ...]) -> Tuned:
    """Search by weighted out-of-fold log-loss; ``folds`` are positions within ``sample``."""
    algorithm = ALGORITHMS[known(task.algorithm)]
    space = {name: dimension for name, dimension in algorithm.space.items() if name not in task.declared}
    start, study = algorithm.resolved(task.declared, sample), _study(task, sample, folds)

    def losses(found: Params) -> Iterator[float]:
        return _fold_losses(task, sample, folds, task.params(found))

    return tune(
        losses,
        start=start,
        space=space,
        budget=task.budget,
        seed=task.seed,
        study=study,
        journal=None if task.journals is None else f"{task.journals}/{study}.log",
    )


def nested_estimate(task: Task, sample: Sample, *, inner_folds: int) -> Unseen:
    """Tune on each outer fold's other rows, fit there with the choice, and score the fold; then pool the rows.

    That judges the whole procedure, search included (Varma and Simon 2006, Bias in error estimation).
    """
    margins = {"tuned": np.empty(len(sample)), "declared": np.empty(len(sample))}
    for outer in make_folds(sample, count=task.budget.outer_folds, seed=task.seed):
        part = sample.take(outer.fit)
        best = tune_algorithm(task, part, make_folds(part, count=inner_folds, seed=task.seed)).best
        for name, found in (("tuned", best.params), ("declared", {})):
            margins[name][outer.score] = _score(task, part, sample.matrix[outer.score], task.params(found))
    loss = {name: log_loss_of_log_odds(sample.label, each, weight=sample.weight) for name, each in margins.items()}
    return Unseen(**loss)


def later_estimate(task: Task, sample: Sample, later: Sample, tuned: Forest) -> Unseen:
    """Rows ``later`` than the sample, by ``tuned``, the forest that was fitted to it, and by what is declared."""
    margins = {
        "tuned": tuned.margin(later.matrix, threads=task.threads),
        "declared": _score(task, sample, later.matrix, task.declared),
    }
    loss = {name: log_loss_of_log_odds(later.label, each, weight=later.weight) for name, each in margins.items()}
    return Unseen(**loss)


def _fold_losses(task: Task, sample: Sample, folds: tuple[Fold, ...], params: Params) -> Iterator[float]:
    margin, scored = np.full(len(sample), np.nan), np.zeros(len(sample), dtype=bool)
    for fold in folds:
        margin[fold.score] = _score(task, sample.take(fold.fit), sample.matrix[fold.score], params)
        scored[fold.score] = True
        yield log_loss_of_log_odds(sample.label[scored], margin[scored], weight=sample.weight[scored])


def _score(task: Task, part: Sample, matrix: np.ndarray, params: Params) -> np.ndarray:
    forest = fit(task.algorithm, part, params=params, seed=task.seed, threads=task.threads, monotone=task.monotone)
    return forest.margin(matrix, threads=task.threads)


def _study(task: Task, sample: Sample, folds: tuple[Fold, ...]) -> str:
    """A name that says all that decides a trial: another sample, space or version begins another search."""
    algorithm = ALGORITHMS[task.algorithm]
    digest = hashlib.sha256(fingerprint(sample, {}).encode())
    for fold in folds:
        digest.update(fold.fit.tobytes() + fold.score.tobytes())
    rest = {
        "params": {**algorithm.defaults, **task.declared},
        "space": {name: str(dimension) for name, dimension in algorithm.space.items()},
        "monotone": {name: task.monotone.get(name, 0) for name in sample.names},
        "seed": task.seed,
        "versions": {name: version(name) for name in LIBRARIES},
    }
    digest.update(json.dumps(rest, sort_keys=True).encode())
    return f"{task.algorithm}-{digest.hexdigest()[:16]}"
