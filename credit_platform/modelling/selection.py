"""Which model is the candidate: the best ensemble, unless its best member does as well alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit_platform.modelling.calibration import Calibrator, fit_calibrator
from credit_platform.modelling.ensemble import Ensemble, single
from credit_platform.modelling.sample import Floats
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap

NOTE_OUT_OF_FOLD = (
    "Calibrator, selection and cut-off were fitted on out-of-fold predictions inside the training window: "
    "calibration and selection windows of their own are not dated yet."
)
"""Carried by every release until the windows D2 and D3 have dates."""


@dataclass(frozen=True)
class Selection:
    """The candidate with its calibrator, and how it was chosen.

    ``log_loss`` is by name, calibrated, per unit; ``difference`` the log-loss of ``best_member`` minus that of
    ``best_ensemble`` on the same rows: above zero the ensemble is better.
    """

    chosen: Ensemble
    calibrator: Calibrator
    best_ensemble: str
    best_member: str
    log_loss: dict[str, float]
    difference: Interval

    @property
    def ensemble_is_significantly_worse(self) -> bool:
        return self.difference.is_below_zero


def row_log_loss(margin: Floats, label: ArrayLike) -> Floats:
    """Log-loss of each row (n,) from log-odds (n,): ln(1 + exp(m)) - y m."""
    return np.asarray(np.logaddexp(0, margin) - np.asarray(label, dtype=np.float64) * margin)


def paired_difference(
    better: Floats, other: Floats, label: ArrayLike, entity: NDArray[Any] | None, *, seed: int, count: int = 500
) -> Interval:
    """Mean log-loss of ``other`` minus that of ``better`` (log-odds (n,)), 95% by bootstrap of whole entities."""
    difference = row_log_loss(other, label) - row_log_loss(better, label)
    measured = entity_bootstrap(lambda rows: {"log_loss": rows.mean()}, [difference], entity, count=count, seed=seed)
    return measured["log_loss"]


def select_candidate(
    ensembles: tuple[Ensemble, ...],
    oof: Mapping[str, Floats],
    label: ArrayLike,
    weight: Floats,
    *,
    entity: NDArray[Any] | None,
    seed: int,
) -> Selection:
    """Compare ensembles and single members by calibrated log-loss on out-of-fold log-odds ``oof`` (n,) by name.

    Every contender gets its own calibrator first, so an uncalibrated scale wins or loses nothing. The best
    ensemble is the candidate when its mean paired difference to its best member is above zero, else that member:
    a tie goes to the simpler model.
    """
    contenders = {each.name: each for each in (*ensembles, *(single(name) for name in oof))}
    raw = {name: each.margin(oof) for name, each in contenders.items()}
    calibrators = {name: fit_calibrator(margin, label, weight) for name, margin in raw.items()}
    calibrated = {name: calibrators[name].margin(margin) for name, margin in raw.items()}
    loss = {n: float(np.average(row_log_loss(margin, label), weights=weight)) for n, margin in calibrated.items()}
    best_ensemble = min((each.name for each in ensembles), key=lambda name: (loss[name], name))
    best_member = min((m.algorithm for m in contenders[best_ensemble].members), key=lambda name: (loss[name], name))
    gain = paired_difference(calibrated[best_ensemble], calibrated[best_member], label, entity, seed=seed)
    name = best_ensemble if gain.estimate > 0 else best_member
    return Selection(contenders[name], calibrators[name], best_ensemble, best_member, loss, gain)
