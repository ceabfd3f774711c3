"""Every contender on the split's test rows: calibrated, cut off and measured the same way."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from credit_platform.contracts.score import CutOff
from credit_platform.modelling.calibration import Calibrator
from credit_platform.modelling.cut_off import DECIMALS, ChosenCutOff, as_decided, choose_cut_off, cut_off_band
from credit_platform.modelling.ensemble import Ensemble
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Sample, Units
from credit_platform.modelling.selection import (
    Selection,
    Window,
    contenders_of,
    fit_calibrators,
    select_candidate,
    window_of,
)
from credit_platform.modelling.splits import Split
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap
from credit_platform.statistics.evaluation import evaluate
from credit_platform.statistics.strategy import StrategyPoint, strategy_curve

RESAMPLES = 200
"""Bootstrap samples of an interval."""


@dataclass(frozen=True)
class Contender:
    """One model or ensemble with what it needs to be served, and its metrics on the test rows with 95% intervals."""

    ensemble: Ensemble
    calibrator: Calibrator
    cut_off: ChosenCutOff
    metrics: dict[str, float]
    intervals: dict[str, Interval]

    @property
    def name(self) -> str:
        return self.ensemble.name


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """Contenders by test AUC, best first, and how the candidate was chosen (never on the test rows).

    Of the candidate on the selection rows (n,): their ``probability``; ``cut_off_band``, how far its threshold, and the
    cost per unit at it, would move with other customers; ``strategy``, what every share of approved units gives.
    """

    contenders: tuple[Contender, ...]
    selection: Selection
    probability: Floats
    cut_off_band: dict[str, Interval]
    strategy: tuple[StrategyPoint, ...]

    @property
    def candidate(self) -> Contender:
        """The chosen contender."""
        return next(c for c in self.contenders if c.name == self.selection.chosen.name)


def rank(
    ensembles: tuple[Ensemble, ...],
    forests: Mapping[str, Forest],
    sample: Sample,
    split: Split,
    *,
    rule: CutOff,
    seed: int,
    threads: int,
    resamples: int = RESAMPLES,
) -> Leaderboard:
    """Calibrate on the calibration rows, choose candidate and cut-off on the selection rows, measure on the test rows.

    Members (``forests``) and ``ensembles`` have seen none of the three. Intervals resample whole entities, or rows
    where the portfolio has none.
    """
    calibration, selection, test = (
        window_of(forests, sample.take(rows), threads=threads)
        for rows in (split.calibration, split.selection, split.test)
    )
    contenders = contenders_of(ensembles, forests)
    calibrators = fit_calibrators(contenders, calibration)
    chosen = select_candidate(ensembles, calibrators, selection, seed=seed)
    measured = [
        _measured(each, calibrators[each.name], selection, test, rule, seed=seed, resamples=resamples)
        for each in contenders
    ]
    ordered = sorted(measured, key=lambda contender: (-contender.metrics["auc"], contender.name))
    probability = as_decided(_probability(chosen.chosen, calibrators[chosen.chosen.name], selection))
    band = cut_off_band(probability, selection.units, rule=rule, seed=seed, count=resamples)
    curve = strategy_curve(selection.units.label, probability, weight=selection.units.weight)
    return Leaderboard(tuple(ordered), chosen, probability, band, curve)


def _measured(
    ensemble: Ensemble,
    calibrator: Calibrator,
    selection: Window,
    test: Window,
    rule: CutOff,
    *,
    seed: int,
    resamples: int,
) -> Contender:
    probability = _probability(ensemble, calibrator, selection)
    chosen = choose_cut_off(probability, selection.units.label, selection.units.weight, rule=rule)
    margin = calibrator.margin(ensemble.margin(test.margins))

    intervals = measured_intervals(test.units, margin, cut_off=chosen.threshold, seed=seed, resamples=resamples)
    return Contender(
        ensemble=ensemble,
        calibrator=calibrator,
        cut_off=chosen,
        metrics={name: found.estimate for name, found in intervals.items()},
        intervals=intervals,
    )


def measured_intervals(
    units: Units, margin: Floats, *, cut_off: float, seed: int, resamples: int = RESAMPLES
) -> dict[str, Interval]:
    """Every metric of units (n,) by their log-odds (n,), with its 95% interval by resampling whole entities.

    Units count by their weight, as they did in training: the parts of one decision count one together.
    """

    def metrics(label: np.ndarray, log_odds: np.ndarray, weight: np.ndarray) -> dict[str, float]:
        return dict(evaluate(label, log_odds, cut_off=cut_off, is_log_odds=True, decimals=DECIMALS, weight=weight))

    arrays = (units.label, margin, units.weight)
    return entity_bootstrap(metrics, arrays, units.entity, count=resamples, seed=seed)


def _probability(ensemble: Ensemble, calibrator: Calibrator, window: Window) -> Floats:
    return calibrator.probability(ensemble.margin(window.margins))
