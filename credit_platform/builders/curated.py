"""The nightly deliverable: a day's file as it came, with what was decided on each of its rows."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pandas as pd

from credit_platform.builders.naming import by_day, days_of, key, pool, stage
from credit_platform.builders.overrides import override_metadata, override_of
from credit_platform.builders.verdicts import accepted_days
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import write_atomically

CURATED = ("prediction", "score", "probability", "band", "release_id", "override_until")


def curated_file_asset(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=key(use_case, "batch", "curated_file"),
        deps=[key(use_case, "batch", "scores")],
        pool=pool(use_case),
        **by_day(use_case),
        **stage(use_case, "batch", "csv"),
    )
    def curated_file(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        releases: dg.ResourceParam[ReleaseStore],
    ) -> dg.MaterializeResult:
        """predictions_YYYYMMDD.csv: the day's original columns with prediction, score, probability, band and model.

        ``override_until`` is the last day of the override that the model was in force by, empty where its gates held.
        """
        folder = settings.curated_for(use_case.name)
        rows = 0
        files: list[str] = []
        models = set[tuple[str, dt.date | None]]()
        for day in accepted_days(use_case, warehouse, days_of(context)):
            table = curated_table(use_case, warehouse, day)
            path = Path(folder.removeprefix("file://")) / f"predictions_{day:%Y%m%d}.csv"
            if table.empty:
                path.unlink(missing_ok=True)
                continue
            write_atomically(path, table.to_csv(index=False, lineterminator="\n").encode())
            rows += len(table)
            files.append(path.name)
            models |= set(zip(table["model_version"], table["override_until"], strict=True))
        told = override_metadata(override_of(releases.ledger.entries(use_case.name), models))
        told["model_versions"] = sorted({release_id for release_id, _ in models})
        folder_shown = dg.MetadataValue.path(folder)
        return dg.MaterializeResult(metadata={"rows": rows, "files": files, "folder": folder_shown, **told})

    return curated_file


def curated_table(use_case: UseCase, warehouse: Warehouse, day: dt.date) -> pd.DataFrame:
    """The day's request rows under their original headers, with what was decided."""
    requests = use_case.requests
    listed = ", ".join(f"scores.{name}" for name in CURATED)
    raw = warehouse.columns(
        use_case.name,
        f"""
        select requests.*, {listed}
        from {qualified(use_case.raw_schema, requests.name)} as requests
        inner join {qualified(use_case.output_schema, "scores")} as scores
            on requests.{use_case.unit.key} = scores.unit_key and scores.scoring_day = requests.source_day
        where requests.source_day = ?
        order by requests.source_line
        """,
        [day],
    )
    out = {column.name: raw[column.canonical] for column in requests.expanded_columns}
    return pd.DataFrame(
        out | {("model_version" if name == "release_id" else name): raw[name] for name in CURATED}, dtype=object
    )
