"""The day's scores against those of the champion's own development sample."""

import datetime as dt
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.drift_table import SCORE
from credit_platform.builders.evidence import score_evidence, warning
from credit_platform.builders.naming import by_day, check_of, days_of, key, pool, stage
from credit_platform.builders.verdicts import accepted_days
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Warehouse
from credit_platform.statistics.references import Reference, column_drift
from credit_platform.statistics.stability import DriftResult

SCORE_CHECK = "scores_look_like_the_reference"


def score_monitor_asset(use_case: UseCase) -> dg.AssetsDefinition:
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
        """PSI of each day's scores against the scores of its champion's own development sample."""
        judged: dict[dt.date, DriftResult] = {}
        days = accepted_days(use_case, warehouse, days_of(context))
        for day, champion in releases.champions(use_case.name, days).items():
            reference = Reference.from_dict(champion.reference_histograms[SCORE])
            scores = _scores_of(use_case, warehouse, day)
            metadata: dict[str, Any] = {"rows": len(scores)}
            if len(scores):
                found = judged[day] = column_drift(reference, scores, day=day)
                metadata |= {
                    "score/psi": found.psi,
                    "score/threshold": found.threshold,
                    "score/is_alarm": found.is_alarm,
                }
            context.add_asset_metadata(metadata, partition_key=str(day))
        alarmed = [str(day) for day, result in judged.items() if result.is_alarm]
        return dg.MaterializeResult(check_results=[warning(SCORE_CHECK, alarmed, score_evidence(judged))])

    return score_monitor


def _scores_of(use_case: UseCase, warehouse: Warehouse, day: dt.date) -> pd.Series:
    table = qualified(use_case.output_schema, "scores")
    found = warehouse.read(use_case.name, f"select score from {table} where scoring_day = ?", [day])
    return found["score"].astype(float)
