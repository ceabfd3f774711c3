"""A champion in force by an override: marked on every row and run, and told from the day after its last."""

import datetime as dt
from typing import Any

import dagster as dg

from credit_platform.builders.naming import check_of
from credit_platform.contracts.release import Override

OVERRIDE_CHECK = "no_expired_override"
_TEXT = (
    "The champion is in force by its own gates, or by an override that has not expired. Serving and scoring never stop "
    "by themselves: after its last day this fails in every run until somebody promotes, rolls back or overrides anew."
)


def override_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    return check_of(asset, OVERRIDE_CHECK, _TEXT)


def override_check(asset: dg.AssetKey, override: Override | None, *, day: dt.date) -> dg.AssetCheckResult:
    """Passes unless the override in force has expired by a business day."""
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=OVERRIDE_CHECK,
        passed=override is None or override.is_good_on(day),
        metadata={"business_day": str(day), **override_metadata(override)},
    )


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
