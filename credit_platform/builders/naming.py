"""Keys, groups, pools and partitions: the few names that every stage agrees on."""

import datetime as dt
from typing import Any

import dagster as dg

from credit_platform.contracts.use_case import UseCase

IN_WAREHOUSE = "warehouse"
"""Kind of an asset that is a table; the graph puts the name of the engine in its place."""


def key(use_case: UseCase, *path: str) -> dg.AssetKey:
    """Asset key below the use case's name."""
    return dg.AssetKey([use_case.name, *path])


def stage(use_case: UseCase, name: str, *kinds: str) -> dict[str, Any]:
    """What every asset of a stage carries: its group, owners and kinds."""
    return {"group_name": f"{use_case.name}__{name}", "owners": list(use_case.owners), "kinds": {"python", *kinds}}


def pool(use_case: UseCase) -> str:
    """One step at a time opens a use case's warehouse."""
    return f"warehouse_{use_case.name}"


def daily(use_case: UseCase) -> dg.DailyPartitionsDefinition:
    """The one partitions definition of a use case: its business days."""
    return dg.DailyPartitionsDefinition(start_date=use_case.scoring.first_day.isoformat())


def by_day(use_case: UseCase) -> dict[str, Any]:
    """A daily asset whose backfill is one run over all its days."""
    return {"partitions_def": daily(use_case), "backfill_policy": dg.BackfillPolicy.single_run()}


def days_of(context: dg.AssetExecutionContext) -> list[dt.date]:
    """The business days of this step, in order."""
    return [dt.date.fromisoformat(day) for day in context.partition_keys]


def check_of(asset: dg.AssetKey, name: str, description: str, *, blocking: bool = False) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(name, asset=asset, description=description, blocking=blocking)
