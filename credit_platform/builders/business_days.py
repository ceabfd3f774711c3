"""The platform's calendar: how far scoring has come, and whether each scored day is by the release in force for it."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg

from credit_platform.builders.naming import check_of
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.ledger import Recorded, champion_at
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Warehouse

IN_FORCE_CHECK = "scored_by_the_release_in_force"
_TEXT = (
    "Every scored day is by the release that the ledger says was in force for it. A rollback with an earlier first day "
    "leaves days that are not: they are named here until they are scored again."
)


def next_business_day(use_case: UseCase, warehouse: Warehouse) -> dt.date:
    """The first business day that nothing was scored for: from then on a champion that moves now decides."""
    if not warehouse.has_table(use_case.name, use_case.output_schema, "run_log"):
        return use_case.scoring.first_day
    table = qualified(use_case.output_schema, "run_log")
    found = warehouse.columns(use_case.name, f"select max(scoring_day) as last from {table}")["last"][0]
    return use_case.scoring.first_day if found is None else found + dt.timedelta(days=1)


def scored_otherwise(use_case: UseCase, warehouse: Warehouse, entries: Sequence[Recorded]) -> list[dt.date]:
    """Scored days whose rows name another release than the one in force for them."""
    if not warehouse.has_table(use_case.name, use_case.output_schema, "scores"):
        return []
    found = warehouse.columns(
        use_case.name,
        f"select distinct scoring_day, release_id from {qualified(use_case.output_schema, 'scores')} order by 1, 2",
    )
    named = {day: champion_at(entries, day) for day in set(found["scoring_day"])}
    wrong = {
        day
        for day, release_id in zip(found["scoring_day"], found["release_id"], strict=True)
        if (in_force := named[day]) is None or in_force.entry.release_id != release_id
    }
    return sorted(wrong)


def in_force_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return check_of(asset, IN_FORCE_CHECK, _TEXT)


def in_force_check(asset: dg.AssetKey, wrong: Sequence[dt.date]) -> dg.AssetCheckResult:
    """A warning with the days; serving and scoring go on."""
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=IN_FORCE_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"days": [str(day) for day in wrong]},
    )
