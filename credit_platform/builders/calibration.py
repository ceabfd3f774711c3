"""The candidate's calibration on the test rows, overall and within each declared segment."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from credit_platform.builders.candidate import Candidate, leaderboard_key, load_candidate
from credit_platform.builders.evidence import picture
from credit_platform.builders.frames import input_column
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.pieces import CALIBRATION
from credit_platform.builders.segments import segment_name
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.sample import Sample
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.arrays import expit
from credit_platform.statistics.segment_calibration import FEWEST, SegmentCalibration, calibration_by_segment

CALIBRATION_CHECK = "calibrated_on_the_test_rows"
MOST_DRAWN = 7
"""Lines of one plot, each of its own colour: the largest segments. The table holds all of them."""


def calibration_asset(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "assurance", "calibration")
    text = "The 95% entity-bootstrap intervals of calibration slope and intercept hold 1 and 0."

    @dg.asset(
        key=asset_key,
        deps=[leaderboard_key(use_case)],
        check_specs=[check_of(asset_key, CALIBRATION_CHECK, text)],
        pool=pool(use_case),
        **stage(use_case, "assurance"),
    )
    def calibration(
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        workbench: dg.ResourceParam[Workbench],
    ) -> dg.MaterializeResult:
        """Predicted against observed bad rates on the test rows, overall and by segment: slope, error, plots."""
        from credit_platform.explanation.figures import reliability

        candidate = load_candidate(workbench, use_case)
        test, population = candidate.test, candidate.split.population
        probability = expit(candidate.test_margin(threads=settings.threads))
        metrics = candidate.document["row"]["metrics"]
        measured = {n: metrics[n] for n in ("calibration_slope", "calibration_intercept", "expected_calibration_error")}
        measured |= {"mean_probability": float(np.average(probability, weights=test.weight))}
        measured |= {"bad_rate": float(np.average(test.label, weights=test.weight))}
        drawn = reliability(test.label, probability, weight=test.weight)
        path = workbench.save_report(use_case.name, "calibration.png", drawn)
        plot = picture(path.read_bytes())
        metadata: dict[str, Any] = {f"{population}/{name}": value for name, value in measured.items()} | {"plot": plot}
        metadata["population"] = use_case.measured_on
        parts: dict[str, list[dict[str, Any]]] = {}
        for column in use_case.monitoring.segments:
            values = input_column(use_case, warehouse, column).reindex(test.key).astype(str).to_numpy()
            found = _by_segment(use_case, candidate, probability, values)
            metadata |= _segment_metadata(column, found, test, probability, values)
            parts[column] = [asdict(each) for each in found]
        document = measured | {"segments": parts, "population": use_case.measured_on}
        workbench.save(use_case.name, CALIBRATION, arrays={}, document=document | candidate.told)
        return dg.MaterializeResult(metadata=metadata, check_results=[_check(candidate.document["row"], plot)])

    return calibration


def _by_segment(
    use_case: UseCase, candidate: Candidate, probability: np.ndarray, values: np.ndarray
) -> tuple[SegmentCalibration, ...]:
    test = candidate.test
    return calibration_by_segment(
        test.label, probability, values, entity=test.entity, seed=use_case.seed, weight=test.weight
    )


def _segment_metadata(
    column: str, found: Sequence[SegmentCalibration], test: Sample, probability: np.ndarray, values: np.ndarray
) -> dict[str, Any]:
    """A table of every value of a segment column, a plot of those that can be judged, and which are off."""
    from credit_platform.explanation.figures import reliability_by_part

    judged = {each.segment: values == each.segment for each in [each for each in found if each.is_judged][:MOST_DRAWN]}
    table = pd.DataFrame([_row(each) for each in found]).to_markdown(index=False, floatfmt=".4f")
    off = [segment_name(column, each.segment) for each in found if each.is_off]
    out: dict[str, Any] = {f"{column}/table": dg.MetadataValue.md(table), f"{column}/off": off}
    if judged:
        title = f"Reliability by {column.replace('_', ' ')}"
        drawn = reliability_by_part(test.label, probability, judged, weight=test.weight, title=title)
        out[f"{column}/plot"] = picture(drawn)
    return out


def _row(found: SegmentCalibration) -> dict[str, Any]:
    gap = found.gap
    verdict = "off" if found.is_off else "held" if gap is not None else f"fewer than {FEWEST} bads or goods"
    return {
        "segment": found.segment,
        "rows": found.rows,
        "bads": found.bads,
        "mean_probability": found.mean_probability,
        "bad_rate": found.bad_rate,
        "gap 95%": "" if gap is None else f"{gap.estimate:+.4f} ({gap.low:+.4f} to {gap.high:+.4f})",
        "expected_calibration_error": found.expected_calibration_error,
        "calibration": verdict,
    }


def _check(row: dict[str, Any], plot: dg.MarkdownMetadataValue) -> dg.AssetCheckResult:
    """A warning: the bounds that refuse a candidate are the declared gates."""
    metadata: dict[str, Any] = {}
    is_held = True
    for name, ideal in (("calibration_slope", 1.0), ("calibration_intercept", 0.0)):
        low, high = row["intervals"][name]
        is_held &= (low is None or low <= ideal) and (high is None or ideal <= high)
        metadata |= {f"statistic/{name}": row["metrics"][name], f"threshold/{name}": ideal}
        metadata |= {f"interval/{name}": f"{_end(low)} to {_end(high)}"}
    return dg.AssetCheckResult(
        check_name=CALIBRATION_CHECK,
        passed=bool(is_held),
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata | {"plot": plot},
    )


def _end(value: float | None) -> str:
    return "open" if value is None else f"{value:.4f}"
