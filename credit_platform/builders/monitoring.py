"""Monitoring: does the portfolio still look like what the champion learned, and did it turn out as predicted?"""

import datetime as dt
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.evidence import drift_evidence, score_evidence
from credit_platform.builders.frames import decision_column, scored_features
from credit_platform.builders.naming import IN_WAREHOUSE, by_day, check_of, days_of, key, pool, stage
from credit_platform.builders.sensors import ALARM, FILE_HASH
from credit_platform.builders.verdicts import accepted_days, verdict_hashes
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.releases import LoadedRelease
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tables import qualified, quoted
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now
from credit_platform.statistics.evaluation import evaluate
from credit_platform.statistics.multiplicity import nightly_level
from credit_platform.statistics.references import Reference, column_drift, frame_drift
from credit_platform.statistics.stability import DriftResult, judge_together

DRIFT = {
    "scoring_day": "date",
    "column_name": "varchar",
    "rows": "bigint",
    "psi": "double precision",
    "threshold": "double precision",
    "missing_rate": "double precision",
    "unseen_share": "double precision",
    "is_alarm": "boolean",
    "release_id": "varchar",
    "recorded_at": "timestamp",
}
DRIFT_CHECK = "day_looks_like_the_reference"
SCORE_CHECK = "scores_look_like_the_reference"
FALSE_INCIDENTS_A_YEAR = 1.0
"""What chance alone may open: the level of one night is this over 365."""
MINIMUM_BADS = 10
"""Fewer matured bads than this give no AUC worth a number."""


def monitoring_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_score_monitor(use_case), _drift(use_case), _performance(use_case), _vintages(use_case)]


def _score_monitor(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "batch", "score_monitor")
    text = "No scored day's PSI, with its p-value at its own sample size and clustering, is beyond its threshold."

    @dg.asset(
        key=asset_key,
        deps=[key(use_case, "batch", "scores")],
        check_specs=[check_of(asset_key, SCORE_CHECK, text)],
        pool=pool(use_case),
        **by_day(use_case),
        **stage(use_case, "batch"),
    )
    def score_monitor(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> dg.MaterializeResult:
        """PSI of each day's scores against the scores of the champion's own training sample."""
        champion = releases.champion(use_case.name)
        judged: dict[dt.date, DriftResult] = {}
        for day in accepted_days(use_case, warehouse, days_of(context)):
            scores = _scores_of(use_case, warehouse, day)
            metadata: dict[str, Any] = {"rows": len(scores)}
            if len(scores):
                found = judged[day] = _score_drift(champion, scores, day)
                metadata |= {
                    "score/psi": found.psi,
                    "score/threshold": found.threshold,
                    "score/is_alarm": found.is_alarm,
                }
            context.add_asset_metadata(metadata, partition_key=str(day))
        alarmed = [str(day) for day, result in judged.items() if result.is_alarm]
        return dg.MaterializeResult(check_results=[_warning(SCORE_CHECK, alarmed, score_evidence(judged))])

    return score_monitor


def _warning(name: str, alarmed: list[str], evidence: dict[str, Any]) -> dg.AssetCheckResult:
    """A drifted day is scored, marked and watched: the check warns and refuses nothing."""
    return dg.AssetCheckResult(
        check_name=name,
        passed=not alarmed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"alarms": alarmed} | evidence,
    )


