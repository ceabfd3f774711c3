"""Statistics: what the data look like and whether the recent part looks like the rest; warnings only."""

from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.evidence import distribution_evidence
from credit_platform.builders.experiments import experiments_asset
from credit_platform.builders.frames import labelled_frame, units_of
from credit_platform.builders.naming import check_of, key, pool, stage
from credit_platform.builders.references import reference_histograms_asset
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.splits import Split, split_sample
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench
from credit_platform.statistics.distributions import compare
from credit_platform.statistics.profile import profile as profile_table


def statistics_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [
        _profile(use_case),
        _distribution_checks(use_case),
        experiments_asset(use_case),
        reference_histograms_asset(use_case),
    ]


def _features(use_case: UseCase) -> list[dg.AssetKey]:
    return [model_key(use_case, use_case.unit.features_model), model_key(use_case, use_case.unit.labels_model)]


def _profile(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "statistics", "profile"),
        deps=_features(use_case),
        pool=pool(use_case),
        **stage(use_case, "statistics", "html"),
    )
    def profile(warehouse: dg.ResourceParam[Warehouse], workbench: dg.ResourceParam[Workbench]) -> dg.MaterializeResult:
        """Exploratory report of the labelled history: distributions, bad rates by bin, missingness, trends."""
        from credit_platform.explanation.profile_report import profile_report

        frame = labelled_frame(use_case, warehouse)
        columns = _union_of_sets(use_case)
        dates = pd.to_datetime(frame["label__decided"]) if "label__decided" in frame else None
        table = profile_table(frame[columns], label=frame["label__bad"], date=dates)
        title = f"{use_case.title}: profile of the labelled history"
        html = profile_report(table, title=title, subtitle=use_case.description)
        path = workbench.save_report(use_case.name, "profile.html", html)
        return dg.MaterializeResult(
            metadata={
                "rows": len(frame),
                "columns": len(columns),
                "bad_rate": float(frame["label__bad"].mean()),
                "kilobytes": round(len(html) / 1024),
                "report": dg.MetadataValue.path(path),
            }
        )

    return profile


def _distribution_checks(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "statistics", "distribution_checks")
    text = "Test rows against training rows: shape, PSI, gaps, new levels, type; Benjamini-Hochberg over all tests."

    @dg.asset(
        key=asset_key,
        deps=_features(use_case),
        check_specs=[check_of(asset_key, "test_rows_look_like_training_rows", text)],
        pool=pool(use_case),
        **stage(use_case, "statistics"),
    )
    def distribution_checks(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
        """Whether the rows that judge the models are distributed as those that trained them, column by column."""
        frame = labelled_frame(use_case, warehouse)
        split = split_of(use_case, frame)
        columns = list(use_case.features.columns_of(use_case.features.gating))
        checks = compare(frame[columns].iloc[split.train], frame[columns].iloc[split.test])
        different = sorted({check.column for check in checks if check.is_different})
        check = dg.AssetCheckResult(
            check_name="test_rows_look_like_training_rows",
            passed=not different,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"different_columns": different} | distribution_evidence(checks),
        )
        table = pd.DataFrame([vars(c) for c in checks]).round(6).to_markdown(index=False)
        metadata: dict[str, Any] = {
            "tests": len(checks),
            "different_columns": different,
            "table": dg.MetadataValue.md(table),
        }
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return distribution_checks


def split_of(use_case: UseCase, frame: pd.DataFrame) -> Split:
    """The declared split of a labelled frame."""
    return split_sample(units_of(use_case, frame), use_case.split, seed=use_case.seed)


def _union_of_sets(use_case: UseCase) -> list[str]:
    names: list[str] = []
    for feature_set in use_case.features.sets:
        names += [column for column in use_case.features.columns_of(feature_set) if column not in names]
    return names
