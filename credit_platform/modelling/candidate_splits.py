"""What each way to split would report, and which of them tests as deployment does; then the gap in words.

Every split trains the same quick model on as many rows and tests it on as many, so that figures differ by the split
alone. Deployment is the next period: what it knows of the units to come is what the last period's units had then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from credit_platform.modelling import algorithms
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Indices, Sample
from credit_platform.statistics.discrimination import auc, average_precision

QUICK = {"num_iterations": 60, "learning_rate": 0.1}
FEWEST_BADS = 10
"""Fewer bads than this on the test side say nothing: an AUC's standard error is then above .09."""

Way = Literal["random rows", "by entity", "by time", "by time, new entities", "by time, without suspects"]
Sides = tuple[Indices, Indices]


@dataclass(frozen=True, kw_only=True)
class CandidateSplit:
    """One way to split and what a quick model reports under it.

    ``known_entities``: share of test units whose entity is in training. ``unknowable_labels``: share of training
    labels that were not final on the day of a test decision, averaged over test units. None: no entity, no dates, or
    too few bads to test.
    """

    way: Way
    rows: int
    bads: int
    training_bad_rate: float
    known_entities: float | None
    unknowable_labels: float | None
    auc: float | None
    average_precision: float | None
    matches_deployment: bool = False

    @property
    def bad_rate(self) -> float:
        return self.bads / self.rows


def candidate_splits(
    sample: Sample, train: Indices, test: Indices, *, suspects: Sequence[str], seed: int, threads: int
) -> tuple[CandidateSplit, ...]:
    """Every way to split that the sample's columns allow, over the rows of ``train`` and ``test`` (the split in use).

    ``suspects`` are features that look like values from after the outcome: the split in use is scored without them
    too. Exactly one of the candidates matches deployment: by time where decisions have dates, else by entity (nothing
    then says how many customers come back, so none is assumed to), else random rows.
    """
    forests: dict[tuple[int, int], Forest] = {}
    found = []
    for way, (rows, fit, tested) in _ways(sample, train, test, suspects=suspects, seed=seed).items():
        # New entities are tested by the very model that all units of the window are tested by.
        learned = (id(rows), id(fit))
        if learned not in forests:
            forests[learned] = _fitted(rows, fit, seed=seed, threads=threads)
        found.append(_scored(rows, way, fit, tested, forest=forests[learned], threads=threads))
    used = found[-1].way if sample.decided is None else "by time"
    return tuple(replace(each, matches_deployment=each.way == used) for each in found)


def _ways(
    sample: Sample, train: Indices, test: Indices, *, suspects: Sequence[str], seed: int
) -> dict[Way, tuple[Sample, Indices, Indices]]:
    ways: dict[Way, tuple[Sample, Indices, Indices]] = {
        way: (sample, *sides) for way, sides in _sides(sample, train, test, seed=seed).items()
    }
    kept = [position for position, name in enumerate(sample.names) if name not in suspects]
    if sample.decided is not None and suspects and kept:
        features = tuple(sample.features[position] for position in kept)
        without = replace(sample, matrix=np.ascontiguousarray(sample.matrix[:, kept]), features=features)
        ways["by time, without suspects"] = (without, train, test)
    return ways


def _sides(sample: Sample, train: Indices, test: Indices, *, seed: int) -> dict[Way, Sides]:
    rows = np.sort(np.concatenate([train, test]))
    order = np.random.default_rng(seed).permutation(rows)
    sides: dict[Way, Sides] = {"random rows": (np.sort(order[len(test) :]), np.sort(order[: len(test)]))}
    if sample.entity is not None:
        # Entities in random order until their units are as many as the test has.
        entities, member = np.unique(sample.entity[rows], return_inverse=True)
        place = np.random.default_rng(seed + 1).permutation(len(entities))
        counts = np.bincount(place[member])
        is_test = np.cumsum(counts)[place[member]] <= len(test)
        sides["by entity"] = (rows[~is_test], rows[is_test])
    if sample.decided is not None:
        sides["by time"] = (train, test)
        if sample.entity is not None:
            is_new = ~np.isin(sample.entity[test], sample.entity[train])
            if is_new.any():
                sides["by time, new entities"] = (train, test[is_new])
    return sides


