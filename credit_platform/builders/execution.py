"""Running one use case in this process: the days to take, recovery of a killed run, progress, and the result."""

import datetime as dt
import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.graph import use_case_definitions
from credit_platform.builders.jobs import everything_job_name, nightly_job_name
from credit_platform.builders.naming import pool
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.signing import signer_of
from credit_platform.resources.bindings import platform_executor, platform_resources
from credit_platform.resources.instance import (
    EMBEDDED_TAG,
    embedded_instance,
    exclusive,
    free_warehouse,
    recover_dead_runs,
)
from credit_platform.resources.ledger import actor
from credit_platform.resources.releases import ReleaseStore
from credit_platform.sources import available_days, landing_folder

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
Progress = Callable[[str, str, float | None], None]
"""Called with (step, state, seconds); state is started, done, failed or recovered."""


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended; ``failures`` are pointed messages of the steps that failed, causes first."""

    use_case: UseCase
    run_id: str
    started_at: float
    """Seconds since the epoch, to tell this run's files from older ones."""
    is_success: bool
    days: tuple[dt.date, ...]
    failures: tuple[str, ...]
    failed_checks: tuple[str, ...]
    warnings: tuple[str, ...]
    recovered: tuple[str, ...]


def default_days(settings: Settings, use_case: UseCase) -> list[dt.date]:
    """The first days that have rows, as many as the use case scores by default."""
    folder = landing_folder(settings.landing, use_case)
    days = available_days(use_case.requests, folder, first_day=use_case.scoring.first_day)
    return days[: use_case.scoring.days]


def run_use_case(
    settings: Settings,
    name: str,
    *,
    days: Sequence[dt.date] | None = None,
    only_nightly: bool = False,
    stages: Sequence[str] = (),
    progress: Progress,
) -> RunOutcome:
    """Materialise a use case's whole graph, or only its nightly part, over a range of days in one Dagster run.

    ``stages`` narrows it to these stages of the graph (raw, warehouse, ...); none named means all.
    """
    use_case = read_use_case(settings, name)
    with exclusive(settings, name), embedded_instance(settings) as instance:
        recovered = recover_dead_runs(instance, name)
        for run_id in recovered:
            progress(run_id, "recovered", None)
        free_warehouse(instance, pool(use_case))
        # Ends a promotion that was killed; a ledger or pointer that does not verify is told before hours of work.
        ReleaseStore(settings).pointer(name)
        # Nor may hours of work end with a key that nobody trusts, or with an act that has no name.
        signer_of(settings)
        actor(settings)
        chosen = list(days) if days else default_days(settings, use_case)
        if not chosen:
            raise ValueError(
                f"no day from {use_case.scoring.first_day} on has rows in "
                f"{landing_folder(settings.landing, use_case)}; put a file such as "
                f"{use_case.requests.layouts[0].path.format(day='YYYYMMDD')} there, or name --days."
            )
        if min(chosen) < use_case.scoring.first_day:
            raise ValueError(
                f"--days starts on {min(chosen)}, before the first scored day {use_case.scoring.first_day}; "
                "rows from before it are history, name later days."
            )
        job_name = nightly_job_name(use_case) if only_nightly else everything_job_name(use_case)
        return _execute(settings, use_case, job_name, stages, instance, chosen, tuple(recovered), progress)


def _execute(
    settings: Settings,
    use_case: UseCase,
    job_name: str,
    stages: Sequence[str],
    instance: dg.DagsterInstance,
    days: list[dt.date],
    recovered: tuple[str, ...],
    progress: Progress,
) -> RunOutcome:
    bound = dg.Definitions(resources=platform_resources(settings), executor=platform_executor(settings))
    job = dg.Definitions.merge(use_case_definitions(use_case, settings), bound).resolve_job_def(job_name)
    selection = _assets_of(job, use_case, stages) if stages else None
    run_id, started_at = str(uuid.uuid4()), time.time()
    instance.add_event_listener(run_id, _Listener(progress))
    result = job.execute_in_process(
        run_id=run_id,
        instance=instance,
        raise_on_error=False,
        asset_selection=selection,
        run_config={"loggers": {"console": {"config": {"log_level": os.environ.get("LOG_LEVEL", "CRITICAL")}}}},
        tags={RANGE_START: str(min(days)), RANGE_END: str(max(days)), EMBEDDED_TAG: use_case.name},
    )
    events = result.all_events
    checks = [
        e.asset_check_evaluation_data for e in events if e.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    failed = [check for check in checks if not check.passed]
    return RunOutcome(
        use_case=use_case,
        run_id=run_id,
        started_at=started_at,
        is_success=result.success,
        days=tuple(days),
        failures=_failures(events),
        failed_checks=tuple(_check_text(c) for c in failed if c.severity == dg.AssetCheckSeverity.ERROR),
        warnings=tuple(_check_text(c) for c in failed if c.severity == dg.AssetCheckSeverity.WARN),
        recovered=recovered,
    )


def _assets_of(job: dg.JobDefinition, use_case: UseCase, stages: Sequence[str]) -> list[dg.AssetKey]:
    """The assets of some stages of a job."""
    groups = {node.key: node.group_name for node in job.asset_layer.asset_graph.asset_nodes if node.is_executable}
    known = sorted({str(group).removeprefix(f"{use_case.name}__") for group in groups.values()})
    if unknown := sorted(set(stages) - set(known)):
        raise ValueError(f"{job.name} has no stage {unknown[0]!r}; its stages are {', '.join(known)}")
    return [key for key, group in groups.items() if str(group).removeprefix(f"{use_case.name}__") in stages]


class _Listener:
    """Tells step starts and ends as they happen."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        if event.is_step_start:
            self._progress(event.step_key, "started", None)
        elif event.is_step_success:
            self._progress(event.step_key, "done", event.step_success_data.duration_ms / 1000)
        elif event.is_step_failure:
            self._progress(event.step_key, "failed", None)


def _failures(events: Sequence[dg.DagsterEvent]) -> tuple[str, ...]:
    """Why steps failed; where none did (a resource could not start), why the run as a whole did."""
    steps = tuple(_step_failure(event) for event in events if event.is_step_failure)
    whole = (e.job_failure_data.error for e in events if e.event_type == dg.DagsterEventType.RUN_FAILURE)
    return steps or tuple(_cause(error) for error in whole)


def _step_failure(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    told = data.user_failure_data.description if data.user_failure_data is not None else _cause(data.error)
    return f"{event.step_key}: {told}"


def _cause(error: SerializableErrorInfo | None) -> str:
    """The first cause of a chain of errors."""
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error else "unknown failure"


def _check_text(check: dg.AssetCheckEvaluation) -> str:
    """The check, and why it refused where its metadata says so."""
    refused = check.metadata.get("refused")
    why = f" ({refused.value})" if refused is not None and refused.value else ""
    return f"{check.asset_key.to_user_string()}: {check.check_name}{why}"
