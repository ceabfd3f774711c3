"""The figures of a model card twice: as the run recorded them, and computed again from the stored predictions."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.fairness import compared_groups
from credit_platform.builders.gates import over_time
from credit_platform.builders.pieces import EXPLANATIONS, FAIRNESS
from credit_platform.contracts.release import Release
from credit_platform.contracts.split import TimeSplit
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.canonical import probabilities
from credit_platform.explanation.card_parts import CutOffUsed, ReasonsUsed, ReasonUsed, SampleUsed
from credit_platform.explanation.figures import reliability, strategy
from credit_platform.explanation.page import Picture
from credit_platform.explanation.reason_sums import reasons_used
from credit_platform.modelling.cut_off import as_decided, choose_cut_off, cut_off_band
from credit_platform.modelling.leaderboard import RESAMPLES, measured_intervals
from credit_platform.modelling.maturity import mature_shares, maturity
from credit_platform.modelling.predictions import Predictions
from credit_platform.modelling.sample import Floats, Units
from credit_platform.modelling.splits import Split
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.arrays import expit
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.calibration import ReliabilityTable, reliability_table
from credit_platform.statistics.evaluation import METRICS
from credit_platform.statistics.fairness import FairnessTable, GroupFairness
from credit_platform.statistics.strategy import StrategyPoint, strategy_curve

LEVEL = 0.95
PURPOSES = (
    "members, and out of fold: ensemble",
    "calibrator",
    "candidate and cut-off",
    "measured once, opens the gates",
)


@dataclass(frozen=True, eq=False)
class CardFigures:
    """Every figure of a card that follows from predictions and outcomes; ``margin``: log-odds of the ``test`` rows."""

    samples: tuple[SampleUsed, ...]
    measured: Mapping[str, float | None]
    metrics: Mapping[str, Interval]
    cut_off: CutOffUsed
    calibration: ReliabilityTable
    fairness: tuple[FairnessTable, ...]
    reasons: ReasonsUsed
    pictures: tuple[Picture, ...]
    test: Units
    margin: Floats


def recorded_figures(use_case: UseCase, candidate: Candidate, workbench: Workbench, *, threads: int) -> CardFigures:
    """As leaderboard, fairness and explanations recorded them in this run."""
    row, chosen = candidate.document["row"], candidate.document["selection"]
    margin = candidate.test_margin(threads=threads)
    low, high = chosen["cut_off_band"]["threshold"]
    pieces = {name: workbench.load(use_case.name, name) for name in (EXPLANATIONS, FAIRNESS)}
    candidate.require(pieces)
    explained = pieces[EXPLANATIONS].document["reasons"]
    cut_off = CutOffUsed(
        threshold=candidate.cut_off,
        low=low,
        high=high,
        objective=chosen["cut_off"]["objective"],
        strategy=tuple(StrategyPoint(**point) for point in chosen["strategy"]),
        pictures=_strategy(
            candidate.selection, candidate.margin(candidate.selection, threads=threads), candidate.cut_off
        ),
    )
    return CardFigures(
        samples=_samples(use_case, candidate.sample, candidate.split),
        measured=row["metrics"],
        metrics=_told({name: _recorded(row, name) for name in row["metrics"]}),
        cut_off=cut_off,
        calibration=reliability_table(candidate.test.label, expit(margin), weight=candidate.test.weight),
        fairness=fairness_tables(pieces[FAIRNESS].document),
        reasons=_reasons(explained),
        pictures=_reliability(candidate.test, margin),
        test=candidate.test,
        margin=margin,
    )


def recomputed_figures(use_case: UseCase, stored: Predictions, release: Release) -> CardFigures:
    """The same from the stored predictions and outcomes alone: no model, no feature, no figure of the run."""
    population = use_case.split.population
    units, split = stored.units, stored.split(population)
    test, selection = units.take(split.test), units.take(split.selection)
    margin, unseen = stored.margin[split.test], stored.margin[split.selection]
    probability = as_decided(expit(unseen))
    rule, seed = use_case.cut_off, use_case.seed
    chosen = choose_cut_off(probability, selection.label, selection.weight, rule=rule)
    band = cut_off_band(probability, selection, rule=rule, seed=seed, count=RESAMPLES)["threshold"]
    cut_off = CutOffUsed(
        threshold=chosen.threshold,
        low=band.low,
        high=band.high,
        objective=chosen.objective,
        strategy=strategy_curve(selection.label, probability, weight=selection.weight),
        pictures=_strategy(selection, unseen, chosen.threshold),
    )
    found = measured_intervals(test, margin, cut_off=chosen.threshold, seed=seed)
    measured = {name: each.estimate if np.isfinite(each.estimate) else None for name, each in found.items()}
    return CardFigures(
        samples=_samples(use_case, units, split),
        measured={**measured, **over_time(use_case, test, margin, selection, unseen).metrics},
        metrics=_told(found),
        cut_off=cut_off,
        calibration=reliability_table(test.label, expit(margin), weight=test.weight),
        fairness=compared_groups(use_case, stored.groups, test, margin, cut_off=chosen.threshold),
        reasons=reasons_used(
            stored.reasons,
            release.reasons,
            silent=release.features_without_reason,
            margin=margin[stored.explained],
            baseline=release.baseline,
        ),
        pictures=_reliability(test, margin),
        test=test,
        margin=margin,
    )


def _reasons(stored: Mapping[str, Any]) -> ReasonsUsed:
    rows = tuple(ReasonUsed(**each) for each in stored["reasons"])
    return ReasonsUsed(**{**stored, "reasons": rows, "silent": tuple(stored["silent"])})


def fairness_tables(document: Any) -> tuple[FairnessTable, ...]:
    """The stored fairness tables."""
    return tuple(
        FairnessTable(
            attribute=table["attribute"],
            cut_off=table["cut_off"],
            groups=tuple(_group(group) for group in table["groups"]),
        )
        for table in document["tables"]
    )


def _group(stored: Mapping[str, Any]) -> GroupFairness:
    fields: dict[str, Any] = {
        name: Interval(**value) if isinstance(value, dict) else value for name, value in stored.items()
    }
    return GroupFairness(**fields)


def _recorded(row: Mapping[str, Any], name: str) -> Interval:
    values = (row["metrics"][name], *row["intervals"][name])
    estimate, low, high = (np.nan if value is None else value for value in values)
    return Interval(estimate, low, high, LEVEL, RESAMPLES)


def _told(metrics: Mapping[str, Interval]) -> dict[str, Interval]:
    """Metrics in one order; what could not be measured, and an open end, is nan however it came about."""
    return {name: _finite(metrics[name]) for name in METRICS}


def _finite(found: Interval) -> Interval:
    estimate, low, high = (v if np.isfinite(v) else np.nan for v in (found.estimate, found.low, found.high))
    return replace(found, estimate=estimate, low=low, high=high)


def _samples(use_case: UseCase, units: Units, split: Split) -> tuple[SampleUsed, ...]:
    """The four windows in their order."""
    declared = use_case.split
    shares = mature_shares(maturity(units, declared, split)) if isinstance(declared, TimeSplit) else {}
    return tuple(
        _sample(name, purpose, units.take(rows), mature_share=shares.get(name))
        for (name, rows), purpose in zip(split.windows.items(), PURPOSES, strict=True)
    )


def _sample(name: str, purpose: str, units: Units, *, mature_share: float | None) -> SampleUsed:
    decided = units.decided
    first, last = (None, None) if decided is None else (_date(decided.min()), _date(decided.max()))
    return SampleUsed(name, purpose, len(units), int(units.label.sum()), first, last, mature_share)


def _date(day: np.datetime64) -> dt.date:
    return dt.date.fromisoformat(str(day))


def _strategy(units: Units, margin: Floats, cut_off: float) -> tuple[Picture, ...]:
    drawn = strategy(units.label, probabilities(margin), weight=units.weight, cut_off=cut_off)
    return (Picture(drawn, "Bad rate among the approved, by the share that is approved"),)


def _reliability(units: Units, margin: Floats) -> tuple[Picture, ...]:
    drawn = reliability(units.label, expit(margin), weight=units.weight)
    return (Picture(drawn, "Observed against predicted bad rates"),)
