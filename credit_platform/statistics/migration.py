"""Score migration: where the rows of each band of one model go under another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


@dataclass(frozen=True, eq=False)
class Migration:
    """``table``: rows by old band (down) and new band (across), best band first, in counts.

    ``unmoved`` is the share that keeps its band, ``far`` the share that moves by two bands or more, and ``median``
    and ``mean`` the change in points (new less old).
    """

    table: pd.DataFrame
    unmoved: float
    far: float
    median: float
    mean: float


def migration(old: ArrayLike, new: ArrayLike, *, floors: Sequence[float], names: Sequence[str]) -> Migration:
    """Compare two models' scores (n,), n >= 1, of the same rows.

    ``floors`` are the lowest scores of all bands but the last, best band first; ``names`` those of all bands.
    Raises ValueError where the scores are not of the same rows or the names do not fit the floors.
    """
    before, after = np.asarray(old, dtype=np.float64), np.asarray(new, dtype=np.float64)
    if before.shape != after.shape or not before.size:
        raise ValueError(
            f"migration: {before.size} old and {after.size} new scores, expected the same rows, at least one"
        )
    if len(names) != len(floors) + 1:
        raise ValueError(f"migration: {len(names)} names for {len(floors)} floors, expected one name more than floors")
    # Floors fall and a score at a floor is in that band.
    rising = np.asarray(floors, dtype=np.float64)[::-1]
    band = [len(floors) - np.searchsorted(rising, scores, side="right") for scores in (before, after)]
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (band[0], band[1]), 1)
    moved = np.abs(band[0] - band[1])
    return Migration(
        table=pd.DataFrame(counts, index=pd.Index(names, name="was"), columns=list(names)),
        unmoved=float((moved == 0).mean()),
        far=float((moved >= 2).mean()),
        median=float(np.median(after - before)),
        mean=float((after - before).mean()),
    )
