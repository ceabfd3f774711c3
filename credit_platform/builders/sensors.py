"""The drift sensor: one retraining per drift incident, none for its repeats, a new one after recovery."""

import json
from typing import Any

import dagster as dg

from credit_platform.builders.jobs import retraining_job_name
from credit_platform.builders.naming import key
from credit_platform.contracts.use_case import UseCase

ALARM = "drift/is_alarm"
FILE_HASH = "drift/file_sha256"
INCIDENT_TAG = "credit_platform/drift_incident"
MAX_ATTEMPTS = 3
_START = {"after": 0, "day": "", "incident": None, "attempt": 0}
BATCH = 100


def sensors(use_case: UseCase) -> list[dg.SensorDefinition]:
    """Reads the metadata of drift materialisations in order; the cursor holds the open incident."""
    drift = key(use_case, "monitoring", "drift")

    @dg.sensor(
        name=f"{use_case.name}__drift_sensor",
        job_name=retraining_job_name(use_case),
        minimum_interval_seconds=60,
        description="Requests one retraining when a drift incident opens, and again if that run failed (3 attempts).",
    )
    def drift_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        state: dict[str, Any] = json.loads(context.cursor) if context.cursor else dict(_START)
        requests = _requests(context.instance, use_case, state)
        for record in _new_records(context.instance, drift, state["after"]):
            state["after"] = record.storage_id
            _observe(state, record)
            # Per record: an incident that opens and closes within one backfill is still an incident.
            requests += _requests(context.instance, use_case, state)
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(state))

    return [drift_sensor]


def _new_records(instance: dg.DagsterInstance, asset: dg.AssetKey, after: int) -> list[dg.EventLogRecord]:
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=asset, after_storage_id=after), limit=BATCH, ascending=True
    )
    return list(found.records)


def _observe(state: dict[str, Any], record: dg.EventLogRecord) -> None:
    """An alarm opens an incident if none is open; a calm later day closes it. Re-runs of earlier days say nothing."""
    materialization = record.asset_materialization
    metadata = materialization.metadata if materialization else {}
    if ALARM not in metadata or record.partition_key is None or record.partition_key < state["day"]:
        return
    state["day"] = record.partition_key
    if not metadata[ALARM].value:
        state["incident"], state["attempt"] = None, 0
    elif state["incident"] is None:
        state["incident"] = f"{record.partition_key}:{metadata[FILE_HASH].value}"
        state["attempt"] = 0


def _requests(instance: dg.DagsterInstance, use_case: UseCase, state: dict[str, Any]) -> list[dg.RunRequest]:
    """A request for a new incident, or for one whose last attempt failed: run keys are never reused, so they count."""
    incident = state["incident"]
    if incident is None or state["attempt"] >= MAX_ATTEMPTS:
        return []
    if state["attempt"] > 0 and not _last_attempt_failed(instance, f"{use_case.name}:{incident}:{state['attempt']}"):
        return []
    state["attempt"] += 1
    tag = f"{use_case.name}:{incident}:{state['attempt']}"
    return [dg.RunRequest(run_key=tag, tags={INCIDENT_TAG: tag})]


def _last_attempt_failed(instance: dg.DagsterInstance, tag: str) -> bool:
    runs = instance.get_runs(dg.RunsFilter(tags={INCIDENT_TAG: tag}), limit=1)
    return bool(runs) and runs[0].status == dg.DagsterRunStatus.FAILURE
