"""Performance: scores against outcomes that matured since, and whether they still follow the probabilities given."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from credit_platform.builders.drift_table import CONCEPT, DRIFT, write_days
from credit_platform.builders.evidence import picture, warning
from credit_platform.builders.frames import decision_weights
from credit_platform.builders.naming import IN_WAREHOUSE, check_of, key, pool, stage
from credit_platform.builders.segments import ALL, segment_name
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tables import qualified, quoted
from credit_platform.resources.warehouse import Warehouse, utc_now
from credit_platform.statistics.concept import ConceptResult, ReferenceAuc, concept_tests
from credit_platform.statistics.evaluation import evaluate
from credit_platform.statistics.multiplicity import nightly_level

MINIMUM_BADS = 10
"""Fewer matured bads than this give no AUC worth a number."""
WINDOW_DAYS = 7
"""Scored days that one window ends with: a single day of the committed portfolio has 5 to 12 bads."""
CONCEPT_CHECK = "outcomes_follow_the_probabilities"


def performance_asset(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "monitoring", "performance")
    text = "Calibration, Brier score and AUC of matured outcomes, by window and segment, are what the release promised."

    @dg.asset(
        key=asset_key,
        deps=[
            key(use_case, "batch", "scores"),
            model_key(use_case, use_case.unit.labels_model),
            model_key(use_case, use_case.unit.inputs_model),
        ],
        check_specs=[check_of(asset_key, CONCEPT_CHECK, text)],
        pool=pool(use_case),
        **stage(use_case, "monitoring", IN_WAREHOUSE),
    )
    def performance(
        warehouse: dg.ResourceParam[Warehouse], releases: dg.ResourceParam[ReleaseStore]
    ) -> dg.MaterializeResult:
        """Scores against outcomes that matured since, by window of days and segment; says so while there are none."""
        champion = releases.champion(use_case.name)
        matured = matured_scores(use_case, warehouse)
        reference = reference_auc(champion.metrics)
        lines = pd.DataFrame(concept_lines(use_case, matured, reference), columns=list(DRIFT))
        _write(use_case, warehouse, lines.assign(release_id=champion.release.release_id, recorded_at=utc_now()))
        alarmed = [
            f"{r.scoring_day} {r.segment} {r.statistic}" for r in lines[lines["is_alarm"].astype(bool)].itertuples()
        ]
        check = warning(CONCEPT_CHECK, alarmed, _evidence(lines))
        metadata = _measured(matured, champion.release.cut_off) | {"population": use_case.known_of("matured")}
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return performance


def matured_scores(use_case: UseCase, warehouse: Warehouse) -> pd.DataFrame:
    """Scores of units whose label has been reported since: day, probability, bad, entity, decision, segments."""
    entity = f", inputs.{quoted(use_case.entity)} as entity__key" if use_case.entity else ""
    segments = "".join(f", inputs.{quoted(s)} as segment__{s}" for s in use_case.monitoring.segments)
    shared = use_case.unit.decision_key
    decision = f", labels.{quoted(shared)} as label__decision" if shared else ""
    unit, bad = quoted(use_case.unit.key), quoted(use_case.target.column)
    return warehouse.read(
        use_case.name,
        f"""
        select scores.scoring_day, scores.probability, labels.{bad} as bad{entity}{decision}{segments}
        from {qualified(use_case.output_schema, "scores")} as scores
        inner join {qualified(use_case.star_schema, use_case.unit.labels_model)} as labels
            on scores.unit_key = labels.{unit}
        inner join {qualified(use_case.star_schema, use_case.unit.inputs_model)} as inputs
            on scores.unit_key = inputs.{unit} and scores.scoring_day = inputs.scoring_day
        where labels.{bad} is not null
        order by scores.scoring_day, scores.unit_key
        """,
    )


def reference_auc(metrics: dict[str, Any]) -> ReferenceAuc:
    """The release's AUC on its test rows."""
    low, high = metrics["intervals"]["auc"]
    return ReferenceAuc(metrics["metrics"]["auc"], low, high)


def concept_lines(
    use_case: UseCase, matured: pd.DataFrame, reference: ReferenceAuc, *, since: dt.date | None = None
) -> Iterator[dict[str, Any]]:
    """Lines of the drift table for every window that ends on a scored day with matured labels, also by segment.

    Beside its columns each has ``expected``; ``since`` leaves out windows that end before.
    """
    days = sorted(pd.to_datetime(matured["scoring_day"]).dt.date.unique()) if len(matured) else []
    level = nightly_level(use_case.monitoring.false_incidents_a_year)
    for i, day in enumerate(days):
        if since is not None and day < since:
            continue
        first = days[max(0, i - WINDOW_DAYS + 1)]
        dates = pd.to_datetime(matured["scoring_day"]).dt.date
        window = matured[(dates >= first) & (dates <= day)]
        for segment, rows in _families(use_case, window):
            yield from _judged(day, segment, rows, reference, level)


