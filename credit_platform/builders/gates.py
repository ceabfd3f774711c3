"""The gates of a run: declared bounds and blocking findings, as data that ``champion`` reads."""

from collections.abc import Mapping

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.pieces import ADVICE, FAIRNESS, StaleError, same_training
from credit_platform.contracts.use_case import Gate, UseCase
from credit_platform.resources.workbench import Workbench


def gate_value(gate: Gate, metrics: Mapping[str, float | None]) -> str | None:
    """The sentence of an unmet bound, None where it holds; a metric that could not be measured never holds."""
    value = metrics[gate.metric]
    if value is None:
        return f"{gate.metric} could not be measured, {gate.rule} required"
    if gate.minimum is not None and not value >= gate.minimum:
        return f"{gate.metric} is {value:.4f}, at least {gate.minimum:g} required"
    if gate.maximum is not None and not value <= gate.maximum:
        return f"{gate.metric} is {value:.4f}, at most {gate.maximum:g} allowed"
    return None


def unmet_gates(gates: tuple[Gate, ...], metrics: Mapping[str, float | None]) -> list[str]:
    """A sentence for every bound that the metrics break."""
    return [sentence for gate in gates if (sentence := gate_value(gate, metrics)) is not None]


def gate_results(use_case: UseCase, candidate: Candidate, workbench: Workbench) -> dict[str, object]:
    """Every gate of this run: what ``champion`` reads, whichever way it is materialised."""
    fairness = workbench.load(use_case.name, FAIRNESS)
    same_training({FAIRNESS: fairness}, candidate.fingerprint)
    if "metrics" not in fairness.document:
        raise StaleError("fairness was measured by an earlier version of the platform; materialise it again")
    measured = candidate.document["row"]["metrics"] | fairness.document["metrics"]
    unmet = unmet_gates(use_case.gates, measured)
    advice = workbench.load(use_case.name, ADVICE)
    same_training({ADVICE: advice}, candidate.fingerprint)
    if advice.document["blocks"]:
        unmet.append("the leakage scan of the gating feature set found a blocking problem")
    unmet += [f"{name}: {problem}" for name, problem in candidate.problems.items()]
    return {"passed": not unmet, "unmet": unmet, "fingerprint": candidate.fingerprint}
