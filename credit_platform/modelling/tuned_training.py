"""Tuning of one algorithm on the folds that train it, and what the choice is worth on rows that it never saw.

The search itself knows neither classes nor amounts: ``searched`` and ``fold_losses`` are shared with those.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np

from credit_platform.contracts.tuning import Tuning
from credit_platform.modelling.algorithms import ALGORITHMS, fit, known
from credit_platform.modelling.algorithms.base import Algorithm, Parameter, R
from credit_platform.modelling.folds import Fold, judged_together, periods_of, scored_rows
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.levels import at_own_level, levelled_log_loss
from credit_platform.modelling.parallel import side_by_side
from credit_platform.modelling.sample import Floats, Indices, Sample, fingerprint
from credit_platform.modelling.tuning import Losses, Params, Tuned, tune
from credit_platform.statistics.calibration import log_loss_of_log_odds

Inner = Callable[[Sample], tuple[Fold, ...]]

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
    """Search by weighted out-of-fold log-loss, at each period's own level where folds have periods.

    ``folds`` are positions within ``sample``.
    """
    algorithm = ALGORITHMS[known(task.algorithm)]

    def losses(found: Params) -> Iterator[float]:
        def scored(fold: Fold, share: int) -> Floats:
            part = replace(task, threads=share)
            return _score(part, sample.take(fold.fit), sample.matrix[fold.score], task.params(found))

        def loss(rows: Indices, margin: Floats, period: Indices | None) -> float:
            return levelled_log_loss(sample.label[rows], margin, sample.weight[rows], period)

        return fold_losses(folds, scored, loss, threads=task.threads)

    return searched(task, algorithm, sample, folds, losses, content=fingerprint(sample, {}))


def searched(
    task: Task, algorithm: Algorithm[R], rows: R, folds: tuple[Fold, ...], losses: Losses, *, content: str
) -> Tuned:
    """The search of ``task``; ``content`` says all that a loss depends on beside the folds, parameters and seed."""
    space = {name: dimension for name, dimension in algorithm.space.items() if name not in task.declared}
    start, study = algorithm.resolved(task.declared, rows), _study(task, algorithm, rows, folds, content)
    return tune(
        losses,
        start=start,
        space=space,
        budget=task.budget,
        seed=task.seed,
        study=study,
        journal=None if task.journals is None else f"{task.journals}/{study}.log",
    )


def nested_estimate(task: Task, sample: Sample, outer: tuple[Fold, ...], *, inner: Inner) -> Unseen:
    """Tune on what each outer fold fits on, fit there with the choice, and score the fold; then pool the rows.

    That judges the whole procedure, search included (Varma and Simon 2006, Bias in error estimation). ``inner`` makes
    the folds of each search: of the same kind as ``outer``, or the estimate is of another procedure.
    """
    margins = {name: np.full(len(sample), np.nan) for name in ("tuned", "declared")}
    for fold in outer:
        part = sample.take(fold.fit)
        best = tune_algorithm(task, part, inner(part)).best
        for name, found in (("tuned", best.params), ("declared", {})):
            margins[name][fold.score] = _score(task, part, sample.matrix[fold.score], task.params(found))
    rows, period = scored_rows(outer), periods_of(outer)
    seen = sample.take(rows)
    return Unseen(**{n: levelled_log_loss(seen.label, m[rows], seen.weight, period) for n, m in margins.items()})


def later_estimate(task: Task, sample: Sample, later: Sample, tuned: Forest) -> Unseen:
    """Rows ``later`` than the sample, by ``tuned``, the forest that was fitted to it, and by what is declared.

    At their own level (``levels``): a calibrator of later rows stands behind either model.
    """
    margins = {
        "tuned": tuned.margin(later.matrix, threads=task.threads),
        "declared": _score(task, sample, later.matrix, task.declared),
    }
    levelled = {name: at_own_level(later.label, each, later.weight) for name, each in margins.items()}
    return Unseen(**{n: log_loss_of_log_odds(later.label, m, weight=later.weight) for n, m in levelled.items()})


def fold_losses(
    folds: tuple[Fold, ...],
    scored: Callable[[Fold, int], Floats],
    loss: Callable[[Indices, Floats, Indices | None], float],
    *,
    threads: int,
) -> Iterator[float]:
    """Loss of all rows scored so far, after each fold, or after all folds of a period where they have periods.

    ``scored`` gives the output for a fold's scored rows, on as many threads as it is told; ``loss`` that of rows with
    these outputs and periods. What is judged together is fitted side by side.
    """
    done: list[Fold] = []
    outputs: list[Floats] = []
    # The latest period first: a trial that is pruned has then been judged by what is most like the next one.
    for part in reversed(judged_together(folds)):
        done += part
        outputs += side_by_side(scored, part, threads=threads)
        rows = np.concatenate([fold.score for fold in done])
        order = np.argsort(rows, kind="stable")
        yield loss(rows[order], np.concatenate(outputs)[order], periods_of(done))


def _score(task: Task, part: Sample, matrix: np.ndarray, params: Params) -> np.ndarray:
    forest = fit(task.algorithm, part, params=params, seed=task.seed, threads=task.threads, monotone=task.monotone)
    return forest.margin(matrix, threads=task.threads)


def _study(task: Task, algorithm: Algorithm[R], rows: R, folds: tuple[Fold, ...], content: str) -> str:
    """A name that says all that decides a trial: another sample, space or version begins another search."""
    digest = hashlib.sha256(content.encode())
    for fold in folds:
        digest.update(fold.fit.tobytes() + fold.score.tobytes())
    rest = {
        "params": {**algorithm.defaults, **task.declared},
        "space": {name: str(dimension) for name, dimension in algorithm.space.items()},
        "monotone": {name: task.monotone.get(name, 0) for name in rows.names},
        "seed": task.seed,
        "versions": {name: version(name) for name in LIBRARIES},
    }
    digest.update(json.dumps(rest, sort_keys=True).encode())
    return f"{task.algorithm}-{digest.hexdigest()[:16]}"
