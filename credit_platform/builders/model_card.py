"""The record behind a model card, every number read from what the run stored."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.gates import gate_value
from credit_platform.builders.pieces import FAIRNESS
from credit_platform.builders.release_files import release_notes
from credit_platform.builders.score_migration import section_of
from credit_platform.contracts.split import TimeSplit
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.canonical import probabilities
from credit_platform.explanation.figures import reliability, strategy
from credit_platform.explanation.model_card import CutOffUsed, GateVerdict, ModelCard, SampleUsed
from credit_platform.explanation.page import Picture
from credit_platform.modelling.maturity import mature_shares, maturity
from credit_platform.modelling.sample import Sample
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.arrays import expit
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.calibration import reliability_table
from credit_platform.statistics.fairness import FairnessTable, GroupFairness
from credit_platform.statistics.strategy import StrategyPoint

LEVEL, RESAMPLES = 0.95, 200


def card_of(
    use_case: UseCase, candidate: Candidate, workbench: Workbench, release: Mapping[str, Any], *, threads: int
) -> ModelCard:
    """The card of the release that this run made."""
    row = candidate.document["row"]
    probability = expit(candidate.test_margin(threads=threads))
    metrics = {
        name: Interval(estimate=value, low=low, high=high, level=LEVEL, count=RESAMPLES)
        for name, value in row["metrics"].items()
        for low, high in (row["intervals"][name],)
        if value is not None and low is not None and high is not None
    }
    return ModelCard(
        title=f"{use_case.title}: model card",
        release_id=release["release_id"],
        algorithm=candidate.served.name,
        as_of=dt.date.fromisoformat(release["as_of"]),
        purpose=use_case.description,
        out_of_scope=(f"Decisions on anything but {use_case.unit.name.replace('_', ' ')} of this portfolio.",),
        data=tuple(f"{s.name} ({s.role}): {' or '.join(x.path for x in s.layouts)}" for s in use_case.sources),
        feature_set=use_case.features.gating,
        features=len(candidate.sample.features),
        samples=_samples(use_case, candidate),
        population=use_case.measured_on,
        metrics=metrics,
        members={member.algorithm: member.weight for member in candidate.served.members},
        cut_off=_cut_off(candidate, threads=threads),
        gates=_verdicts(use_case, row["metrics"]),
        calibration=reliability_table(candidate.test.label, probability),
        fairness=fairness_tables(workbench.load(use_case.name, FAIRNESS).document),
        migration=section_of(release.get("migration")),
        limits=release_notes(use_case),
        monitoring=("Drift of every feature and of the score, daily.", "Performance on matured labels, as they come."),
        owners=use_case.owners,
        pictures=(Picture(reliability(candidate.test.label, probability), "Observed against predicted bad rates"),),
    )


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


def _samples(use_case: UseCase, candidate: Candidate) -> tuple[SampleUsed, ...]:
    """The four windows in their order."""
    purposes = (
        "members, and out of fold: ensemble",
        "calibrator",
        "candidate and cut-off",
        "measured once, opens the gates",
    )
    sample, split, declared = candidate.sample, candidate.split, use_case.split
    shares = mature_shares(maturity(sample, declared, split)) if isinstance(declared, TimeSplit) else {}
    return tuple(
        _sample(name, purpose, sample.take(rows), mature_share=shares.get(name))
        for (name, rows), purpose in zip(split.windows.items(), purposes, strict=True)
    )


def _sample(name: str, purpose: str, sample: Sample, *, mature_share: float | None) -> SampleUsed:
    decided = sample.decided
    first, last = (None, None) if decided is None else (_date(decided.min()), _date(decided.max()))
    return SampleUsed(name, purpose, len(sample), int(sample.label.sum()), first, last, mature_share)


def _cut_off(candidate: Candidate, *, threads: int) -> CutOffUsed:
    chosen, rows = candidate.document["selection"], candidate.selection
    low, high = chosen["cut_off_band"]["threshold"]
    probability = probabilities(candidate.margin(rows, threads=threads))
    drawn = strategy(rows.label, probability, cut_off=candidate.cut_off)
    return CutOffUsed(
        threshold=candidate.cut_off,
        low=low,
        high=high,
        objective=chosen["cut_off"]["objective"],
        strategy=tuple(StrategyPoint(**point) for point in chosen["strategy"]),
        pictures=(Picture(drawn, "Bad rate among the approved, by the share that is approved"),),
    )


def _date(day: np.datetime64) -> dt.date:
    return dt.date.fromisoformat(str(day))


def _verdicts(use_case: UseCase, metrics: Mapping[str, float | None]) -> tuple[GateVerdict, ...]:
    return tuple(
        GateVerdict(rule=gate.rule, value=metrics[gate.metric], holds=gate_value(gate, metrics) is None)
        for gate in use_case.gates
    )
