"""Tuning in the graph: the search of one algorithm, kept below the home, and what the model says about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dagster as dg

from credit_platform.builders.evidence import picture
from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.contracts.use_case import Algorithm, UseCase
from credit_platform.modelling.algorithms import ALGORITHMS
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.folds import Fold, folds_of, judged_together
from credit_platform.modelling.sample import Sample
from credit_platform.modelling.splits import Split
from credit_platform.modelling.training import Trained
from credit_platform.modelling.tuned_training import Task, Unseen, later_estimate, nested_estimate, tune_algorithm
from credit_platform.modelling.tuning import TrialRow, Tuned
from credit_platform.resources.workbench import Workbench


@dataclass(frozen=True)
class Search:
    """A search and what is known of its worth; ``nested`` is None where the use case asks for no outer folds."""

    task: Task
    tuned: Tuned
    nested: Unseen | None

    @property
    def params(self) -> dict[str, Parameter]:
        return self.task.params(self.tuned.best.params)

    def metrics(self, trained: Trained, training: Sample, later: Sample) -> dict[str, float]:
        """Log-losses and what tuning saves of them: on the folds that chose, on outer folds, on later rows.

        The first gain is never below zero and flatters; how much, ``tuning/optimism`` says where there are outer
        folds. ``trained`` is the model with the parameters found.
        """
        gains = {"nested": self.nested, "later": later_estimate(self.task, training, later, trained.forest)}
        out = {
            "tuning/trials": float(len(self.tuned.trials)),
            "tuning/pruned": float(sum(row.is_pruned for row in self.tuned.trials)),
            "tuning/declared_log_loss": self.tuned.trials[0].value,
            "tuning/best_log_loss": self.tuned.best.value,
            "tuning/gain": self.tuned.gain,
        }
        for name, found in gains.items():
            if found is not None:
                out |= {f"tuning/{name}_log_loss": found.tuned, f"tuning/{name}_declared_log_loss": found.declared}
                out |= {f"tuning/{name}_gain": found.gain}
        return out if self.nested is None else out | {"tuning/optimism": self.tuned.gain - self.nested.gain}

    @cached_property
    def drawn(self) -> dict[str, bytes]:
        """Figures of the search by name, as PNG."""
        from credit_platform.explanation.figures import trials

        rows = self.tuned.trials
        name = self.task.algorithm.replace("_", " ")
        course = trials(
            f"Search for parameters of {name}",
            [row.value for row in rows],
            [row.is_pruned for row in rows],
            axis_name="out-of-fold log-loss",
        )
        return {"search": course}

    def metadata(self, metrics: Mapping[str, float]) -> dict[str, Any]:
        """What people look at: the parameters found, what they save where, every trial, the course of the search."""
        rows = self.tuned.trials
        return {
            "tuning/ended_by": "trials" if len(rows) >= self.task.budget.trials else "time",
            "tuning/found": dict(self.tuned.best.params),
            "tuning/table": dg.MetadataValue.md("\n".join(_table(rows))),
            "tuning/report": dg.MetadataValue.md("\n".join(_report(metrics))),
            "tuning/plot": picture(self.drawn["search"]),
        }


def search_space(use_case: UseCase, algorithm: Algorithm) -> dict[str, Any]:
    """Definition metadata: what a search of this algorithm may try; what the use case declares is not searched."""
    if not use_case.tuning.is_on:
        return {}
    declared = use_case.algorithms[algorithm]
    tried = {name: str(each) for name, each in ALGORITHMS[algorithm].space.items() if name not in declared}
    lines = [f"| {name} | {values} |" for name, values in tried.items()]
    return {"search_space": dg.MetadataValue.md("\n".join(["| parameter | values |", "|---|---|", *lines]))}


def search(
    workbench: Workbench, use_case: UseCase, algorithm: Algorithm, sample: Sample, split: Split, *, threads: int
) -> Search | None:
    """The use case's search for one algorithm on its training rows; None where nothing is to be searched."""
    budget = use_case.tuning.at_most(workbench.settings.tuning_trials)
    if not budget.is_on:
        return None
    task = Task(
        algorithm=algorithm,
        declared=use_case.algorithms[algorithm],
        budget=budget,
        seed=use_case.seed,
        threads=threads,
        monotone=use_case.features.monotone,
        journals=str(workbench.trials_folder(use_case.name)),
    )
    training = sample.take(split.train)
    tuned = tune_algorithm(task, training, split.folds)
    nested = _nested(task, use_case.split, training) if budget.outer_folds else None
    return Search(task=task, tuned=tuned, nested=nested)


def _nested(task: Task, declared: TimeSplit | StratifiedSplit, training: Sample) -> Unseen:
    """Outer folds are of the kind that the use case declares, as many as the budget says, each with one search.

    Where folds have periods each period scores one group of its customers, the next period the next group: a search
    for every group would cost three times as much.
    """

    def folds(part: Sample, how: TimeSplit | StratifiedSplit) -> tuple[Fold, ...]:
        return folds_of(part, how, seed=task.seed)

    outer = folds(training, declared.model_copy(update={"folds": task.budget.outer_folds}))
    turns = tuple(part[number % len(part)] for number, part in enumerate(judged_together(outer)))
    return nested_estimate(task, training, turns, inner=lambda part: folds(part, declared))


_REPORTED = {
    "the folds that chose": ("tuning/declared_log_loss", "tuning/best_log_loss", "tuning/gain"),
    "outer folds": ("tuning/nested_declared_log_loss", "tuning/nested_log_loss", "tuning/nested_gain"),
    "later rows, at their level": ("tuning/later_declared_log_loss", "tuning/later_log_loss", "tuning/later_gain"),
}


def _report(metrics: Mapping[str, float]) -> list[str]:
    """What the search saves on the rows that chose, and on those that did not: the first flatters."""
    lines = ["| judged on | log-loss as declared | tuned | saved |", "|---|---|---|---|"]
    for judged_on, names in _REPORTED.items():
        if names[0] in metrics:
            declared, tuned, gain = (metrics[name] for name in names)
            lines.append(f"| {judged_on} | {declared:.6f} | {tuned:.6f} | {gain:+.6f} ({gain / declared:+.1%}) |")
    return lines


def _table(trials: tuple[TrialRow, ...]) -> list[str]:
    lines = ["| trial | log-loss | folds | parameters |", "|---|---|---|---|"]
    for number, row in enumerate(trials):
        folds = f"{row.folds}, pruned" if row.is_pruned else str(row.folds)
        lines.append(f"| {number} | {row.value:.6f} | {folds} | {_told(row.params) or 'as declared'} |")
    return lines


def _told(params: Mapping[str, Parameter]) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in params.items()
    )
