"""Every contender on the split's test rows: calibrated, cut off and measured the same way."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from credit_platform.contracts.score import CutOff
from credit_platform.modelling.calibration import Calibrator, fit_calibrator
from credit_platform.modelling.cut_off import ChosenCutOff, choose_cut_off
from credit_platform.modelling.ensemble import Ensemble, single
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Sample
from credit_platform.modelling.selection import Selection, select_candidate
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap
from credit_platform.statistics.evaluation import evaluate


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


@dataclass(frozen=True)
class Leaderboard:
    """Contenders by test AUC, best first, and how the candidate was chosen (never on the test rows)."""

    contenders: tuple[Contender, ...]
    selection: Selection

    @property
    def candidate(self) -> Contender:
        """The chosen contender."""
        return next(c for c in self.contenders if c.name == self.selection.chosen.name)


def rank(
    ensembles: tuple[Ensemble, ...],
    forests: Mapping[str, Forest],
    oof: Mapping[str, Floats],
    *,
    training: Sample,
    test: Sample,
    rule: CutOff,
    seed: int,
    threads: int,
    resamples: int = 200,
) -> Leaderboard:
    """Calibrate and cut off on out-of-fold log-odds ``oof`` (n_train,), measure on ``test``.

    Intervals resample whole entities of the test rows, or rows where the portfolio has none.
    """
    test_margins = {name: forest.margin(test.matrix, threads=threads) for name, forest in forests.items()}
    contenders = [
        _contender(each, oof, test_margins, training, test, rule, seed=seed, resamples=resamples)
        for each in (*ensembles, *(single(name) for name in oof))
    ]
    selection = select_candidate(ensembles, oof, training.label, training.weight, entity=training.entity, seed=seed)
    ordered = sorted(contenders, key=lambda contender: (-contender.metrics["auc"], contender.name))
    return Leaderboard(contenders=tuple(ordered), selection=selection)


def _contender(
    ensemble: Ensemble,
    oof: Mapping[str, Floats],
    test_margins: Mapping[str, Floats],
    training: Sample,
    test: Sample,
    rule: CutOff,
    *,
    seed: int,
    resamples: int,
) -> Contender:
    raw = ensemble.margin(oof)
    calibrator = fit_calibrator(raw, training.label, training.weight)
    chosen = choose_cut_off(calibrator.probability(raw), training.label, training.weight, rule=rule)
    margin = calibrator.margin(ensemble.margin(test_margins))

    def measured(label: np.ndarray, log_odds: np.ndarray) -> dict[str, float]:
        return dict(evaluate(label, log_odds, cut_off=chosen.threshold, is_log_odds=True))

    return Contender(
        ensemble=ensemble,
        calibrator=calibrator,
        cut_off=chosen,
        metrics=measured(test.label, margin),
        intervals=entity_bootstrap(measured, (test.label, margin), test.entity, count=resamples, seed=seed),
    )
