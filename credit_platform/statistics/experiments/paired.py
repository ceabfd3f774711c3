"""Champion against challenger: both scored the same units, and then the outcomes came."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, labels, probabilities, same_length
from credit_platform.statistics.experiments.sequential import AlwaysValid, always_valid_mean, betting_interval


@dataclass(frozen=True)
class OutcomeComparison:
    """Mean loss of both and the gain (champion - challenger): above 0 the challenger is better.

    ``gain`` may be read after every new outcome.
    """

    units: int
    champion: float
    challenger: float
    gain: AlwaysValid

    @property
    def verdict(self) -> str:
        if self.gain.low > 0:
            return "challenger better"
        return "champion better" if self.gain.high < 0 else "no difference shown"


def compare_outcomes(
    label: ArrayLike,
    champion: ArrayLike,
    challenger: ArrayLike,
    entity: AnyArray | None = None,
    *,
    tightest_at: float,
    level: float = 0.95,
) -> OutcomeComparison:
    """Brier scores of two sets of probabilities on the same matured units, in the order in which outcomes came.

    The squared errors of one unit are subtracted first (Diebold and Mariano 1995), so what made a unit hard for both
    cancels out. With entities an asymptotic confidence sequence over whole entities; without, the exact one by betting
    on a gain within -1 to 1.
    """
    y, p, q = labels(label), probabilities(champion), probabilities(challenger)
    same_length(label=y, champion=p, challenger=q)
    losses: tuple[Floats, Floats] = (p - y) ** 2, (q - y) ** 2
    gain = losses[0] - losses[1]
    if entity is None:
        found = betting_interval(gain, lowest=-1.0, highest=1.0, level=level)
    else:
        found = always_valid_mean(gain, np.asarray(entity), tightest_at=tightest_at, level=level)
    return OutcomeComparison(y.size, float(losses[0].mean()), float(losses[1].mean()), found)
