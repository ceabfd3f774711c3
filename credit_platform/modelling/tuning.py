"""Tuning: the parameters with the least loss over folds, within a budget, from a store that survives a kill.

Tree-structured Parzen estimator (Bergstra et al. 2011, Algorithms for hyper-parameter optimization) and the median
rule between folds (Golovin et al. 2017, Google Vizier, section 3.2.2), both by Optuna. The first trial is what is
declared, so the choice is never worse than that on these folds.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credit_platform.contracts.tuning import Tuning
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.algorithms.space import Dimension, Range, Space

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

WARM_UP = 4
"""Trials at random before the estimator learns from them, and complete trials before one is pruned."""

Params = Mapping[str, Parameter]
Losses = Callable[[Params], Iterator[float]]
"""Parameters -> the loss over the folds so far, after each fold."""


@dataclass(frozen=True)
class TrialRow:
    """One trial: what it tried, and ``value``, its loss over the ``folds`` that it ran; not all of them if pruned."""

    params: Params
    value: float
    folds: int
    is_pruned: bool


@dataclass(frozen=True)
class Tuned:
    """Every trial in order. Trial 0 tries nothing: it is what was declared."""

    trials: tuple[TrialRow, ...]

    @property
    def best(self) -> TrialRow:
        """The earliest of those with the least loss; never a pruned one."""
        return min((row for row in self.trials if not row.is_pruned), key=lambda row: row.value)

    @property
    def gain(self) -> float:
        """Loss that the choice saves on these folds, against what was declared: zero or above."""
        return self.trials[0].value - self.best.value


def tune(
    losses: Losses, *, start: Params, space: Space, budget: Tuning, seed: int, study: str, journal: str | None
) -> Tuned:
    """Search ``space`` from ``start``, the declared value of each dimension.

    ``losses`` gets the searched parameters only, and nothing at all in trial 0. ``study`` names the search in the
    file ``journal`` (made where absent; None keeps it in memory): a search of that name goes on where it stopped,
    and ends where it would have ended in one go. The name must therefore say all that decides a loss. Raises
    ValueError for a start outside the space.
    """
    outside = {name: start[name] for name, dimension in space.items() if start[name] not in dimension}
    if outside:
        raise ValueError(f"tuning: the declared {outside} lie outside the search space; declare them, or widen it")
    deadline = None if budget.seconds is None else time.monotonic() + budget.seconds
    search = _Search(_open(study, journal), losses, {name: _distribution(each) for name, each in space.items()}, seed)
    search.forget_killed()
    if not search.finished():
        search.declared(start)
    while space and len(search.finished()) < budget.trials and (deadline is None or time.monotonic() < deadline):
        search.step()
    return Tuned(trials=tuple(_row(number, trial) for number, trial in enumerate(search.finished())))


@dataclass(frozen=True)
class _Search:
    study: "Study"
    losses: Losses
    distributions: "dict[str, BaseDistribution]"
    seed: int

    def finished(self) -> "list[FrozenTrial]":
        from optuna.trial import TrialState

        return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))

    def forget_killed(self) -> None:
        """A trial that a killed process left running has no result, and would count as one for the sampler."""
        from optuna.trial import TrialState

        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            self.study.tell(trial.number, state=TrialState.FAIL)

    def declared(self, start: Params) -> None:
        """Trial 0, whole: written once all its folds are known."""
        from optuna.trial import create_trial

        steps = dict(enumerate(self.losses({})))
        self.study.add_trial(
            create_trial(
                params={name: start[name] for name in self.distributions},
                distributions=self.distributions,
                intermediate_values=steps,
                value=steps[max(steps)],
            )
        )

    def step(self) -> None:
        """One more trial. The sampler is seeded by how many are known, so a stop between trials changes nothing."""
        from optuna.samplers import TPESampler
        from optuna.trial import TrialState

        self.study.sampler = TPESampler(seed=self.seed + len(self.finished()), n_startup_trials=WARM_UP)
        trial = self.study.ask(self.distributions)
        value, is_pruned = self._run(trial)
        self.study.tell(trial, None if is_pruned else value, state=TrialState.PRUNED if is_pruned else None)

    def _run(self, trial: "Trial") -> tuple[float, bool]:
        value = float("nan")
        for fold, value in enumerate(self.losses(trial.params)):
            trial.report(value, fold)
            if trial.should_prune():
                return value, True
        return value, False


def _open(study: str, journal: str | None) -> "Study":
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage: BaseStorage | None = None if journal is None else JournalStorage(JournalFileBackend(journal))
    pruner = optuna.pruners.MedianPruner(n_startup_trials=WARM_UP)
    return optuna.create_study(storage=storage, study_name=study, pruner=pruner, load_if_exists=True)


def _distribution(dimension: Dimension) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(dimension, Range):
        return CategoricalDistribution(dimension.options)
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _row(number: int, trial: "FrozenTrial") -> TrialRow:
    from optuna.trial import TrialState

    steps = trial.intermediate_values
    params: dict[str, Any] = trial.params if number else {}
    is_pruned = trial.state == TrialState.PRUNED
    return TrialRow(params=params, value=steps[max(steps)], folds=len(steps), is_pruned=is_pruned)