def _fitted(sample: Sample, train: Indices, *, seed: int, threads: int) -> Forest:
    return algorithms.fit("lightgbm", sample.take(train), params=QUICK, seed=seed, threads=threads, monotone={})


def _scored(sample: Sample, way: Way, train: Indices, test: Indices, *, forest: Forest, threads: int) -> CandidateSplit:
    label, weight, bads = sample.label[test], sample.weight[test], int(sample.label[test].sum())
    is_testable = min(bads, len(test) - bads) >= FEWEST_BADS
    margin = forest.margin(sample.matrix[test], threads=threads) if is_testable else None
    known = None if sample.entity is None else float(np.isin(sample.entity[test], sample.entity[train]).mean())
    return CandidateSplit(
        way=way,
        rows=len(test),
        bads=bads,
        training_bad_rate=float(sample.label[train].mean()),
        known_entities=known,
        unknowable_labels=_unknowable(sample, train, test),
        auc=None if margin is None else auc(label, margin, weight=weight),
        average_precision=None if margin is None else average_precision(label, margin, weight=weight),
    )


def _unknowable(sample: Sample, train: Indices, test: Indices) -> float | None:
    if sample.decided is None or sample.final is None:
        return None
    known = np.searchsorted(np.sort(sample.final[train]), sample.decided[test], side="left")
    return float(1 - (known / len(train)).mean())


def explain_gap(candidates: Sequence[CandidateSplit]) -> str:
    """The gap between random rows and the split that matches deployment, in words; empty where there is none."""
    by_way = {each.way: each for each in candidates}
    used = next((each for each in candidates if each.matches_deployment), None)
    start = by_way.get("random rows")
    if used is None or start is None or used is start or start.auc is None or used.auc is None:
        return ""
    start_text = (
        f"Random rows report AUC {start.auc:.3f}, {_name(used)} {used.auc:.3f} (average precision "
        f"{start.average_precision:.3f} and {used.average_precision:.3f} at bad rates of {start.bad_rate:.1%} and "
        f"{used.bad_rate:.1%})."
    )
    parts = (part(by_way, start, used) for part in _PARTS)
    return " ".join([start_text, *(sentence for sentence in parts if sentence)])


def _entity_part(by_way: dict[Way, CandidateSplit], start: CandidateSplit, used: CandidateSplit) -> str:
    grouped = by_way.get("by entity")
    if grouped is None or grouped.auc is None or start.auc is None:
        return ""
    return (
        f"Holding out whole entities alone changes it by {grouped.auc - start.auc:+.3f}: {start.known_entities:.0%} of "
        f"random test rows belong to entities of training, whose other units the model has seen."
    )


def _time_part(by_way: dict[Way, CandidateSplit], start: CandidateSplit, used: CandidateSplit) -> str:
    if used.way != "by time" or start.unknowable_labels is None:
        return ""
    new = by_way.get("by time, new entities")
    on_new = f"; on entities that training has not seen AUC {new.auc:.3f}" if new and new.auc is not None else ""
    return (
        f"With random rows {start.unknowable_labels:.0%} of the training labels were not known at the decision that "
        f"they help to test; by time none is, {used.known_entities or 0:.0%} of the units belong to entities seen "
        f"before, and the bad rate goes from {used.training_bad_rate:.1%} to {used.bad_rate:.1%}{on_new}."
    )


def _suspect_part(by_way: dict[Way, CandidateSplit], start: CandidateSplit, used: CandidateSplit) -> str:
    honest = by_way.get("by time, without suspects")
    if honest is None or honest.auc is None or used.auc is None:
        return ""
    return (
        f"Without the features that look written after the outcome AUC is {honest.auc:.3f} in the same window, not "
        f"{used.auc:.3f}: no split removes such a leak."
    )


_PARTS: tuple[Callable[[dict[Way, CandidateSplit], CandidateSplit, CandidateSplit], str], ...] = (
    _entity_part,
    _time_part,
    _suspect_part,
)


def _name(used: CandidateSplit) -> str:
    return "the split by time" if used.way == "by time" else f"the split {used.way}"
