"""What the warehouse was last built from: the data that stand behind every later step, whichever way it is run."""

import datetime as dt
import hashlib

import dagster as dg
import pandas as pd

from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now

BUILDS = {
    "step": "varchar",
    "files_sha256": "varchar",
    "latest_day": "date",
    "is_passed": "boolean",
    "recorded_at": "timestamp",
}
TABLE = "builds"


def files_behind(use_case: UseCase, warehouse: Warehouse) -> tuple[str, dt.date | None]:
    """One hash over every accepted file (source, day, content), and the latest accepted request day."""
    found = warehouse.columns(
        use_case.name,
        f"select source, source_day, sha256 from {use_case.raw_schema}.verdicts where is_accepted "
        "order by source, source_day, sha256",
    )
    rows = list(zip(found["source"], found["source_day"], found["sha256"], strict=True))
    days = [day for source, day, _ in rows if source == use_case.requests.name and day is not None]
    return hashlib.sha256(repr(rows).encode()).hexdigest(), max(days, default=None)


def record_build(use_case: UseCase, warehouse: Warehouse, step: str, *, is_passed: bool) -> None:
    """Say that a step of the warehouse is being built (not passed) or was built, from the files accepted now."""
    files, latest = files_behind(use_case, warehouse)
    row = {"step": step, "files_sha256": files, "latest_day": latest, "is_passed": is_passed, "recorded_at": utc_now()}
    table = (use_case.output_schema, TABLE)
    warehouse.write(use_case.name, [Replacement(table, BUILDS, pd.DataFrame([row]), where={"step": step})])


def require_built(use_case: UseCase, warehouse: Warehouse, *, of_present_files: bool) -> dt.date | None:
    """The latest request day that the warehouse holds, if every step of its last build passed.

    ``of_present_files``: it must also have been built from exactly the files that are accepted now. Otherwise the
    step fails before it changes anything.
    """
    found = warehouse.columns(
        use_case.name, f"select step, files_sha256, latest_day, is_passed from {use_case.output_schema}.{TABLE}"
    )
    broken = [step for step, passed in zip(found["step"], found["is_passed"], strict=True) if not passed]
    if broken:
        raise dg.Failure(
            f"the warehouse of {use_case.name} is not fit for use: its last build of {', '.join(broken)} did not pass. "
            "Correct the data or the model and materialise the warehouse again."
        )
    if of_present_files and set(found["files_sha256"]) != {files_behind(use_case, warehouse)[0]}:
        raise dg.Failure(
            f"the warehouse of {use_case.name} was built before the files accepted last; "
            "materialise the warehouse, then this step again."
        )
    return max((day for day in found["latest_day"] if day is not None), default=None)
