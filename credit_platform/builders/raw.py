"""Raw: CSV files -> typed tables, behind each source's contract."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.naming import IN_WAREHOUSE, by_day, check_of, days_of, key, pool, stage
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.tables import PROVENANCE, QUARANTINE, SQL_TYPES, VERDICTS, qualified, quoted
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now
from credit_platform.sources import (
    Batch,
    landing_folder,
    misnamed_files,
    read_before,
    read_days,
    read_once,
    unique_columns,
    without_repeats,
)

CHECK = "file_contract"
_Event = dg.MaterializeResult | dg.AssetCheckResult


def raw_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    """One asset a source; a daily requests source also has its rows from before the first scored day."""
    out: list[dg.AssetsDefinition] = []
    for source in use_case.sources:
        if source.cadence == "once":
            out.append(_whole_asset(use_case, source, source.name, _description(source), partial(read_once, source)))
            continue
        out.append(_daily_asset(use_case, source))
        if source.role == "requests":
            out.append(_history_asset(use_case, source))
    return out


def history_table(source: Source) -> str:
    """Table of the rows of a daily source from before the first partition day."""
    return f"{source.name}_history"


def _history_asset(use_case: UseCase, source: Source) -> dg.AssetsDefinition:
    first_day = use_case.scoring.first_day
    text = f"Rows of {source.name} from before {first_day}, the first scored day: unlabelled history."
    return _whole_asset(
        use_case, source, history_table(source), text, partial(read_before, source, first_day=first_day)
    )


def _whole_asset(
    use_case: UseCase, source: Source, table: str, text: str, read: Callable[[str], Batch]
) -> dg.AssetsDefinition:
    asset_key = key(use_case, "raw", table)

    @dg.asset(
        key=asset_key,
        description=text,
        check_specs=[_contract_check(asset_key, source)],
        pool=pool(use_case),
        **stage(use_case, "raw", "csv", IN_WAREHOUSE),
    )
    def whole(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[_Event]:
        batch = read(landing_folder(settings.landing, use_case))
        yield from _load(context, use_case, warehouse, asset_key, source, table, [batch])

    return whole


def _daily_asset(use_case: UseCase, source: Source) -> dg.AssetsDefinition:
    asset_key = key(use_case, "raw", source.name)
    # A unit of the history cannot be requested again: the history is read first.
    first = [key(use_case, "raw", history_table(source))] if source.role == "requests" else []

    @dg.asset(
        key=asset_key,
        deps=first,
        description=_description(source),
        check_specs=[_contract_check(asset_key, source)],
        pool=pool(use_case),
        **by_day(use_case),
        **stage(use_case, "raw", "csv", IN_WAREHOUSE),
    )
    def day_files(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[_Event]:
        days, folder = days_of(context), landing_folder(settings.landing, use_case)
        if misnamed := misnamed_files(source, folder):
            context.log.warning(f"{misnamed} in {folder} are named like day files but hold no calendar day: not read")
            context.add_asset_metadata({"misnamed_files": misnamed})
        read = read_days(source, folder, days)
        batches = first_deliveries(use_case, warehouse, source, read, days)
        yield from _load(context, use_case, warehouse, asset_key, source, source.name, batches)

    return day_files


def _load(
    context: dg.AssetExecutionContext,
    use_case: UseCase,
    warehouse: Warehouse,
    asset_key: dg.AssetKey,
    source: Source,
    table: str,
    batches: Sequence[Batch],
) -> Iterator[_Event]:
    """Write accepted batches, their quarantine and every verdict in one transaction; a refused day stops no other."""
    refused = [batch for batch in batches if not batch.is_accepted]
    writes = [w for batch in batches for w in _replacements(use_case, source, table, batch)]
    if not batches:
        writes = [Replacement((use_case.raw_schema, table), _columns(source), pd.DataFrame(), where={})]
    warehouse.write(use_case.name, writes)
    for batch in refused:
        context.log.error(batch.refusal or "")
    metadata: dict[str, Any] = {
        "rows": sum(len(batch.good) for batch in batches),
        "quarantined_rows": sum(batch.bad_rows for batch in batches),
        "files": sorted({batch.file for batch in batches}),
        "refused": [batch.refusal for batch in refused],
    }
    stops = bool(refused) and len(refused) == len(batches)
    check = dg.AssetCheckResult(
        check_name=CHECK,
        asset_key=asset_key,
        passed=not refused,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )
    if stops:
        yield check
        raise dg.Failure(description="; ".join(batch.refusal or "" for batch in refused), metadata=metadata)
    yield dg.MaterializeResult(asset_key=asset_key, metadata=metadata, check_results=[check])


def first_deliveries(
    use_case: UseCase, warehouse: Warehouse, source: Source, batches: Sequence[Batch], days: Sequence[dt.date]
) -> list[Batch]:
    """The batches without rows that another day, in the warehouse or earlier in this load, has already delivered."""
    if source.role == "outcomes":
        return list(batches)  # The warehouse keeps the first report of an outcome, in whatever order the files come.
    days = [batch.day for batch in batches if batch.day is not None and batch.is_accepted]
    known = {
        column.canonical: _delivered(use_case, warehouse, source, column.canonical, days)
        for column in unique_columns(source)
    }
    out = []
    for batch in batches:
        kept = without_repeats(batch, source, known=known)
        for column, first in known.items():
            for rows in kept.good:
                first.update({str(value): str(kept.file) for value in rows[column]})
        out.append(kept)
    return out


def _delivered(
    use_case: UseCase, warehouse: Warehouse, source: Source, column: str, days: Sequence[dt.date]
) -> dict[str, str]:
    """Value -> file of every row of a daily source outside ``days``."""
    out: dict[str, str] = {}
    for table in (history_table(source), source.name):
        if not warehouse.has_table(use_case.name, use_case.raw_schema, table):
            continue
        found = warehouse.columns(
            use_case.name,
            f"select {quoted(column)} as value, source_file from {qualified(use_case.raw_schema, table)} "
            "where source_day is null or source_day not in (select unnest(cast(? as date[])))",
            [list(days)],
        )
        out |= {str(value): file for value, file in zip(found["value"], found["source_file"], strict=True)}
    return out


def _replacements(use_case: UseCase, source: Source, table: str, batch: Batch) -> list[Replacement]:
    """A refused batch leaves the rows that were there; its verdict and quarantine say why."""
    where = None if batch.day is None else {"source_day": batch.day}
    named = {"source": table, "source_day": batch.day}
    quarantine = (frame.assign(source=table) for frame in batch.broken)
    out = [
        Replacement((use_case.raw_schema, "quarantine"), QUARANTINE, quarantine, where=named),
        Replacement((use_case.raw_schema, "verdicts"), VERDICTS, _verdict(table, batch), where=named),
    ]
    replaced = where if batch.is_accepted else {}
    out.append(Replacement((use_case.raw_schema, table), _columns(source), batch.good, where=replaced))
    return out


def _verdict(table: str, batch: Batch) -> pd.DataFrame:
    row = {
        "source": table,
        "source_day": batch.day,
        "source_file": batch.file,
        "sha256": batch.sha256,
        "total_rows": batch.total_rows,
        "bad_rows": batch.bad_rows,
        "is_accepted": batch.is_accepted,
        "refusal": batch.refusal,
        "recorded_at": utc_now(),
    }
    return pd.DataFrame([row])


def _columns(source: Source) -> dict[str, str]:
    return {column.canonical: SQL_TYPES[column.type] for column in source.expanded_columns} | dict(PROVENANCE)


def _contract_check(asset_key: dg.AssetKey, source: Source) -> dg.AssetCheckSpec:
    text = (
        f"Columns, types, ranges and rules of {source.name}; at most {source.max_bad_share:.0%} of rows may break them."
    )
    return check_of(asset_key, CHECK, text, blocking=True)


def _description(source: Source) -> str:
    files = " or ".join(layout.path for layout in source.layouts)
    return f"{source.role.capitalize()} rows of {files}, typed by the source's contract; bad rows are in quarantine."
