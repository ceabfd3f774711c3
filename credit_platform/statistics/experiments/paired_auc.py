"""Is the challenger's AUC above the champion's, on units that both scored?

The AUC is a mean over pairs of a bad and a good, so each unit has a share in it: its structural component (DeLong,
DeLong and Clarke-Pearson 1988, eq. 4). The difference of the two scores' components is taken unit by unit, so what
made a unit hard for both cancels out, and summed over the rows of an entity, which are not independent (Obuchowski
1997, section 3). Where rows weigh, pairs count by the product of their weights.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from credit_platform.statistics.arrays import AnyArray, Floats, OneClassError, floats, labels, same_length, weights
from credit_platform.statistics.bootstrap import entity_codes
from credit_platform.statistics.discrimination import placements


@dataclass(frozen=True)
class AucLift:
    """Both AUC, ``lift`` = challenger - champion with its standard error, and the one-sided p-value of no lift.

    ``entities``: those with a bad; the t distribution has one degree of freedom fewer.
    """

    champion: float
    challenger: float
    lift: float
    standard_error: float
    p_value: float
    entities: int


def auc_lift(
    label: ArrayLike,
    champion: ArrayLike,
    challenger: ArrayLike,
    entity: AnyArray | None = None,
    *,
    weight: ArrayLike | None = None,
) -> AucLift:
    """Paired one-sided test that the AUC of ``challenger`` (n,) is not above that of ``champion`` (n,).

    ``label`` (n,): 1 is bad; scores rise with the risk; ``entity`` (n,), or None where every row is its own;
    ``weight`` (n,), all one where None. Scores that rank all units alike have lift 0 and p-value 1. Raises
    OneClassError where the labels hold one class.
    """
    y = labels(label).astype(bool)
    scores = floats(champion, name="champion"), floats(challenger, name="challenger")
    same_length(label=y, champion=scores[0], challenger=scores[1])
    if y.all() or not y.any():
        raise OneClassError(f"found {int(y.sum())} bads of {y.size} rows; a lift in AUC needs bads and goods")
    codes, w = entity_codes(entity, rows=y.size), weights(weight, rows=y.size)
    (first, shares), (second, others) = (_components(y, score, w) for score in scores)
    lift = second - first
    by_entity = np.bincount(codes, weights=others - shares)
    held = np.bincount(codes) > 0
    count, bads = int(held.sum()), int(np.unique(codes[y]).size)
    error = float(np.sqrt(count / max(count - 1, 1) * (by_entity**2).sum()))
    return AucLift(first, second, lift, error, _p_value(lift, error, bads), bads)


def _components(is_bad: AnyArray, score: Floats, weight: Floats) -> tuple[float, Floats]:
    """The AUC, and each row's part in its deviation from it: weight * (component - AUC) / weight of the class, (n,)."""
    share = placements(is_bad, score, weight)
    area = float(np.average(share[is_bad], weights=weight[is_bad]))
    of_class = np.where(is_bad, weight[is_bad].sum(), weight[~is_bad].sum())
    return area, weight * (share - area) / of_class


def _p_value(lift: float, error: float, bads: int) -> float:
    if lift <= 0 and error == 0:
        return 1.0
    if error == 0 or bads < 2:
        # No spread to compare with: each bad could have gone either way (sign test).
        return 0.5**bads if lift > 0 else 1.0
    return float(stdtr(bads - 1, -lift / error))
