"""The incident sensor: one retraining per incident, none for its repeats, a new one after recovery."""

import json
from typing import Any

import dagster as dg

from credit_platform.builders.incidents import OPEN, OPENED, incidents_key, opened_day
from credit_platform.builders.jobs import retraining_job_name
from credit_platform.contracts.use_case import UseCase

INCIDENT_TAG = "credit_platform/drift_incident"
MAX_ATTEMPTS = 3
_START = {"after": 0, "handled": {}, "incident": None, "attempt": 0}


def sensors(use_case: UseCase) -> list[dg.SensorDefinition]:
    """Reads the incidents of the latest night; the cursor holds what was handled and the incident that is open."""

    @dg.sensor(
        name=f"{use_case.name}__drift_sensor",
        job_name=retraining_job_name(use_case),
        minimum_interval_seconds=60,
        description="Requests one retraining when an incident opens, and again if that run failed (3 attempts).",
    )
    def drift_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        state = _state(context.cursor)
        requests = _requests(context.instance, state)
        record = _latest(context.instance, use_case, after=state["after"])
        if record is not None:
            state["after"] = record.storage_id
            requests += _follow(context.instance, state, _metadata(record))
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(state))

    return [drift_sensor]


def _state(cursor: str | None) -> dict[str, Any]:
    """The cursor; one that an older sensor wrote starts anew."""
    held: dict[str, Any] = json.loads(cursor) if cursor else {}
    return held if set(held) == set(_START) else {**_START, "handled": {}}


def _latest(instance: dg.DagsterInstance, use_case: UseCase, *, after: int) -> dg.EventLogRecord | None:
    """The newest materialisation of the incidents: each one lists all of them, so older ones add nothing."""
    chosen = dg.AssetRecordsFilter(asset_key=incidents_key(use_case), after_storage_id=after)
    found = instance.fetch_materializations(chosen, limit=1).records
    return found[0] if found else None


def _metadata(record: dg.EventLogRecord) -> dict[str, list[str]]:
    held = record.asset_materialization.metadata if record.asset_materialization else {}
    return {name: list(held[name].value) if name in held else [] for name in (OPENED, OPEN)}  # type: ignore[arg-type]


def _follow(instance: dg.DagsterInstance, state: dict[str, Any], found: dict[str, list[str]]) -> list[dg.RunRequest]:
    """Requests for incidents that opened since; one that opened and closed between two ticks is still an incident."""
    requests: list[dg.RunRequest] = []
    for incident in found[OPENED]:
        kind, day = opened_day(incident)
        if day <= state["handled"].get(kind, ""):
            continue
        state["handled"][kind] = day
        state["incident"], state["attempt"] = incident, 0
        requests += _requests(instance, state)
    if state["incident"] not in found[OPEN]:
        state["incident"], state["attempt"] = None, 0
    return requests


def _requests(instance: dg.DagsterInstance, state: dict[str, Any]) -> list[dg.RunRequest]:
    """A request for a new incident, or for one whose last attempt failed: run keys are never reused, so they count."""
    incident, attempt = state["incident"], state["attempt"]
    if incident is None or attempt >= MAX_ATTEMPTS:
        return []
    if attempt > 0 and not _has_failed(instance, f"{incident}:{attempt}"):
        return []
    state["attempt"] += 1
    tag = f"{incident}:{state['attempt']}"
    return [dg.RunRequest(run_key=tag, tags={INCIDENT_TAG: tag})]


def _has_failed(instance: dg.DagsterInstance, tag: str) -> bool:
    runs = instance.get_runs(dg.RunsFilter(tags={INCIDENT_TAG: tag}), limit=1)
    return bool(runs) and runs[0].status == dg.DagsterRunStatus.FAILURE
