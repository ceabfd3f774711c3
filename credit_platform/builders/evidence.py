"""What a check shows beside its verdict: the statistic, the threshold that judged it, and a plot."""

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from credit_platform.contracts.gate import Gate
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.distributions import DistributionCheck
from credit_platform.statistics.stability import DriftResult

NO_ROWS = "nothing was compared: the chosen days have no rows"


def picture(png: bytes) -> dg.MarkdownMetadataValue:
    """A PNG as it shows in Dagster's UI."""
    return dg.MetadataValue.md(f"![figure](data:image/png;base64,{base64.b64encode(png).decode()})")


def distribution_evidence(checks: Sequence[DistributionCheck]) -> dict[str, Any]:
    """The effect size that is largest against the size from which its test's difference matters."""
    from credit_platform.explanation.figures import Judged, against_thresholds

    worst = max(checks, key=lambda c: (c.is_different, abs(c.effect_size) / c.material))
    judged = [Judged(f"{c.column} ({c.effect})", abs(c.effect_size), c.material, c.is_different) for c in checks]
    drawn = against_thresholds("Test rows against training rows", judged, axis_name="effect size")
    return {
        "statistic": abs(worst.effect_size),
        "threshold": worst.material,
        "statistic_is": f"{worst.effect} of {worst.column}",
        "adjusted_p_value": worst.adjusted_p_value,
        "plot": picture(drawn),
    }


def drift_evidence(found: Mapping[tuple[dt.date, str], DriftResult]) -> dict[str, Any]:
    """The PSI that is furthest beyond its own threshold, over all columns and days; the plot shows its day."""
    if not found:
        return {"statistic_is": NO_ROWS}
    from credit_platform.explanation.figures import Judged, against_thresholds

    (day, column), worst = max(found.items(), key=lambda item: (item[1].is_alarm, item[1].psi / item[1].threshold))
    judged = [
        Judged(name, r.psi, r.threshold, r.is_alarm) for (other, name), r in sorted(found.items()) if other == day
    ]
    drawn = against_thresholds(f"Columns of {day} against the reference", judged, axis_name="PSI")
    return {
        "statistic": worst.psi,
        "threshold": worst.threshold,
        "statistic_is": f"PSI of {column} on {day}",
        "p_value": worst.p_value,
        "design_effect": worst.deff,
        "plot": picture(drawn),
    }


def score_evidence(found: Mapping[dt.date, DriftResult]) -> dict[str, Any]:
    """The day whose scores are furthest from the reference, drawn by bin."""
    if not found:
        return {"statistic_is": NO_ROWS}
    from credit_platform.explanation.figures import shares

    day, worst = max(found.items(), key=lambda item: (item[1].is_alarm, item[1].psi / item[1].threshold))
    drawn = shares(f"Scores of {day}", worst.bins, worst.reference_shares, worst.current_shares)
    return {
        "statistic": worst.psi,
        "threshold": worst.threshold,
        "statistic_is": f"PSI of the score on {day}",
        "p_value": worst.p_value,
        "plot": picture(drawn),
    }


def gate_evidence(gates: Sequence[Gate], row: Mapping[str, Any], *, population: str) -> dict[str, Any]:
    """Every gated metric of a leaderboard row beside its bounds; ``statistic`` and ``threshold`` by metric."""
    from credit_platform.explanation.figures import Bounded, within_bounds

    found: dict[str, Any] = {}
    bounded = []
    for gate in gates:
        value, (low, high) = row["metrics"][gate.metric], row["intervals"][gate.metric]
        bounded.append(Bounded(gate.rule, value, low, high, gate.minimum, gate.maximum))
        found |= {f"statistic/{gate.metric}": "not measured" if value is None else value}
        bounds = {"minimum": gate.minimum, "maximum": gate.maximum}
        found |= {f"threshold/{gate.metric}/{end}": bound for end, bound in bounds.items() if bound is not None}
    return found | {"plot": picture(within_bounds(f"Gates of the candidate on {population}", bounded))}


def gain_picture(name: str, gains: Mapping[str, Interval]) -> dg.MarkdownMetadataValue:
    """Log-loss gains of one ensemble over each member, with their intervals."""
    from credit_platform.explanation.figures import intervals

    title = f"Gain of {name.replace('_', ' ')} over each member on the selection rows"
    return picture(intervals(title, list(gains), list(gains.values()), axis_name="log-loss gain (above 0 is better)"))


def warning(name: str, alarmed: list[str], evidence: Mapping[str, Any]) -> dg.AssetCheckResult:
    """A drifted day is scored, marked and watched: the check warns and refuses nothing."""
    return dg.AssetCheckResult(
        check_name=name,
        passed=not alarmed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"alarms": alarmed, **evidence},
    )
