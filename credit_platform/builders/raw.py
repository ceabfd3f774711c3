"""Raw: CSV files -> typed tables, behind each source's contract."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import dagster as dg

from credit_platform.builders.ledger import Verdict
from credit_platform.builders.loading import load, loaded_so_far
from credit_platform.builders.naming import IN_WAREHOUSE, by_day, check_of, days_of, key, pool, stage
from credit_platform.builders.raw_tables import history_table
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse
from credit_platform.sources import (
    Batch,
    absent_files,
    before_sha256,
    contract_sha256,
    day_sha256s,
    landing_folder,
    misnamed_files,
    once_sha256,
    read_before,
    read_days,
    read_once,
)

CHECK = "file_contract"
_Event = dg.MaterializeResult | dg.AssetCheckResult


def raw_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    """One asset a source; a daily requests source also has its rows from before the first scored day."""
    out: list[dg.AssetsDefinition] = []
    for source in use_case.sources:
        if source.cadence == "once":
            reading = _Reading(partial(read_once, source), partial(once_sha256, source), contract_sha256(source))
            out.append(_whole_asset(use_case, source, source.name, _description(source), reading))
            continue
        out.append(_daily_asset(use_case, source))
        if source.role == "requests":
            out.append(_history_asset(use_case, source))
    return out


def _history_asset(use_case: UseCase, source: Source) -> dg.AssetsDefinition:
    first_day = use_case.scoring.first_day
    text = f"Rows of {source.name} from before {first_day}, the first scored day: unlabelled history."
    reading = _Reading(
        partial(read_before, source, first_day=first_day),
        partial(before_sha256, source, first_day=first_day),
        contract_sha256(source, first_day=first_day),
    )
    return _whole_asset(use_case, source, history_table(source), text, reading)


@dataclass(frozen=True)
class _Reading:
    """How a table that is one batch is read from a landing folder, and what tells that it need not be."""

    read: Callable[[str], Batch]
    sha256: Callable[[str], str]
    contract: str


def _whole_asset(use_case: UseCase, source: Source, table: str, text: str, reading: _Reading) -> dg.AssetsDefinition:
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
        folder = landing_folder(settings.landing, use_case)
        known = loaded_so_far(use_case, warehouse, table).get(None)
        is_known = known is not None and known.is_of(reading.sha256(folder), reading.contract)
        batches = [] if is_known else [reading.read(folder)]
        ledger = load(use_case, warehouse, source, table, batches, contract_sha256=reading.contract)
        yield from _events(context, asset_key, [ledger[None]], unchanged=[None] if is_known else [])

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
        contract, known = contract_sha256(source), loaded_so_far(use_case, warehouse, source.name)
        found = day_sha256s(source, folder, [day for day in days if day in known])
        same = [day for day in days if day in known and known[day].is_of(found.get(day), contract)]
        batches = read_days(source, folder, [day for day in days if day not in same])
        ledger = load(use_case, warehouse, source, source.name, batches, contract_sha256=contract)
        touched = [
            str(day)
            for day, row in ledger.items()
            if day in known and day not in days and row.in_force != known[day].in_force
        ]
        if touched:
            context.log.warning(f"{touched} have other rows now, for a unit belongs to the earliest day that has it")
        gone = absent_files(source, folder, [row.source_file for row in known.values() if row.total_rows])
        if gone:
            context.log.warning(f"{gone} were loaded from {folder} but are no longer there")
        yield from _events(
            context,
            asset_key,
            [ledger[day] for day in days],
            unchanged=same,
            removed_files=gone,
            days_changed_too=touched,
        )

    return day_files


def _events(
    context: dg.AssetExecutionContext,
    asset_key: dg.AssetKey,
    verdicts: Sequence[Verdict],
    *,
    unchanged: Sequence[dt.date | None],
    **told: list[str],
) -> Iterator[_Event]:
    """The materialisation and its check; a refused day stops no other, and only a failure if there is no other."""
    refused = [verdict for verdict in verdicts if not verdict.is_accepted]
    for verdict in refused:
        context.log.error(verdict.refusal or "")
    metadata: dict[str, Any] = {
        "rows": sum(verdict.total_rows - verdict.bad_rows for verdict in verdicts if verdict.is_accepted),
        "quarantined_rows": sum(verdict.bad_rows for verdict in verdicts),
        "files": sorted({verdict.source_file for verdict in verdicts}),
        "unchanged": f"{len(unchanged)} of {len(verdicts)} were loaded before, from the same bytes",
        "refused": [verdict.refusal for verdict in refused],
        **told,
    }
    stops = bool(refused) and len(refused) == len(verdicts)
    check = dg.AssetCheckResult(
        check_name=CHECK,
        asset_key=asset_key,
        passed=not refused,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )
    if stops:
        yield check
        raise dg.Failure(description="; ".join(verdict.refusal or "" for verdict in refused), metadata=metadata)
    yield dg.MaterializeResult(asset_key=asset_key, metadata=metadata, check_results=[check])


def _contract_check(asset_key: dg.AssetKey, source: Source) -> dg.AssetCheckSpec:
    text = (
        f"Columns, types, ranges and rules of {source.name}; at most {source.max_bad_share:.0%} of rows may break them."
    )
    return check_of(asset_key, CHECK, text, blocking=True)


def _description(source: Source) -> str:
    files = " or ".join(layout.path for layout in source.layouts)
    return f"{source.role.capitalize()} rows of {files}, typed by the source's contract; bad rows are in quarantine."
