"""Splits that match deployment: time first, then whole entities; random rows only where neither is declared."""

import datetime as dt
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


FEWEST_BADS = 20
"""Bads that calibrator and selection need in a window of theirs: with 20, the bad rate's standard error is 22%."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Split:
    """Four disjoint sets of positions in the units split, and ``folds``, positions within ``units.take(train)``.

    ``train`` (D1) teaches members and meta-model, ``calibration`` (D2) the calibrator, ``selection`` (D3) chooses
    candidate and cut-off, ``test`` (D4) is read once. ``population`` names the test rows in every metric: out-of-time
    where the portfolio has time.
    """

    train: Indices
    calibration: Indices
    selection: Indices
    test: Indices
    folds: tuple[Fold, ...]
    population: str

    @property
    def windows(self) -> dict[str, Indices]:
        """The four sets in their order, by the name that metrics of them carry."""
        held_out = {"calibration": self.calibration, "selection": self.selection}
        return {"train": self.train} | held_out | {self.population: self.test}

    @property
    def development(self) -> Indices:
        """Rows that any part of the release was made from: all windows before the test, in row order."""
        return np.sort(np.concatenate([self.train, self.calibration, self.selection]))


def split_sample(units: Units, split: TimeSplit | StratifiedSplit, *, seed: int) -> Split:
    """Split units into the four windows, and folds inside training. Same units and seed, same split.

    Time: a row belongs to the window of its decision date, and only if its label was final when it was used. Members
    learn before ``calibration_from`` opens, so the gap behind them is the label's own maturity, as at deployment.
    Calibrator and choice are both made on the eve of ``oot_from``: labels of either window are final strictly before
    that day, those of calibration not before ``selection_from``. The two share no row and no label, and this saves a
    gap; its price is that a calibrator that fails to age by one more maturity is seen to fail only out of time. A row
    whose label takes longer than was left of its window is in none: ``maturity.maturity`` counts those. The test
    window's labels are those that the history holds by now; rows decided after ``oot_until`` are not used.
    Stratified: shares by label and seeded hash of the key.
    Raises ValueError when a window holds one class, calibration or selection fewer than 20 bads, or training too few
    rows for the folds.
    """
    train, calibration, selection, test = (
        _by_time(units, split) if isinstance(split, TimeSplit) else _shares(units, split)
    )
    for name, rows in (("training", train), ("test", test)):
        _require_both_classes(units.label[rows], f"the {name} side of the {split.population} split")
    for name, rows in (("calibration", calibration), ("selection", selection)):
        _require_bads(units.label[rows], name, split)
    folds = make_folds(units.take(train), count=split.folds, seed=seed)
    return Split(
        train=train,
        calibration=calibration,
        selection=selection,
        test=test,
        folds=folds,
        population=split.population,
    )


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


def _by_time(units: Units, split: TimeSplit) -> tuple[Indices, ...]:
    if units.decided is None or units.final is None:
        raise ValueError(
            "a split by time needs the decision date and the day each label is final; declare split.column and "
            "target.final_date, or use a stratified split"
        )
    window = decision_window(units.decided, split)
    used_on = np.array([split.calibration_from, split.oot_from, split.oot_from], dtype="datetime64[D]")
    mature = [(window == number) & (units.final < day) for number, day in enumerate(used_on)]
    return tuple(np.flatnonzero(rows) for rows in (*mature, window == len(used_on)))


def decision_window(decided: NDArray[np.datetime64], split: TimeSplit) -> Indices:
    """Number (n,) of the window of each decision date: 0 training to 3 test, and 4 after it."""
    opens = [split.calibration_from, split.selection_from, split.oot_from, split.oot_until + dt.timedelta(days=1)]
    return np.searchsorted(np.array(opens, dtype="datetime64[D]"), decided.astype("datetime64[D]"), side="right")


def _shares(units: Units, split: StratifiedSplit) -> tuple[Indices, ...]:
    if units.entity is not None:
        raise ValueError("a stratified split is for a portfolio without entities; declare a split by time instead")
    order = _hashes(units.key, seed=split.seed)
    ends = np.cumsum([split.test_share, split.calibration_share, split.selection_share])
    window = np.zeros(len(units), dtype=np.int64)
    for label in (0, 1):
        rows = np.flatnonzero(units.label == label)
        ordered = rows[np.argsort(order[rows], kind="stable")]
        window[ordered] = np.searchsorted(np.round(ends * len(rows)), np.arange(len(rows)), side="right")
    test, calibration, selection, train = (np.flatnonzero(window == number) for number in range(len(ends) + 1))
    return train, calibration, selection, test


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


def _require_bads(label: NDArray[np.int8], name: str, split: TimeSplit | StratifiedSplit) -> None:
    bads, rows = int(label.sum()), len(label)
    if min(bads, rows - bads) < FEWEST_BADS:
        settings = "calibration_from and selection_from" if isinstance(split, TimeSplit) else f"{name}_share"
        raise ValueError(
            f"the {name} window holds {bads} bads among {rows} rows, expected at least {FEWEST_BADS} bads and as many "
            f"goods; widen it with split.{settings}, or bring more data"
        )


def _require_both_classes(label: NDArray[np.int8], where: str) -> None:
    bads, rows = int(label.sum()), len(label)
    if not 0 < bads < rows:
        raise ValueError(
            f"{where} holds {bads} bads among {rows} rows, expected both classes; "
            "widen the window, use fewer folds, or bring more data"
        )
