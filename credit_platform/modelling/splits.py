"""Splits that match deployment: time first, then whole entities; random rows only where neither is declared."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.modelling.sample import Indices, Units


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold inside training: positions WITHIN the training sample to fit on and to score."""

    fit: Indices
    score: Indices


@dataclass(frozen=True, eq=False)
class Split:
    """``train`` and ``test`` are positions in the units split, ``folds`` positions within ``units.take(train)``.

    ``population`` names the test rows in every metric: out-of-time where the portfolio has time.
    """

    train: Indices
    test: Indices
    folds: tuple[Fold, ...]
    population: str


def split_sample(units: Units, split: TimeSplit | StratifiedSplit, *, seed: int) -> Split:
    """Split units into training rows, test rows and folds inside training. Same units and seed, same split.

    Time: a row trains when its label is final strictly before the out-of-time window opens (so the gap between
    the last training decision and the window is the label's own maturity) and is tested when it was decided
    inside the window; rows decided after ``history_until`` are used for neither. Stratified: a hold-out by label.
    Raises ValueError when a side is empty, holds one class, or is too small for the folds.
    """
    if isinstance(split, TimeSplit):
        train, test = _by_time(units, split)
    else:
        train, test = _hold_out(units, split)
    for name, rows in (("training", train), ("test", test)):
        _require_both_classes(units.label[rows], f"the {name} side of the {split.population} split")
    folds = make_folds(units.take(train), count=split.folds, seed=seed)
    return Split(train=train, test=test, folds=folds, population=split.population)


def make_folds(units: Units, *, count: int, seed: int) -> tuple[Fold, ...]:
    """Folds with whole entities on one side, balanced in bads, then rows; rows of their own without an entity.

    The result does not depend on the order of the rows: groups are dealt by size, ties by a seeded hash.
    """
    names = units.key if units.entity is None else units.entity
    groups, member = np.unique(names.astype(str), return_inverse=True)
    bads = np.bincount(member, weights=units.label).astype(np.float64)
    rows = np.bincount(member)
    fold_of_group = _deal(groups, bads, rows, count=count, seed=seed)
    fold_of_row = fold_of_group[member]
    folds = tuple(
        Fold(fit=np.flatnonzero(fold_of_row != number), score=np.flatnonzero(fold_of_row == number))
        for number in range(count)
    )
    for number, fold in enumerate(folds):
        for rows_of_fold in (fold.fit, fold.score):
            _require_both_classes(units.label[rows_of_fold], f"fold {number + 1} of {count}")
    return folds


def _by_time(units: Units, split: TimeSplit) -> tuple[Indices, Indices]:
    if units.decided is None or units.final is None:
        raise ValueError(
            "a split by time needs the decision date and the day each label is final; declare split.column and "
            "target.final_date, or use a stratified split"
        )
    opens, closes = np.datetime64(split.oot_from), np.datetime64(split.oot_until)
    used = units.decided <= np.datetime64(split.history_until)
    train = used & (units.decided < opens) & (units.final < opens)
    test = used & (units.decided >= opens) & (units.decided <= closes)
    return np.flatnonzero(train), np.flatnonzero(test)


def _hold_out(units: Units, split: StratifiedSplit) -> tuple[Indices, Indices]:
    if units.entity is not None:
        raise ValueError("a stratified split is for a portfolio without entities; declare a split by time instead")
    order = _hashes(units.key, seed=split.seed)
    is_test = np.zeros(len(units), dtype=bool)
    for label in (0, 1):
        rows = np.flatnonzero(units.label == label)
        chosen = rows[np.argsort(order[rows], kind="stable")][: round(split.test_share * len(rows))]
        is_test[chosen] = True
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _deal(
    groups: NDArray[Any], bads: NDArray[np.float64], rows: NDArray[np.int64], *, count: int, seed: int
) -> NDArray[np.int64]:
    """Largest first, each group to the fold with fewest bads (if it has any), then fewest rows (LPT scheduling)."""
    order = np.lexsort((_hashes(groups, seed=seed), -rows, -bads))
    held_bads, held_rows = [0.0] * count, [0] * count
    fold_of_group = np.zeros(len(groups), dtype=np.int64)
    for group in order.tolist():
        has_bads = bads[group] > 0
        fold = min(range(count), key=lambda f: (held_bads[f] if has_bads else 0.0, held_rows[f], f))
        fold_of_group[group] = fold
        held_bads[fold] += float(bads[group])
        held_rows[fold] += int(rows[group])
    return fold_of_group


def _hashes(names: Sequence[Any] | NDArray[Any], *, seed: int) -> NDArray[np.uint64]:
    digests = (hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def _require_both_classes(label: NDArray[np.int8], where: str) -> None:
    bads, rows = int(label.sum()), len(label)
    if not 0 < bads < rows:
        raise ValueError(
            f"{where} holds {bads} bads among {rows} rows, expected both classes; "
            "widen the window, use fewer folds, or bring more data"
        )
