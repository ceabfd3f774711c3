"""A champion in force by an override: marked on every row and run, and told from the day after its last."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dagster as dg

from credit_platform.builders.naming import check_of
from credit_platform.contracts.release import Override
from credit_platform.engine.ledger import Recorded

OVERRIDE_CHECK = "no_expired_override"
_TEXT = (
    "The champion is in force by its own gates, or by an override that has not expired. Serving and scoring never stop "
    "by themselves: after its last day this fails in every run until somebody promotes, rolls back or overrides anew."
)


def override_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return check_of(asset, OVERRIDE_CHECK, _TEXT)


def override_check(asset: dg.AssetKey, overrides: Mapping[dt.date, Override | None]) -> dg.AssetCheckResult:
    """Passes unless an override had expired by a business day that it was in force for; tells the worst or last day."""
    expired = [day for day, override in overrides.items() if override is not None and not override.is_good_on(day)]
    day = max(expired or overrides)
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=OVERRIDE_CHECK,
        passed=not expired,
        metadata={"business_day": str(day), **override_metadata(overrides[day])},
    )


def override_of(entries: Sequence[Recorded], models: Collection[tuple[str, dt.date | None]]) -> Override | None:
    """The last override by which one of these (release, last day of its override) was in force; None without one."""
    found = (
        each.entry.override
        for each in reversed(entries)
        if each.entry.expires is not None and (each.entry.release_id, each.entry.expires) in models
    )
    return next(found, None)


def override_metadata(override: Override | None) -> dict[str, Any]:
    """What assets made by an overridden champion show; nothing without one."""
    if override is None:
        return {}
    return {
        "override/until": str(override.expires),
        "override/by": ", ".join(override.approvers),
        "override/reason": override.reason,
        "override/unmet": list(override.unmet),
    }
