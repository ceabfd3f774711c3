"""The cut-off: the probability of bad from which a unit is declined."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.contracts.score import CutOff
from credit_platform.modelling.sample import Floats, Units
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap

DECIMALS = 6
"""Decisions compare probabilities of six decimals, so the cut-off has as many."""


@dataclass(frozen=True)
class ChosenCutOff:
    """``threshold`` with what it gives on the sample: cost per unit, F1 of the declined, share accepted."""

    threshold: float
    objective: str
    cost_per_unit: float
    f1: float
    accepted_share: float
    bad_rate_of_accepted: float


def as_decided(probability: Floats) -> Floats:
    """Probabilities (n,) as decisions compare them: a unit at the threshold is declined, whatever decimals follow."""
    return np.round(probability, DECIMALS)


def choose_cut_off(probability: Floats, label: ArrayLike, weight: Floats, *, rule: CutOff) -> ChosenCutOff:
    """Best threshold for calibrated probabilities (n,) of the selection rows: least cost per unit, or best F1.

    Every observed probability is tried, and declining nobody. Ties go to the threshold nearest to
    cost_of_declined_good / (cost_of_declined_good + cost_of_accepted_bad), which is optimal for a perfectly
    calibrated model (Elkan 2001, eq. 2).
    """
    rounded, bad = np.round(probability, DECIMALS), np.asarray(label, dtype=np.float64)
    thresholds, position = np.unique(rounded, return_inverse=True)
    bad_at = np.bincount(position, weights=weight * bad)
    good_at = np.bincount(position, weights=weight * (1 - bad))
    # Declined at threshold i: everything from i upwards; one more threshold declines nobody.
    declined_bad = np.append(np.cumsum(bad_at[::-1])[::-1], 0.0)
    declined_good = np.append(np.cumsum(good_at[::-1])[::-1], 0.0)
    thresholds = np.append(thresholds, min(1.0, float(thresholds[-1]) + 10.0**-DECIMALS))
    total, bads = float(weight.sum()), float(bad_at.sum())
    cost = (rule.cost_of_accepted_bad * (bads - declined_bad) + rule.cost_of_declined_good * declined_good) / total
    f1 = 2 * declined_bad / (declined_bad + declined_good + bads)
    merit = -cost if rule.objective == "cost" else f1
    neutral = rule.cost_of_declined_good / (rule.cost_of_declined_good + rule.cost_of_accepted_bad)
    best = np.flatnonzero(merit >= merit.max() - 1e-12)
    chosen = int(best[np.argmin(np.abs(thresholds[best] - neutral))])
    accepted = total - declined_bad[chosen] - declined_good[chosen]
    return ChosenCutOff(
        threshold=round(float(thresholds[chosen]), DECIMALS),
        objective=rule.objective,
        cost_per_unit=float(cost[chosen]),
        f1=float(f1[chosen]),
        accepted_share=float(accepted / total),
        bad_rate_of_accepted=float((bads - declined_bad[chosen]) / accepted) if accepted > 0 else 0.0,
    )


def cut_off_band(probability: Floats, units: Units, *, rule: CutOff, seed: int, count: int) -> dict[str, Interval]:
    """95% bands of ``threshold``, chosen anew in every resample of whole entities, and of ``cost_per_unit``.

    The cost is at the threshold chosen on all rows: what that very decision costs with other customers. (The least
    cost of each resample would be too low: its threshold has seen the rows that it is measured on.)
    """
    kept = choose_cut_off(probability, units.label, units.weight, rule=rule).threshold

    def measured(p: Floats, label: Floats, weight: Floats) -> dict[str, float]:
        declined = np.round(p, DECIMALS) >= kept
        cost = np.where(declined, rule.cost_of_declined_good * (1 - label), rule.cost_of_accepted_bad * label)
        threshold = choose_cut_off(p, label, weight, rule=rule).threshold
        return {"threshold": threshold, "cost_per_unit": float(np.average(cost, weights=weight))}

    arrays = (probability, units.label.astype(np.float64), units.weight)
    return entity_bootstrap(measured, arrays, units.entity, count=count, seed=seed)
