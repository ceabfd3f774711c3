"""Folds inside training: forward in time where units have dates, whole entities on one side in any case.

A fold of time scores rows of one period by a model of what was known before that period opened, as at deployment, and
of other entities alone. Rows of the opening stretch, from which the first model learns, are scored by none.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.modelling.sample import Indices, Units

FIRST_SHARE = 0.5
"""Share of all labels that is final when the first period opens. Weights of an ensemble are chosen for members of all
labels, and members of a few rank otherwise: on the simulated portfolio the stack has an out-of-time AUC of .797 with
a half (10 models) and .794 with a fifth (12: the forest, best on few rows, took most); folds that mix weeks .800."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Positions within the training sample to fit on and to score; ``period`` numbers the weeks scored, from 0.

    Folds of one period score rows of the same weeks, each those of other entities; None: folds that mix the weeks.
    """

    fit: Indices
    score: Indices
    period: int | None = None


def folds_of(units: Units, declared: TimeSplit | StratifiedSplit, *, seed: int) -> tuple[Fold, ...]:
    """The folds that a use case declares, of its training units; ValueError as ``expanding_folds`` says."""
    if isinstance(declared, TimeSplit) and declared.expanding:
        return expanding_folds(units, periods=declared.folds, groups=declared.entity_groups, seed=seed)
    return make_folds(units, count=declared.folds, seed=seed)


def expanding_folds(units: Units, *, periods: int, groups: int, seed: int) -> tuple[Fold, ...]:
    """``periods`` of equal rows, each scored by models of labels final before it opens; at most ``groups`` folds each.

    The first period opens when ``FIRST_SHARE`` of all labels is final, however long they take. The gap between fit and
    score is the label's own maturity (de Prado 2018, Advances in financial machine learning, section 7.4, purging).
    Entities are dealt into ``groups``, and those of a fold's scored rows are left out of its fit; without entities a
    period is one fold. The result does not depend on the order of the rows. Raises ValueError for units without dates,
    and for a fit or a period of one class.
    """
    if units.decided is None or units.final is None:
        raise ValueError("folds that expand in time need the decision date and the day each label is final")
    period = _periods(units.decided, units.final, count=periods)
    group = _dealt(units, count=groups, seed=seed) if units.entity is not None else np.zeros(len(units), dtype=np.int64)
    folds = []
    for number in range(periods):
        rows = np.flatnonzero(period == number)
        where = f"period {number + 1} of {periods} of folds in time (split.expanding: false mixes the weeks)"
        require_both_classes(units.label[rows], where)
        known = units.final < units.decided[rows].min()
        for part in np.unique(group[rows]):
            fit = np.flatnonzero(known & (group != part) if units.entity is not None else known)
            require_both_classes(units.label[fit], f"what is known before {where}")
            folds.append(Fold(fit=fit, score=rows[group[rows] == part], period=number))
    return tuple(folds)


def make_folds(units: Units, *, count: int, seed: int) -> tuple[Fold, ...]:
    """Folds with whole entities on one side, balanced in bads, then rows; rows of their own without an entity.

    Every row is scored once. The result does not depend on the order of the rows: groups are dealt by size, ties by a
    seeded hash.
    """
    fold_of_row = _dealt(units, count=count, seed=seed)
    folds = tuple(
        Fold(fit=np.flatnonzero(fold_of_row != number), score=np.flatnonzero(fold_of_row == number))
        for number in range(count)
    )
    for number, fold in enumerate(folds, start=1):
        for rows_of_fold in (fold.fit, fold.score):
            require_both_classes(units.label[rows_of_fold], f"fold {number} of {count}")
    return folds


def scored_rows(folds: Sequence[Fold]) -> Indices:
    """Positions that some fold scores, in row order; ValueError where two folds score the same row."""
    rows = np.sort(np.concatenate([fold.score for fold in folds]))
    if len(np.unique(rows)) != len(rows):
        raise ValueError(f"folds score {len(rows)} rows, {len(np.unique(rows))} distinct ones; expected each row once")
    return rows


def judged_together(folds: Sequence[Fold]) -> tuple[tuple[Fold, ...], ...]:
    """The folds of each period in order; a fold without a period is judged alone."""
    periods = dict.fromkeys(number if fold.period is None else fold.period for number, fold in enumerate(folds))
    parts: dict[int, list[Fold]] = {period: [] for period in periods}
    for number, fold in enumerate(folds):
        parts[number if fold.period is None else fold.period].append(fold)
    return tuple(tuple(part) for part in parts.values())


def periods_of(folds: Sequence[Fold]) -> Indices | None:
    """Period (m,) of every scored row, in row order; None where folds mix the weeks."""
    if any(fold.period is None for fold in folds):
        return None
    rows = np.concatenate([fold.score for fold in folds])
    period = np.concatenate([np.full(len(fold.score), fold.period, dtype=np.int64) for fold in folds])
    return period[np.argsort(rows, kind="stable")]


def hashes(names: Sequence[Any] | NDArray[Any], *, seed: int) -> NDArray[np.uint64]:
    """A number for each name (n,) that the seed decides, whatever else there is."""
    digests = (hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def require_both_classes(label: NDArray[np.int8], where: str) -> None:
    """ValueError unless there are bads and goods among the labels."""
    bads, rows = int(label.sum()), len(label)
    if not 0 < bads < rows:
        raise ValueError(
            f"{where} holds {bads} bads among {rows} rows, expected both classes; "
            "widen the window, use fewer folds, or bring more data"
        )


def _periods(decided: NDArray[np.datetime64], final: NDArray[np.datetime64], *, count: int) -> Indices:
    """Period (n,) of each row by its day, -1 before the first; a day is never cut in two."""
    first_fit = int(np.ceil(len(final) * FIRST_SHARE))
    opens = np.sort(final)[first_fit - 1] + np.timedelta64(1, "D")
    later = np.sort(decided[decided >= opens])
    if not later.size:
        raise ValueError(
            f"folds that expand in time: no unit of training is decided on {opens} or later, when the labels of "
            f"{FIRST_SHARE:.0%} of them are final; labels take too long for this window. Declare expanding: false, "
            "fewer folds, or bring more history"
        )
    edges = later[np.arange(1, count) * len(later) // count]
    return np.searchsorted(np.concatenate([[opens], edges]), decided, side="right") - 1


def _dealt(units: Units, *, count: int, seed: int) -> NDArray[np.int64]:
    """Group (n,) of each row, one of ``count``: whole entities, balanced in bads, then rows."""
    names = units.key if units.entity is None else units.entity
    groups, member = np.unique(names.astype(str), return_inverse=True)
    bads = np.bincount(member, weights=units.label).astype(np.float64)
    return _deal(groups, bads, np.bincount(member), count=count, seed=seed)[member]


def _deal(
    groups: NDArray[Any], bads: NDArray[np.float64], rows: NDArray[np.int64], *, count: int, seed: int
) -> NDArray[np.int64]:
    """Largest first, each group to the fold with fewest bads (if it has any), then fewest rows (LPT scheduling)."""
    order = np.lexsort((hashes(groups, seed=seed), -rows, -bads))
    held_bads, held_rows = [0.0] * count, [0] * count
    fold_of_group = np.zeros(len(groups), dtype=np.int64)
    for group in order.tolist():
        has_bads = bads[group] > 0
        fold = min(range(count), key=lambda f: (held_bads[f] if has_bads else 0.0, held_rows[f], f))
        fold_of_group[group] = fold
        held_bads[fold] += float(bads[group])
        held_rows[fold] += int(rows[group])
    return fold_of_group
