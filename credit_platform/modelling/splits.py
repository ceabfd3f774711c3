"""Splits that match deployment: time first, then whole entities; random rows only where neither is declared."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_platform.contracts.split import StratifiedSplit, TimeSplit
from credit_platform.modelling.folds import Fold, folds_of, hashes, require_both_classes, scored_rows
from credit_platform.modelling.sample import Indices, Units

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

    @property
    def out_of_fold(self) -> Indices:
        """Training rows, as positions in the units split, that a fold scores: the meta-model learns from these.

        All of them without time; with folds that expand in time, not those of the opening stretch.
        """
        return self.train[scored_rows(self.folds)]

    @property
    def fold_rows(self) -> dict[str, Indices]:
        """What each fold fits on and scores, as positions in the units split: other folds make another ensemble."""
        return {
            f"fold {number} {side}": self.train[rows]
            for number, fold in enumerate(self.folds, start=1)
            for side, rows in (("fit", fold.fit), ("score", fold.score))
        }


def split_sample(units: Units, split: TimeSplit | StratifiedSplit, *, seed: int) -> Split:
    """Split units into the four windows, and folds inside training. Same units and seed, same split.

    Time: a row belongs to the window of its decision date, and only if its label was final when it was used. Members
    learn before ``calibration_from`` opens, so the gap behind them is the label's own maturity, as at deployment.
    Calibrator and choice are both made on the eve of ``oot_from``: labels of either window are final strictly before
    that day, those of calibration not before ``selection_from``. The two share no row and no label, and this saves a
    gap; its price is that a calibrator that fails to age by one more maturity is seen to fail only out of time. A row
    whose label takes longer than was left of its window is in none: ``maturity.maturity`` counts those. The test
    window's labels are those that the history holds by now; rows decided after ``oot_until`` are not used.
    Folds inside training expand in time too (``folds.expanding_folds``), unless the use case declares otherwise.
    Stratified: shares by label and seeded hash of the key.
    Raises ValueError when a window holds one class, calibration or selection fewer than 20 bads, or training too few
    rows for the folds.
    """
    train, calibration, selection, test = (
        _by_time(units, split) if isinstance(split, TimeSplit) else _shares(units, split)
    )
    for name, rows in (("training", train), ("test", test)):
        require_both_classes(units.label[rows], f"the {name} side of the {split.population} split")
    for name, rows in (("calibration", calibration), ("selection", selection)):
        _require_bads(units.label[rows], name, split)
    folds = folds_of(units.take(train), split, seed=seed)
    return Split(
        train=train,
        calibration=calibration,
        selection=selection,
        test=test,
        folds=folds,
        population=split.population,
    )


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
    order = hashes(units.key, seed=split.seed)
    ends = np.cumsum([split.test_share, split.calibration_share, split.selection_share])
    window = np.zeros(len(units), dtype=np.int64)
    for label in (0, 1):
        rows = np.flatnonzero(units.label == label)
        ordered = rows[np.argsort(order[rows], kind="stable")]
        window[ordered] = np.searchsorted(np.round(ends * len(rows)), np.arange(len(rows)), side="right")
    test, calibration, selection, train = (np.flatnonzero(window == number) for number in range(len(ends) + 1))
    return train, calibration, selection, test


def _require_bads(label: NDArray[np.int8], name: str, split: TimeSplit | StratifiedSplit) -> None:
    bads, rows = int(label.sum()), len(label)
    if min(bads, rows - bads) < FEWEST_BADS:
        settings = "calibration_from and selection_from" if isinstance(split, TimeSplit) else f"{name}_share"
        raise ValueError(
            f"the {name} window holds {bads} bads among {rows} rows, expected at least {FEWEST_BADS} bads and as many "
            f"goods; widen it with split.{settings}, or bring more data"
        )
