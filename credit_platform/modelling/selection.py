"""Which model is the candidate: the best ensemble, unless its best member does as well alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.modelling.calibration import Calibrator, fit_calibrator
from credit_platform.modelling.ensemble import Ensemble, single
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.levels import at_own_level
from credit_platform.modelling.sample import Floats, Sample, Units
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap


@dataclass(frozen=True, eq=False)
class Window:
    """Units that no member has seen, with each member's raw log-odds (n,) of them, by algorithm."""

    units: Units
    margins: dict[str, Floats]


@dataclass(frozen=True)
class Selection:
    """The candidate, and how it was chosen on the selection window.

    ``log_loss`` is by name, calibrated, per unit, at the window's own level; ``difference`` the log-loss of
    ``best_member`` minus that of ``best_ensemble`` on the same rows: above zero the ensemble is better.
    """

    chosen: Ensemble
    best_ensemble: str
    best_member: str
    log_loss: dict[str, float]
    difference: Interval

    @property
    def ensemble_is_significantly_worse(self) -> bool:
        return self.difference.is_below_zero


def window_of(forests: Mapping[str, Forest], sample: Sample, *, threads: int) -> Window:
    """A window of the sample as the members see it."""
    return Window(sample, {name: forest.margin(sample.matrix, threads=threads) for name, forest in forests.items()})


def row_log_loss(margin: Floats, label: ArrayLike) -> Floats:
    """Log-loss of each row (n,) from log-odds (n,): ln(1 + exp(m)) - y m."""
    return np.asarray(np.logaddexp(0, margin) - np.asarray(label, dtype=np.float64) * margin)


def paired_difference(better: Floats, other: Floats, units: Units, *, seed: int, count: int = 500) -> Interval:
    """Mean log-loss of ``other`` minus that of ``better`` (log-odds (n,)), weighted; 95% by bootstrap of entities."""
    difference = row_log_loss(other, units.label) - row_log_loss(better, units.label)
    arrays = (difference, units.weight)
    return entity_bootstrap(_mean_log_loss, arrays, units.entity, count=count, seed=seed)["log_loss"]


def _mean_log_loss(rows: Floats, weight: Floats) -> dict[str, float]:
    return {"log_loss": float(np.average(rows, weights=weight))}


def fit_calibrators(contenders: tuple[Ensemble, ...], calibration: Window) -> dict[str, Calibrator]:
    """Every contender's own calibrator, on the calibration window, so an uncalibrated scale wins or loses nothing."""
    units = calibration.units
    return {c.name: fit_calibrator(c.margin(calibration.margins), units.label, units.weight) for c in contenders}


def contenders_of(ensembles: tuple[Ensemble, ...], members: Mapping[str, object]) -> tuple[Ensemble, ...]:
    """The ensembles, and every member on its own."""
    return (*ensembles, *(single(name) for name in members))


def judged_margins(
    contenders: tuple[Ensemble, ...], calibrators: Mapping[str, Calibrator], selection: Window
) -> dict[str, Floats]:
    """Calibrated log-odds (n,) of every contender at the window's own level.

    Calibrators of some 50 bads put contenders at levels that part by chance: on the contest's loans voting was ahead of
    its best member by .00003 for that alone, and behind it by .0001 without it.
    """
    units, raw = selection.units, {each.name: each.margin(selection.margins) for each in contenders}
    return {n: at_own_level(units.label, calibrators[n].margin(each), units.weight) for n, each in raw.items()}


def select_candidate(
    ensembles: tuple[Ensemble, ...], calibrators: Mapping[str, Calibrator], selection: Window, *, seed: int
) -> Selection:
    """Compare ensembles and single members by calibrated log-loss on the selection window, at its own level.

    The best ensemble is the candidate when its mean paired difference to its best member is above zero, else that
    member: a tie goes to the simpler model. ``calibrators`` are by contender, fitted elsewhere (``fit_calibrators``).
    """
    units = selection.units
    contenders = {each.name: each for each in contenders_of(ensembles, selection.margins)}
    calibrated = judged_margins(tuple(contenders.values()), calibrators, selection)
    loss = {
        name: float(np.average(row_log_loss(margin, units.label), weights=units.weight))
        for name, margin in calibrated.items()
    }
    best_ensemble = min((each.name for each in ensembles), key=lambda name: (loss[name], name))
    best_member = min((m.algorithm for m in contenders[best_ensemble].members), key=lambda name: (loss[name], name))
    gain = paired_difference(calibrated[best_ensemble], calibrated[best_member], units, seed=seed)
    chosen = contenders[best_ensemble if gain.estimate > 0 else best_member]
    return Selection(chosen, best_ensemble, best_member, loss, gain)
