"""The strategy curve: for every share of approved units, how many turn out bad (compare Oliver and Wells 2001,
Efficient frontier cut-off policies in credit portfolios)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import Floats, probabilities, ranked

STEP = 0.02
"""Between the approval rates that are told."""


@dataclass(frozen=True, kw_only=True)
class StrategyPoint:
    """What approving everybody up to ``highest_probability`` gives on a sample.

    ``bad_rate`` is that of the approved, ``expected_bad_rate`` the mean of their probabilities, ``approved_bads`` the
    share of all bads that is approved with them.
    """

    approval_rate: float
    highest_probability: float
    bad_rate: float
    expected_bad_rate: float
    approved_bads: float


def strategy_curve(
    label: ArrayLike, probability: ArrayLike, *, weight: ArrayLike | None = None, step: float = STEP
) -> tuple[StrategyPoint, ...]:
    """The least risky ``step``, 2 * ``step``, ... of the units (n,), up to all of them, by probability of bad (n,).

    Units of one probability are approved together, so a point holds at least the share asked for, and a share that
    a tie has passed already is left out. Raises OneClassError.
    """
    sample = ranked(label, probabilities(probability), weight=weight)
    units: Floats = np.cumsum(sample.bad + sample.good)
    bads, expected = np.cumsum(sample.bad), np.cumsum(sample.score * (sample.bad + sample.good))
    wanted = np.minimum(np.arange(1, round(1 / step) + 1) * step, 1.0) * units[-1]
    reached = np.unique(np.searchsorted(units, wanted * (1 - 1e-12), side="left"))
    return tuple(
        StrategyPoint(
            approval_rate=float(units[at] / units[-1]),
            highest_probability=float(sample.score[at]),
            bad_rate=float(bads[at] / units[at]),
            expected_bad_rate=float(expected[at] / units[at]),
            approved_bads=float(bads[at] / bads[-1]),
        )
        for at in reached.tolist()
    )
