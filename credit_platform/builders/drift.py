"""Drift: does a day still look like what the champion learned, as a whole and in every segment?"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.drift_table import (
    DATA,
    DRIFT,
    PREDICTION,
    SCORE,
    Judged,
    drift_rows,
    read_days,
    told,
    write_days,
)
from credit_platform.builders.evidence import drift_evidence, warning
from credit_platform.builders.frames import scored_features
from credit_platform.builders.naming import IN_WAREHOUSE, by_day, check_of, days_of, key, pool, stage
from credit_platform.builders.performance import concept_lines, matured_scores, reference_auc
from credit_platform.builders.segments import ALL, Family, families, references_in
from credit_platform.builders.verdicts import accepted_days, verdict_hashes
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.releases import LoadedRelease
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.multiplicity import nightly_level
from credit_platform.statistics.references import column_drift, frame_drift
from credit_platform.statistics.stability import DriftResult, judge_together

ALARM = "drift/is_alarm"
FILE_HASH = "drift/file_sha256"
DRIFT_CHECK = "day_looks_like_the_reference"
_DAYS_SHOWN = 28


def drift_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_drift(use_case)]


def _drift(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "monitoring", "drift")
    budget = use_case.monitoring.false_incidents_a_year
    text = f"No feature and no score of a day alarms, in no segment; chance alone opens {budget:g} incidents a year."

    @dg.asset(
        key=asset_key,
        deps=[
            key(use_case, "batch", "scores"),
            model_key(use_case, use_case.unit.features_model),
            model_key(use_case, use_case.unit.labels_model),
        ],
        check_specs=[check_of(asset_key, DRIFT_CHECK, text)],
        pool=pool(use_case),
        **by_day(use_case),
        **stage(use_case, "monitoring", IN_WAREHOUSE, "html"),
    )
    def drift(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        releases: dg.ResourceParam[ReleaseStore],
        workbench: dg.ResourceParam[Workbench],
    ) -> dg.MaterializeResult:
        """Features and scores of the day against the champion's development sample, also by segment; one page a day."""
        champion = releases.champion(use_case.name)
        hashes = verdict_hashes(use_case, warehouse)
        judged: dict[tuple[dt.date, str], DriftResult] = {}
        days = accepted_days(use_case, warehouse, days_of(context))
        outcomes = _outcomes(use_case, warehouse, champion, days)
        for day, of_day in releases.champions(use_case.name, days).items():
            results, groups = judged_day(use_case, warehouse, of_day, day)
            stamp = {"release_id": of_day.release.release_id, "file_sha256": hashes[day][1]}
            write_days(use_case, warehouse, (DATA, PREDICTION), {day: drift_rows(day, results, groups, stamp=stamp)})
            named = {told(s, name): found for s, columns in results.items() for name, found in columns.items()}
            judged |= {(day, name): found for name, found in named.items()}
            page = _page(use_case, warehouse, day, results, groups, outcomes)
            path = workbench.save_report(use_case.name, f"drift/{day}.html", page)
            metadata = _metadata(day, named, groups) | {
                FILE_HASH: hashes[day][1],
                "report": dg.MetadataValue.path(path),
            }
            context.add_asset_metadata(metadata, partition_key=str(day))
        alarmed = [f"{day} {name}" for (day, name), result in judged.items() if result.is_alarm]
        return dg.MaterializeResult(check_results=[warning(DRIFT_CHECK, alarmed, drift_evidence(judged))])

    return drift


def judged_day(
    use_case: UseCase, warehouse: Warehouse, champion: LoadedRelease, day: dt.date
) -> tuple[dict[str, dict[str, DriftResult]], list[Family]]:
    """Results of a day by segment and column, and every segment with the reason where it was not judged.

    Nothing for a day without rows. Each family shares one Benjamini-Hochberg budget; the nightly level is split over
    the families that are judged.
    """
    held = champion.reference_histograms
    columns = [name for name in references_in(held, ALL) if name != SCORE]
    frame = scored_features(use_case, warehouse, day, columns)
    if frame.empty:
        return {}, []
    frame[SCORE] = frame["unit__key"].map(_scores_of(use_case, warehouse, day)).astype(float)
    groups = families(use_case, frame, held)
    able = [family for family in groups if not family.refusal]
    level = nightly_level(use_case.monitoring.false_incidents_a_year, families=len(able))
    return {f.segment: _judged(frame[f.is_member], held, f.segment, day, level) for f in able}, groups


def _judged(
    rows: pd.DataFrame, held: dict[str, Any], segment: str, day: dt.date, level: float
) -> dict[str, DriftResult]:
    references = references_in(held, segment)
    score = references.pop(SCORE)
    entity = rows["entity__key"].to_numpy() if "entity__key" in rows else None
    found = frame_drift(references, rows, entity=entity, day=day, level=level)
    found[SCORE] = column_drift(score, rows[SCORE], day=day, level=level)
    return judge_together(found, level=level)


def _scores_of(use_case: UseCase, warehouse: Warehouse, day: dt.date) -> dict[Any, Any]:
    table = qualified(use_case.output_schema, "scores")
    found = warehouse.columns(use_case.name, f"select unit_key, score from {table} where scoring_day = ?", [day])
    return dict(zip(found["unit_key"], found["score"], strict=True))


def _metadata(day: dt.date, named: dict[str, DriftResult], groups: list[Family]) -> dict[str, Any]:
    alarms = sorted(name for name, result in named.items() if result.is_alarm)
    # A day without rows is neither calm nor alarming: it must not close an incident.
    metadata: dict[str, Any] = {ALARM: bool(alarms)} if named else {}
    metadata |= {"drift/alarms": len(alarms), "drift/columns": len(named), "alarmed_columns": alarms, "day": str(day)}
    metadata |= {"rows": max((r.rows for r in named.values()), default=0)}
    return metadata | {"segments_not_judged": [f"{g.segment}: {g.refusal}" for g in groups if g.refusal]}


def _outcomes(
    use_case: UseCase, warehouse: Warehouse, champion: LoadedRelease, days: Sequence[dt.date]
) -> pd.DataFrame:
    """Windows of matured outcomes that the pages of these days show."""
    since = min(days, default=dt.date.max) - dt.timedelta(days=_DAYS_SHOWN)
    matured = matured_scores(use_case, warehouse)
    lines = list(concept_lines(use_case, matured, reference_auc(champion.metrics), since=since))
    return pd.DataFrame(lines, columns=[*DRIFT, "expected"])


def _page(
    use_case: UseCase, warehouse: Warehouse, day: dt.date, results: Judged, groups: list[Family], outcomes: pd.DataFrame
) -> str:
    from credit_platform.explanation.drift_report import drift_report

    shown = (outcomes["scoring_day"] <= day) & (outcomes["scoring_day"] > day - dt.timedelta(days=_DAYS_SHOWN))
    return drift_report(
        results,
        title=f"{use_case.title}: drift on {day}",
        subtitle="Units of the day against the development sample of the champion in force.",
        history=read_days(use_case, warehouse, until=day, days=_DAYS_SHOWN),
        refused={family.segment: family.refusal for family in groups if family.refusal},
        concept=outcomes[shown],
    )
