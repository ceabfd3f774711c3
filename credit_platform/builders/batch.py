"""Batch: a day's requests through the champion, by the same engine as online."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.builds import require_built
from credit_platform.builders.business_days import in_force_check, in_force_spec, scored_otherwise
from credit_platform.builders.curated import curated_file_asset
from credit_platform.builders.frames import scored_inputs
from credit_platform.builders.naming import IN_WAREHOUSE, by_day, check_of, days_of, key, pool, stage
from credit_platform.builders.overrides import override_check, override_metadata, override_spec
from credit_platform.builders.verdicts import accepted_days, verdict_hashes
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.decision import Decision
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.decisions import decide
from credit_platform.engine.releases import LoadedRelease
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now

SCORES = {
    "scoring_day": "date",
    "unit_key": "varchar",
    "row_number": "bigint",
    "prediction": "integer",
    "score": "bigint",
    "probability": "double precision",
    "band": "varchar",
    "reasons": "varchar",
    "warnings": "varchar",
    "release_id": "varchar",
    "override_until": "date",
}
RUN_LOG = {
    "scoring_day": "date",
    "source_file": "varchar",
    "file_sha256": "varchar",
    "rows": "bigint",
    "minimum_score": "bigint",
    "maximum_score": "bigint",
    "mean_probability": "double precision",
    "release_id": "varchar",
    "override_until": "date",
    "recorded_at": "timestamp",
}


def batch_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_scores(use_case), curated_file_asset(use_case)]


def _scores(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "batch", "scores")
    rows_check = check_of(
        asset_key, "rows_in_equal_rows_out", "Every accepted row of the day has a score.", blocking=True
    )
    null_check = check_of(asset_key, "no_null_score", "Every score, probability and band is there.", blocking=True)

    @dg.asset(
        key=asset_key,
        deps=[
            key(use_case, "raw", use_case.requests.name),
            model_key(use_case, use_case.unit.inputs_model),
            key(use_case, "release", "champion"),
        ],
        check_specs=[rows_check, null_check, override_spec(asset_key), in_force_spec(asset_key)],
        pool=pool(use_case),
        **by_day(use_case),
        **stage(use_case, "batch", IN_WAREHOUSE),
    )
    def scores(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        """Probability of bad, points, band and reasons of every request of a day, by the champion in force for it."""
        require_built(use_case, warehouse, of_present_files=True)
        days = accepted_days(use_case, warehouse, days_of(context))
        champions = releases.champions(use_case.name, days)
        tables, expected = {}, 0
        for day, champion in champions.items():
            tables[day] = score_table(day, decide(champion, scored_inputs(use_case, warehouse, day)), champion)
            expected += _raw_rows(use_case, warehouse, day)
        checks = _checks(asset_key, tables, expected)
        if not all(check.passed for check in checks):
            yield from checks
            raise dg.Failure(
                "the scores do not cover the day's rows; nothing was written, see the checks of this asset"
            )
        for day, table in tables.items():
            _write_day(use_case, warehouse, day, table, champions[day])
            context.add_asset_metadata(_metadata(table, champions[day]), partition_key=str(day))
        in_date = override_check(asset_key, {day: each.override for day, each in champions.items()})
        wrong = scored_otherwise(use_case, warehouse, releases.ledger.entries(use_case.name))
        found = [*checks, in_date, in_force_check(asset_key, wrong)]
        yield dg.MaterializeResult(asset_key=asset_key, check_results=found)

    return scores


def _checks(asset_key: dg.AssetKey, tables: dict[dt.date, pd.DataFrame], expected: int) -> list[dg.AssetCheckResult]:
    rows = sum(len(table) for table in tables.values())
    nulls = sum(int(t[["score", "probability", "band"]].isna().any(axis=1).sum()) for t in tables.values())
    return [
        dg.AssetCheckResult(
            asset_key=asset_key,
            check_name="rows_in_equal_rows_out",
            passed=expected == rows,
            metadata={"rows_in": expected, "rows_out": rows},
        ),
        dg.AssetCheckResult(
            asset_key=asset_key, check_name="no_null_score", passed=nulls == 0, metadata={"null_rows": nulls}
        ),
    ]


def score_table(day: dt.date, decisions: list[Decision], champion: LoadedRelease) -> pd.DataFrame:
    """Decisions of one day as rows of the score table, in the order of the file."""
    rows = [
        {
            "scoring_day": day,
            "unit_key": decision.key,
            "row_number": number,
            "prediction": decision.prediction,
            "score": decision.score,
            "probability": decision.probability,
            "band": decision.band,
            "reasons": json_bytes(decision.reasons).decode("ascii"),
            "warnings": json_bytes(decision.warnings).decode("ascii"),
            "release_id": champion.release.release_id,
            "override_until": _until(champion),
        }
        for number, decision in enumerate(decisions, start=1)
    ]
    return pd.DataFrame(rows, columns=list(SCORES))


def _write_day(
    use_case: UseCase, warehouse: Warehouse, day: dt.date, table: pd.DataFrame, champion: LoadedRelease
) -> None:
    """Scores and run-log line of a day, in one transaction."""
    file, sha256 = verdict_hashes(use_case, warehouse)[day]
    line = {
        "scoring_day": day,
        "source_file": file,
        "file_sha256": sha256,
        "rows": len(table),
        "minimum_score": table["score"].min() if len(table) else None,
        "maximum_score": table["score"].max() if len(table) else None,
        "mean_probability": table["probability"].mean() if len(table) else None,
        "release_id": champion.release.release_id,
        "override_until": _until(champion),
        "recorded_at": utc_now(),
    }
    warehouse.write(
        use_case.name,
        [
            Replacement((use_case.output_schema, "scores"), SCORES, table, where={"scoring_day": day}),
            Replacement((use_case.output_schema, "run_log"), RUN_LOG, pd.DataFrame([line]), where={}),
        ],
    )


def _until(champion: LoadedRelease) -> dt.date | None:
    """Last day of the override that the champion is in force by; None where its gates are met."""
    return None if champion.override is None else champion.override.expires


def _raw_rows(use_case: UseCase, warehouse: Warehouse, day: dt.date) -> int:
    table = qualified(use_case.raw_schema, use_case.requests.name)
    found = warehouse.columns(use_case.name, f"select count(*) as rows from {table} where source_day = ?", [day])
    return int(found["rows"][0])


def _metadata(scored: pd.DataFrame, champion: LoadedRelease) -> dict[str, Any]:
    out: dict[str, Any] = {"rows": len(scored)}
    out |= {"release_id": champion.release.release_id, "algorithm": champion.release.algorithm}
    out |= {"grade": champion.grade, **override_metadata(champion.override)}
    if len(scored):
        bands = scored["band"].value_counts().to_dict()
        out |= {"score/minimum": int(scored["score"].min()), "score/maximum": int(scored["score"].max())}
        out |= {"score/mean": float(scored["score"].mean()), "probability/mean": float(scored["probability"].mean())}
        out |= {"decline_rate": float(scored["prediction"].mean()), "bands": {str(k): int(v) for k, v in bands.items()}}
    return out