def _drift(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "monitoring", "drift")
    text = "No feature and no score of a day alarms; all of a day share one Benjamini-Hochberg budget."

    @dg.asset(
        key=asset_key,
        deps=[key(use_case, "batch", "scores"), model_key(use_case, use_case.unit.features_model)],
        check_specs=[check_of(asset_key, DRIFT_CHECK, text)],
        pool=pool(use_case),
        **by_day(use_case),
        **stage(use_case, "monitoring", IN_WAREHOUSE),
    )
    def drift(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> dg.MaterializeResult:
        """Each feature of the day against the champion's training sample; alarms know sample size and clusters."""
        champion = releases.champion(use_case.name)
        hashes = verdict_hashes(use_case, warehouse)
        judged: dict[tuple[dt.date, str], DriftResult] = {}
        for day in accepted_days(use_case, warehouse, days_of(context)):
            results = _drift_of(use_case, warehouse, champion, day)
            judged |= {(day, name): result for name, result in results.items()}
            table = _drift_table(day, results, champion)
            replacement = Replacement((use_case.output_schema, "drift"), DRIFT, table, where={"scoring_day": day})
            warehouse.write(use_case.name, [replacement])
            alarms = sorted(name for name, result in results.items() if result.is_alarm)
            # A day without rows is neither calm nor alarming: it must not close an incident.
            metadata: dict[str, Any] = {ALARM: bool(alarms)} if results else {}
            metadata |= {"drift/alarms": len(alarms), "drift/columns": len(results)}
            metadata |= {FILE_HASH: hashes[day][1], "alarmed_columns": alarms, "day": str(day)}
            metadata |= {"rows": max((r.rows for r in results.values()), default=0)}
            context.add_asset_metadata(metadata, partition_key=str(day))
        alarmed = [f"{day} {name}" for (day, name), result in judged.items() if result.is_alarm]
        return dg.MaterializeResult(check_results=[_warning(DRIFT_CHECK, alarmed, drift_evidence(judged))])

    return drift


def _drift_of(use_case: UseCase, warehouse: Warehouse, champion: LoadedRelease, day: dt.date) -> dict[str, DriftResult]:
    """Every monitored feature and the score of one day; nothing for a day without rows."""
    held = champion.reference_histograms
    references = {name: Reference.from_dict(content) for name, content in held.items() if name != "score"}
    frame = scored_features(use_case, warehouse, day, list(references))
    if frame.empty:
        return {}
    entity = frame["entity__key"].to_numpy() if "entity__key" in frame else None
    results = frame_drift(references, frame, entity=entity, day=day)
    results["score"] = _score_drift(champion, _scores_of(use_case, warehouse, day), day)
    return judge_together(results, level=nightly_level(FALSE_INCIDENTS_A_YEAR))


def _score_drift(champion: LoadedRelease, scores: pd.DataFrame, day: dt.date) -> DriftResult:
    reference = Reference.from_dict(champion.reference_histograms["score"])
    return column_drift(reference, scores["score"].astype(float), day=day)


def _drift_table(day: dt.date, results: dict[str, DriftResult], champion: LoadedRelease) -> pd.DataFrame:
    rows = [
        {
            "scoring_day": day,
            "column_name": name,
            "rows": result.rows,
            "psi": result.psi,
            "threshold": result.threshold,
            "missing_rate": result.missing_rate,
            "unseen_share": result.unseen_share,
            "is_alarm": result.is_alarm,
            "release_id": champion.release.release_id,
            "recorded_at": utc_now(),
        }
        for name, result in results.items()
    ]
    return pd.DataFrame(rows, columns=list(DRIFT))


def _scores_of(use_case: UseCase, warehouse: Warehouse, day: dt.date) -> pd.DataFrame:
    table = qualified(use_case.output_schema, "scores")
    return warehouse.read(use_case.name, f"select score, probability from {table} where scoring_day = ?", [day])


def _performance(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "monitoring", "performance"),
        deps=[key(use_case, "batch", "scores"), model_key(use_case, use_case.unit.labels_model)],
        pool=pool(use_case),
        **stage(use_case, "monitoring"),
    )
    def performance(
        warehouse: dg.ResourceParam[Warehouse], releases: dg.ResourceParam[ReleaseStore]
    ) -> dg.MaterializeResult:
        """Scores against outcomes that matured since; says so while there are none."""
        cut_off = releases.champion(use_case.name).release.cut_off
        matured = _matured(use_case, warehouse)
        bads = int(matured["bad"].sum()) if len(matured) else 0
        metadata: dict[str, Any] = {"matured/labels": len(matured), "matured/bads": bads}
        if not len(matured):
            return dg.MaterializeResult(metadata=metadata | {"verdict": "no matured labels"})
        metadata |= {"bad_rate": bads / len(matured), "mean_probability": float(matured["probability"].mean())}
        if bads < MINIMUM_BADS or bads == len(matured):
            verdict = (
                f"{bads} matured bads of {len(matured)}: at least {MINIMUM_BADS} of both classes are needed for an AUC"
            )
            return dg.MaterializeResult(metadata=metadata | {"verdict": verdict})
        found = evaluate(matured["bad"], matured["probability"].clip(1e-6, 1 - 1e-6), cut_off=cut_off)
        measured = {f"matured/{name}": float(found[name]) for name in ("auc", "gini", "ks", "brier", "log_loss")}
        return dg.MaterializeResult(metadata=metadata | measured | {"verdict": "measured"})

    return performance


def _matured(use_case: UseCase, warehouse: Warehouse) -> pd.DataFrame:
    """Scores of units whose label has been reported since."""
    return warehouse.read(
        use_case.name,
        f"""
        select scores.probability, labels.{quoted(use_case.target.column)} as bad
        from {qualified(use_case.output_schema, "scores")} as scores
        inner join {qualified(use_case.star_schema, use_case.unit.labels_model)} as labels
            on scores.unit_key = labels.{quoted(use_case.unit.key)}
        where labels.{quoted(use_case.target.column)} is not null
        """,
    )


def _vintages(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "monitoring", "vintages"),
        deps=[model_key(use_case, use_case.unit.labels_model)],
        pool=pool(use_case),
        **stage(use_case, "monitoring"),
    )
    def vintages(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
        """Bad rate of the labelled history by month of the decision; a portfolio without time has one vintage."""
        decided = decision_column(use_case)
        day = "" if decided is None else quoted(decided)
        month = "0" if decided is None else f"extract(year from {day}) * 100 + extract(month from {day})"
        table = warehouse.read(
            use_case.name,
            f"""
            select cast({month} as integer) as vintage, count(*) as units,
                cast(sum({quoted(use_case.target.column)}) as bigint) as bads,
                avg(cast({quoted(use_case.target.column)} as double precision)) as bad_rate
            from {qualified(use_case.star_schema, use_case.unit.labels_model)}
            where {quoted(use_case.target.column)} is not null
            group by 1 order by 1
            """,
        )
        shown = table.round(4).to_markdown(index=False)
        return dg.MaterializeResult(metadata={"vintages": len(table), "table": dg.MetadataValue.md(shown)})

    return vintages
