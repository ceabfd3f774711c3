"""What the folds of a training sample hold, period by period: the figures that a reader of the split asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_platform.modelling.folds import Fold, judged_together
from credit_platform.modelling.sample import Units


@dataclass(frozen=True, kw_only=True)
class FoldFigures:
    """One period of the folds, or one fold without periods. ``fit_rows`` and ``fit_bads`` are its models' least.

    ``unknown_labels`` counts, at most, the labels that a model of the period learnt from and that were not final on
    the day of the first decision that it scores; None, like the days, without dates.
    """

    period: int
    models: int
    first_day: str | None
    last_day: str | None
    fit_rows: int
    fit_bads: int
    scored_rows: int
    scored_bads: int
    unknown_labels: int | None


def fold_figures(units: Units, folds: Sequence[Fold]) -> tuple[FoldFigures, ...]:
    """Figures of every period, in order; ``folds`` are positions within ``units``, the training rows."""
    return tuple(_of(units, part, number) for number, part in enumerate(judged_together(folds), start=1))


def unknown_labels(units: Units, fold: Fold) -> int | None:
    """Labels of the fit that were not final before the first decision of the scored rows; None without dates."""
    if units.decided is None or units.final is None:
        return None
    return int((units.final[fold.fit] >= units.decided[fold.score].min()).sum())


def _of(units: Units, folds: Sequence[Fold], number: int) -> FoldFigures:
    scored = np.concatenate([fold.score for fold in folds])
    days = None if units.decided is None else np.sort(units.decided[scored]).astype("datetime64[D]")
    late = [count for fold in folds if (count := unknown_labels(units, fold)) is not None]
    return FoldFigures(
        period=number,
        models=len(folds),
        first_day=None if days is None else str(days[0]),
        last_day=None if days is None else str(days[-1]),
        fit_rows=min(len(fold.fit) for fold in folds),
        fit_bads=min(int(units.label[fold.fit].sum()) for fold in folds),
        scored_rows=len(scored),
        scored_bads=int(units.label[scored].sum()),
        unknown_labels=max(late) if late else None,
    )