def _families(use_case: UseCase, window: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield ALL, window
    for column in use_case.monitoring.segments:
        for value, rows in window.groupby(f"segment__{column}", sort=True):
            yield segment_name(column, value), rows


def _judged(
    day: dt.date, segment: str, rows: pd.DataFrame, reference: ReferenceAuc, level: float
) -> Iterator[dict[str, Any]]:
    bads = int(rows["bad"].sum())
    common = {"kind": CONCEPT, "scoring_day": day, "segment": segment, "column_name": "outcome", "rows": len(rows)}
    common |= {"is_alarm": False, "file_sha256": "", "note": ""}
    if min(bads, len(rows) - bads) < MINIMUM_BADS:
        # Not how many: the page of the day shows this, and a segment may be a single customer.
        note = f"not judged: fewer than {MINIMUM_BADS} bads or goods among {len(rows)} outcomes"
        yield common | {"statistic": "bads", "value": float(bads), "note": note}
        return
    entity = rows["entity__key"].to_numpy() if "entity__key" in rows else None
    probability = rows["probability"].to_numpy(dtype=np.float64)
    # The AUC alone is compared with the release's, which counts decisions; the others with the units' probabilities.
    weight = decision_weights(rows)
    for found in concept_tests(
        rows["bad"], probability, reference=reference, entity=entity, weight=weight, level=level
    ):
        yield common | _line(found)


def _line(found: ConceptResult) -> dict[str, Any]:
    return {
        "statistic": found.statistic,
        "value": found.value,
        "expected": found.expected,
        "threshold": found.threshold,
        "p_value": found.p_value,
        "is_alarm": found.is_alarm,
        "note": f"expected {found.expected:.4f}",
    }


def _write(use_case: UseCase, warehouse: Warehouse, lines: pd.DataFrame) -> None:
    """Lines of all windows, which late labels may change; they take the place of those that were there."""
    write_days(use_case, warehouse, (CONCEPT,), {day: rows for day, rows in lines.groupby("scoring_day", sort=True)})


def _evidence(lines: pd.DataFrame) -> dict[str, Any]:
    from credit_platform.explanation.figures import windows

    judged = lines[(lines["segment"] == ALL) & (lines["statistic"] == "calibration")]
    if judged.empty:
        return {"statistic_is": "nothing was judged: too few matured labels of both classes"}
    last = judged.iloc[-1]
    drawn = windows(
        "Observed over expected bads, by window",
        [str(day) for day in judged["scoring_day"]],
        judged["value"].tolist(),
        judged["threshold"].tolist(),
        axis_name=f"windows of {WINDOW_DAYS} scored days, named by the last",
    )
    return {
        "statistic": float(last["value"]),
        "threshold": float(last["threshold"]),
        "statistic_is": f"observed over expected bads in the window that ends on {last['scoring_day']}",
        "p_value": float(last["p_value"]),
        "plot": picture(drawn),
    }


def _measured(matured: pd.DataFrame, cut_off: float) -> dict[str, Any]:
    bads = int(matured["bad"].sum()) if len(matured) else 0
    metadata: dict[str, Any] = {"matured/labels": len(matured), "matured/bads": bads}
    if not len(matured):
        return metadata | {"verdict": "no matured labels"}
    # As the release's own metrics: by decision.
    weight = decision_weights(matured)
    metadata |= {"bad_rate": float(np.average(matured["bad"], weights=weight))}
    metadata |= {"mean_probability": float(np.average(matured["probability"], weights=weight))}
    if bads < MINIMUM_BADS or bads == len(matured):
        verdict = (
            f"{bads} matured bads of {len(matured)}: at least {MINIMUM_BADS} of both classes are needed for an AUC"
        )
        return metadata | {"verdict": verdict}
    found = evaluate(matured["bad"], matured["probability"].clip(1e-6, 1 - 1e-6), cut_off=cut_off, weight=weight)
    measured = {f"matured/{name}": float(found[name]) for name in ("auc", "gini", "ks", "brier", "log_loss")}
    return metadata | measured | {"verdict": "measured"}
