"""What the warehouse was last built from: the data that stand behind every later step, whichever way it is run."""

import datetime as dt
import hashlib
from collections.abc import Mapping

import dagster as dg
import pandas as pd

from credit_platform.builders.build_plan import Past, Plan
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now

BUILDS = {
    "step": "varchar",
    "files_sha256": "varchar",
    "latest_day": "date",
    "is_passed": "boolean",
    "project_sha256": "varchar",
    "state_sha256": "varchar",
    "since_sha256": "varchar",
    "recorded_at": "timestamp",
}
TABLE = "warehouse_builds"
BUILT_VERDICTS = {"step": "varchar", "source": "varchar", "source_day": "date", "sha256": "varchar"}
VERDICTS_TABLE = "warehouse_build_verdicts"


def files_behind(use_case: UseCase, warehouse: Warehouse) -> tuple[str, dt.date | None]:
    """One hash over every accepted file (source, day, content, contract), and the latest accepted request day."""
    found = warehouse.columns(
        use_case.name,
        f"select source, source_day, sha256, contract_sha256 from {use_case.raw_schema}.verdicts where is_accepted "
        "order by source, source_day, sha256",
    )
    rows = list(zip(*found.values(), strict=True))
    days = [day for source, day, *_ in rows if source == use_case.requests.name and day is not None]
    return hashlib.sha256(repr(rows).encode()).hexdigest(), max(days, default=None)


def past_builds(use_case: UseCase, warehouse: Warehouse) -> dict[str, Past]:
    """The last build of each step, with the verdicts that its last passed build was made from."""
    tables = {TABLE: tuple(BUILDS), VERDICTS_TABLE: tuple(BUILT_VERDICTS)}
    if not all(warehouse.has_table(use_case.name, use_case.output_schema, table) for table in tables):
        return {}
    builds, verdicts = (
        warehouse.columns(use_case.name, f"select {', '.join(columns)} from {use_case.output_schema}.{table}")
        for table, columns in tables.items()
    )
    of_step: dict[str, dict[tuple[str, dt.date | None], str]] = {}
    for step, source, day, sha256 in zip(*verdicts.values(), strict=True):
        of_step.setdefault(step, {})[source, day] = sha256
    return {
        step: Past(passed, project, state, since, of_step.get(step, {}))
        for step, _, _, passed, project, state, since, _ in zip(*builds.values(), strict=True)
    }


def record_build(use_case: UseCase, warehouse: Warehouse, plan: Plan, *, is_passed: bool) -> None:
    """Say that a step of the warehouse is being built (not passed) or was built, and from which verdicts."""
    files, latest = files_behind(use_case, warehouse)
    row = {
        "step": plan.step,
        "files_sha256": files,
        "latest_day": latest,
        "is_passed": is_passed,
        "project_sha256": plan.project,
        "state_sha256": plan.state,
        "since_sha256": plan.since,
        "recorded_at": utc_now(),
    }
    writes = [_replacement(use_case, TABLE, BUILDS, pd.DataFrame([row]), plan.step)]
    if is_passed:
        verdicts = [(plan.step, source, day, sha256) for (source, day), sha256 in plan.verdicts.items()]
        rows = pd.DataFrame(verdicts, columns=list(BUILT_VERDICTS))
        writes.append(_replacement(use_case, VERDICTS_TABLE, BUILT_VERDICTS, rows, plan.step))
    warehouse.write(use_case.name, writes)


def _replacement(
    use_case: UseCase, table: str, columns: Mapping[str, str], rows: pd.DataFrame, step: str
) -> Replacement:
    return Replacement((use_case.output_schema, table), columns, rows, where={"step": step})


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
            f"the warehouse of {use_case.name} was built before the files accepted last, or from the same under "
            "another contract; materialise the warehouse, then this step again."
        )
    return max((day for day in found["latest_day"] if day is not None), default=None)
