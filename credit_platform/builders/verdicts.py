"""Which days of requests were accepted: data, not check state, decides what later steps take."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg

from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse


def accepted_days(use_case: UseCase, warehouse: Warehouse, days: Sequence[dt.date]) -> list[dt.date]:
    """Those of ``days`` whose request file was accepted, by the verdict table; a Failure if it is none of them."""
    accepted = verdict_hashes(use_case, warehouse)
    kept = [day for day in days if day in accepted]
    if not kept:
        asked = f"{min(days)} to {max(days)}"
        raise dg.Failure(
            f"no file of {use_case.requests.name} was accepted for {asked}; deliver or correct the files, "
            f"materialise raw/{use_case.requests.name} for those days, then this step"
        )
    return kept


def verdict_hashes(use_case: UseCase, warehouse: Warehouse) -> dict[dt.date, tuple[str, str]]:
    """Day -> (file, SHA-256) of its accepted request rows."""
    found = warehouse.columns(
        use_case.name,
        f"select source_day, source_file, sha256 from {use_case.raw_schema}.verdicts "
        "where source = ? and is_accepted and source_day is not null",
        [use_case.requests.name],
    )
    return {
        day: (file, sha256)
        for day, file, sha256 in zip(found["source_day"], found["source_file"], found["sha256"], strict=True)
    }
