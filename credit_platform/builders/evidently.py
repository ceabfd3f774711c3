"""The optional report of Evidently: only where a use case asks for it; without the library it says how to get it."""

import datetime as dt
import importlib.util

import dagster as dg
import numpy as np
import pandas as pd

from credit_platform.builders.frames import labelled_frame, scored_features
from credit_platform.builders.naming import by_day, check_of, days_of, key, pool, stage
from credit_platform.builders.pieces import load_training
from credit_platform.builders.verdicts import accepted_days
from credit_platform.builders.warehouse import model_key
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench

INSTALLED_CHECK = "evidently_is_installed"
HOW_TO_INSTALL = (
    "monitoring: evidently is true in this use case's YAML, but the library is not installed, so no report was made. "
    "Install it with: pip install 'credit-platform[evidently]', or set evidently to false."
)
_REFERENCE_ROWS = 5_000
"""Development rows that are drawn for it: it keeps raw samples, and its time grows with them."""


def evidently_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_evidently_report(use_case)] if use_case.monitoring.evidently else []


def is_installed() -> bool:
    return importlib.util.find_spec("evidently") is not None


def _evidently_report(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "monitoring", "evidently_report")
    features = model_key(use_case, use_case.unit.features_model)

    @dg.asset(
        key=asset_key,
        deps=[features, key(use_case, "dataset", "training_set"), key(use_case, "batch", "scores")],
        check_specs=[check_of(asset_key, INSTALLED_CHECK, "The library that this report needs is there.")],
        pool=pool(use_case),
        **by_day(use_case),
        **stage(use_case, "monitoring", "html"),
    )
    def evidently_report(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        workbench: dg.ResourceParam[Workbench],
    ) -> dg.MaterializeResult:
        """Evidently's own drift page of each day against a sample of the development rows; opens no incident."""
        if not is_installed():
            return dg.MaterializeResult(check_results=[_installed(passed=False)])
        columns = list(use_case.features.columns_of(use_case.features.gating))
        reference = _reference(use_case, warehouse, workbench)[columns]
        for day in accepted_days(use_case, warehouse, days_of(context)):
            current = scored_features(use_case, warehouse, day, columns)[columns]
            if len(current):
                _report(context, workbench, use_case, day, reference, current)
        return dg.MaterializeResult(check_results=[_installed(passed=True)])

    return evidently_report


def _report(
    context: dg.AssetExecutionContext,
    workbench: Workbench,
    use_case: UseCase,
    day: dt.date,
    reference: pd.DataFrame,
    current: pd.DataFrame,
) -> None:
    from credit_platform.explanation.evidently_report import evidently_report

    found = evidently_report(reference, current)
    path = workbench.save_report(use_case.name, f"evidently/{day}.html", found.html)
    metadata = {"rows": len(current), "columns": found.columns, "drifted_columns": found.drifted}
    context.add_asset_metadata(metadata | {"report": dg.MetadataValue.path(path)}, partition_key=str(day))


def _reference(use_case: UseCase, warehouse: Warehouse, workbench: Workbench) -> pd.DataFrame:
    """A seeded sample of the development rows, as drift's own reference, with their features."""
    sample, split, _ = load_training(workbench, use_case, use_case.features.gating)
    keys = sample.key[split.development]
    drawn = np.random.default_rng(use_case.seed).permutation(len(keys))[:_REFERENCE_ROWS]
    frame = labelled_frame(use_case, warehouse)
    return frame.set_index(frame["label__key"].astype(str)).loc[keys[np.sort(drawn)]]


def _installed(*, passed: bool) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=INSTALLED_CHECK,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=None if passed else HOW_TO_INSTALL,
    )
