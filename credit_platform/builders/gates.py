"""The gates of a run: declared bounds and blocking findings, as data that ``champion`` reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.pieces import ADVICE, EXPLANATIONS, FAIRNESS, same_training
from credit_platform.contracts.gate import Gate
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.score_scale import points
from credit_platform.explanation.reason_sums import ADDITIVE_LIMIT
from credit_platform.modelling.sample import Floats, Units
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.evaluation import METRICS
from credit_platform.statistics.over_time import auc_by_month, score_psi, worst_month


@dataclass(frozen=True)
class Measured:
    """Metrics that gates may name, None where one could not be measured.

    ``exempt``: metric -> why its gates hold without a value; ``absent``: metric -> why it has none, and what to do;
    ``shown``: what ``gates.json`` keeps of how it was found.
    """

    metrics: Mapping[str, float | None]
    exempt: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """What gates are measured on: the candidate of a run, and how it did against the champion (``comparison``)."""

    use_case: UseCase
    candidate: Candidate
    workbench: Workbench
    comparison: Mapping[str, Any]
    threads: int


def _on_the_leaderboard(trial: Trial) -> Measured:
    return Measured(trial.candidate.document["row"]["metrics"])


def _against_the_champion(trial: Trial) -> Measured:
    """``auc_lift`` and its one-sided p-value; a first champion has nobody to beat."""
    found = trial.comparison
    absent = {name: unread for name, value in found["metrics"].items() if value is None and (unread := _unread(found))}
    return Measured(found["metrics"], found.get("exempt", {}), absent, {"comparison": found})


def _unread(compared: Mapping[str, Any]) -> str | None:
    """Which release could not be asked, why, and the two ways on; None where all could."""
    for asked in (compared, compared.get("approved", {})):
        if "unread" in asked:
            return (
                f"{asked['champion']['release_id']} could not be asked for want of {', '.join(asked['unread'])}; build "
                "that again, or put the candidate in force with: credit-platform override"
            )
    return None


def _between_groups(trial: Trial) -> Measured:
    """Worst gaps between the groups of protected attributes; none where no attribute is declared."""
    fairness = trial.workbench.load(trial.use_case.name, FAIRNESS)
    trial.candidate.require({FAIRNESS: fairness})
    metrics = fairness.document["metrics"]
    alone = "no protected attribute parts the test rows in two groups that are large enough to be judged"
    return Measured(metrics, absent={name: alone for name, value in metrics.items() if value is None})


def _over_time(trial: Trial) -> Measured:
    """``worst_month_auc`` within the test rows, and ``score_psi`` of theirs against the selection rows' scores."""
    candidate, selection, threads = trial.candidate, trial.candidate.selection, trial.threads
    unseen = candidate.margin(selection, threads=threads)
    return over_time(trial.use_case, candidate.test, candidate.test_margin(threads=threads), selection, unseen)


def over_time(use_case: UseCase, test: Units, margin: Floats, selection: Units, unseen: Floats) -> Measured:
    """The same from the test rows with their log-odds (t,) and the selection rows with theirs, ``unseen`` (s,)."""
    months = () if test.decided is None else auc_by_month(test.label, margin, test.decided, weight=test.weight)
    shown = [{"month": m.month, "rows": m.rows, "bads": m.bads, "auc": m.auc} for m in months]
    before, now = (points(each, use_case.score).astype(float) for each in (unseen, margin))
    moved = score_psi(before, now, reference_weight=selection.weight, weight=test.weight)
    metrics = {"worst_month_auc": worst_month(months), "score_psi": moved}
    return Measured(metrics, shown={"months": shown})


PROVIDERS: tuple[Callable[[Trial], Measured], ...] = (
    _on_the_leaderboard,
    _between_groups,
    _against_the_champion,
    _over_time,
)
"""Where the metrics of gates come from. A gate is a metric's name with bounds: another provider is another line here
and its names in ``contracts.gate.GateMetric``."""


def measured(trial: Trial) -> Measured:
    """Everything that a gate may name."""
    parts = [provider(trial) for provider in PROVIDERS]
    return Measured(
        metrics={name: value for part in parts for name, value in part.metrics.items()},
        exempt={name: why for part in parts for name, why in part.exempt.items()},
        absent={name: why for part in parts for name, why in part.absent.items()},
        shown={name: value for part in parts for name, value in part.shown.items()},
    )


def gate_value(gate: Gate, metrics: Mapping[str, float | None]) -> str | None:
    """The sentence of an unmet bound, None where it holds; a metric that could not be measured never holds."""
    value = metrics[gate.metric]
    if value is None:
        return f"{gate.measure} could not be measured, {gate.bounds} required"
    if gate.minimum is not None and not value >= gate.minimum:
        return f"{gate.measure} is {value:.4f}, at least {gate.minimum:g} required"
    if gate.maximum is not None and not value <= gate.maximum:
        return f"{gate.measure} is {value:.4f}, at most {gate.maximum:g} allowed"
    return None


def unmet_gates(gates: tuple[Gate, ...], metrics: Mapping[str, float | None]) -> list[str]:
    """A sentence for every bound that the metrics break."""
    return [sentence for gate in gates if (sentence := gate_value(gate, metrics)) is not None]


def leaderboard_gates(use_case: UseCase) -> tuple[Gate, ...]:
    """The gates on metrics of the leaderboard; the others are measured when the release is made."""
    return tuple(gate for gate in use_case.gates if gate.metric in METRICS)


def gate_results(trial: Trial) -> dict[str, Any]:
    """Every gate of this run with its value: what ``champion`` reads, whichever way it is materialised."""
    use_case, candidate, found = trial.use_case, trial.candidate, measured(trial)
    results = [_result(gate, found) for gate in use_case.gates]
    unmet = [result["unmet"] for result in results if result["unmet"] is not None]
    advice = trial.workbench.load(use_case.name, ADVICE)
    same_training({ADVICE: advice}, candidate.fingerprint)
    if advice.document["blocks"]:
        unmet.append("the leakage scan of the gating feature set found a blocking problem")
    unmet += [f"{name}: {problem}" for name, problem in candidate.problems.items()]
    explained = trial.workbench.load(use_case.name, EXPLANATIONS)
    candidate.require({EXPLANATIONS: explained})
    if (gap := explained.document["reasons"]["gap"]) > ADDITIVE_LIMIT:
        unmet.append(f"contributions miss the served log-odds by {gap:.2e}, at most {ADDITIVE_LIMIT:g} allowed")
    told = {"population": use_case.measured_on, "fingerprint": candidate.fingerprint, **found.shown}
    return {"passed": not unmet, "unmet": unmet, "results": results, **told}


def _result(gate: Gate, found: Measured) -> dict[str, Any]:
    exempt, absent = found.exempt.get(gate.metric), found.absent.get(gate.metric)
    unmet = None if exempt else gate_value(gate, found.metrics)
    return {
        "metric": gate.metric,
        "rule": gate.rule,
        "value": found.metrics.get(gate.metric),
        "exempt": exempt,
        "unmet": f"{unmet}: {absent}" if unmet and absent else unmet,
    }
