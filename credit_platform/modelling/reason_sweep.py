"""Does a declared feature's contribution keep its sign, and not only the score? Proved, or else swept over a grid.

A monotone model need not have monotone contributions: TreeSHAP fills in the features that are not known from the
reference rows below each node, and those differ from side to side. But where in every tree no leaf on a split's lower
side lies against the sign of any leaf on its upper side (``monotonicity.steps_left_open`` is 0), no average of the
one side passes an average of the other: the contribution keeps its sign for every input there is. Where that is left
open only a sweep tells, for the rows that were swept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from credit_platform.contracts.score import Reason
from credit_platform.modelling.bulk_reasons import bulk_contributions
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.monotonicity import TOLERANCE, steps_left_open, walked_values
from credit_platform.modelling.sample import Matrix

SWEEP_LIMIT = 1e-3
"""Log-odds; a thirtieth of a score point."""
_WALKED_AT_ONCE = 250_000


@dataclass(frozen=True)
class Swept:
    """A feature with a declared sign: ``rows`` rows walked over ``values`` places, all else equal, or none if proved.

    ``against`` is the furthest that its contribution moved against the sign, log-odds.
    """

    feature: str
    sign: int
    is_proved: bool
    values: int
    rows: int
    against: float

    @property
    def is_offender(self) -> bool:
        return self.against > SWEEP_LIMIT


def sweep_contributions(
    forest: Forest,
    reference: Matrix,
    rows: Matrix,
    *,
    names: Sequence[str],
    monotone: Mapping[str, int],
    threads: int = 1,
    with_proved: bool = False,
) -> tuple[Swept, ...]:
    """Every feature of ``names`` that has a sign; one value in each interval between its thresholds is walked to.

    ``reference`` (m, k) counts the covers, ``rows`` (n, k) are walked; of features whose sign is proved only
    ``with_proved``. Missing has no place in the order and is not walked to.
    """
    left_open = steps_left_open(forest, names=tuple(names), monotone=monotone)
    return tuple(
        _swept(forest, reference, rows, names.index(name), (name, monotone[name], step <= TOLERANCE), threads=threads)
        if with_proved or step > TOLERANCE
        else Swept(name, monotone[name], is_proved=True, values=0, rows=0, against=0.0)
        for name, step in left_open.items()
    )


def _swept(
    forest: Forest, reference: Matrix, rows: Matrix, position: int, about: tuple[str, int, bool], *, threads: int
) -> Swept:
    name, sign, is_proved = about
    part = forest.trees_reading(position)
    grid = walked_values(part, position)
    against = _furthest_back(part, reference, rows, position, grid, sign=sign, threads=threads) if len(grid) else 0.0
    return Swept(name, sign, is_proved, values=len(grid), rows=len(rows), against=against)


def _furthest_back(
    forest: Forest, reference: Matrix, rows: Matrix, position: int, grid: Matrix, *, sign: int, threads: int
) -> float:
    worst, step = 0.0, max(1, _WALKED_AT_ONCE // len(grid))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        walked = np.repeat(part, len(grid), axis=0)
        walked[:, position] = np.tile(grid, len(part))
        values, _ = bulk_contributions(forest, reference, walked, threads=threads)
        path = sign * values[:, position].reshape(len(part), len(grid))
        # Against the running extreme: small steps add up.
        worst = max(worst, float((np.maximum.accumulate(path, axis=1) - path).max()))
    return worst


def without_offenders(reasons: Sequence[Reason], swept: Sequence[Swept]) -> tuple[Reason, ...]:
    """The reasons as they may be given: without features that move against their sign, and without empty reasons.

    What such a feature contributes stays in the score and is given as no reason at all. ValueError if no reason is
    left.
    """
    offenders = {each.feature for each in swept if each.is_offender}
    kept = [(reason, tuple(f for f in reason.features if f not in offenders)) for reason in reasons]
    out = tuple(reason.model_copy(update={"features": features}) for reason, features in kept if features)
    if not out:
        raise ValueError(
            f"reasons: every feature that a reason sums moves against its declared sign ({sorted(offenders)}), so no "
            "decline could be explained; correct the signs under features.monotone"
        )
    return out
