"""How much of each window was final when it was used: near its end only units whose labels come early are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from credit_platform.contracts.split import TimeSplit
from credit_platform.modelling.sample import Units
from credit_platform.modelling.splits import Split, decision_window

_QUANTILES = (0.5, 0.9, 0.99)
"""Of the days from decision to final label: the bounds of the bands that shares are told by."""


@dataclass(frozen=True, kw_only=True)
class Maturity:
    """Units of one window whose labels take ``label_days``: how many were decided in it, how many of them are used.

    Shares are of the whole window: where ``share_used`` is below ``share_decided``, the window was used before such
    labels were final, and says less of such units.
    """

    window: str
    label_days: str
    decided: int
    used: int
    bads: int
    share_decided: float
    share_used: float


def maturity(units: Units, declared: TimeSplit, split: Split) -> tuple[Maturity, ...]:
    """Every window of ``split`` by how long labels take, in bands that hold about 50, 40, 9 and 1% of all units.

    Raises ValueError when the units have no dates.
    """
    if units.decided is None or units.final is None:
        raise ValueError("maturity needs the decision date and the day each label is final; found units without dates")
    days = ((units.final - units.decided) / np.timedelta64(1, "D")).astype(np.int64)
    upper = np.unique(np.quantile(days, _QUANTILES, method="inverted_cdf"))
    band = np.searchsorted(upper, days, side="left")
    names = [f"up to {upper[0]}", *(f"{low + 1} to {high}" for low, high in pairwise(upper))]
    names += [f"over {upper[-1]}"] if days.max() > upper[-1] else []
    window = decision_window(units.decided, declared)
    found = []
    for number, (name, rows) in enumerate(split.windows.items()):
        decided = np.bincount(band[window == number], minlength=len(names))
        used = np.bincount(band[rows], minlength=len(names))
        bads = np.bincount(band[rows], weights=units.label[rows], minlength=len(names))
        for place, label_days in enumerate(names):
            found.append(
                Maturity(
                    window=name,
                    label_days=label_days,
                    decided=int(decided[place]),
                    used=int(used[place]),
                    bads=int(bads[place]),
                    share_decided=float(decided[place] / decided.sum()),
                    share_used=float(used[place] / used.sum()),
                )
            )
    return tuple(found)


def mature_shares(found: Sequence[Maturity]) -> dict[str, float]:
    """Share of each window's decisions that are used: their labels were final in time."""
    windows = dict.fromkeys(each.window for each in found)
    parts = {name: [each for each in found if each.window == name] for name in windows}
    return {name: sum(e.used for e in part) / sum(e.decided for e in part) for name, part in parts.items()}
