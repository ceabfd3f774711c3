"""Incidents of a use case, kept in a table that follows from the judged days, and the alerts about them."""

import json
from typing import Any

import dagster as dg
import pandas as pd

from credit_platform.builders.drift_table import CONCEPT, DATA, PREDICTION, told
from credit_platform.builders.drift_table import TABLE as DRIFT_TABLE
from credit_platform.builders.naming import IN_WAREHOUSE, check_of, key, pool, stage
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.alerts import Alert, Outbox, hooks_of
from credit_platform.resources.alerts.outbox import DELIVERED
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now
from credit_platform.statistics.incidents import Incident, WatchedDay, incidents_of

INCIDENTS = {
    "incident_id": "varchar",
    "kind": "varchar",
    "opened_day": "date",
    "last_alarm_day": "date",
    "closed_day": "date",
    "is_open": "boolean",
    "alarmed_days": "bigint",
    "calm_days": "bigint",
    "alarmed": "varchar",
    "recorded_at": "timestamp",
}
TABLE = "incidents"
_KINDS = {DATA: "drift", PREDICTION: "drift", CONCEPT: "concept"}
"""Features and scores move together, so they make one incident; outcomes come weeks later and make their own."""
DELIVERED_CHECK = "every_alert_has_arrived"
OPENED, OPEN = "incidents/opened", "incidents/open"
"""Metadata that the sensor reads: ids of every incident, and of those that are open."""
_NAMED = 6
"""Columns that an alert names; the table has them all."""


def incident_assets(use_case: UseCase) -> list[dg.AssetsDefinition]:
    return [_incidents(use_case), _alerts(use_case)]


def incidents_key(use_case: UseCase) -> dg.AssetKey:
    return key(use_case, "monitoring", "incidents")


def _incidents(use_case: UseCase) -> dg.AssetsDefinition:
    @dg.asset(
        key=incidents_key(use_case),
        deps=[key(use_case, "monitoring", "drift"), key(use_case, "monitoring", "performance")],
        pool=pool(use_case),
        **stage(use_case, "monitoring", IN_WAREHOUSE),
    )
    def incidents(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
        """Runs of alarming days: opened by the first alarm, closed after enough calm days, a new one after that."""
        table = incident_table(use_case, warehouse)
        warehouse.write(use_case.name, [Replacement((use_case.output_schema, TABLE), INCIDENTS, table)])
        open_ones = table[table["is_open"].astype(bool)]
        shown = table.drop(columns=["recorded_at"]).to_markdown(index=False)
        metadata: dict[str, Any] = {
            "incidents": len(table),
            OPENED: table["incident_id"].tolist(),
            OPEN: open_ones["incident_id"].tolist(),
            "table": dg.MetadataValue.md(shown if len(table) else "No day has alarmed."),
        }
        return dg.MaterializeResult(metadata=metadata)

    return incidents


def incident_table(use_case: UseCase, warehouse: Warehouse) -> pd.DataFrame:
    """The incidents that follow from the judged days; a row that has not changed keeps its time."""
    days = _watched(use_case, warehouse)
    rows = [
        _row(use_case, kind, incident, hashes)
        for kind, (watched, hashes) in days.items()
        for incident in incidents_of(watched, calm_days=use_case.monitoring.calm_days)
    ]
    table = pd.DataFrame(rows, columns=list(INCIDENTS)).sort_values(["opened_day", "kind"], ignore_index=True)
    return _with_times(table, _held(use_case, warehouse))


def _watched(use_case: UseCase, warehouse: Warehouse) -> dict[str, tuple[list[WatchedDay], dict[Any, str]]]:
    """Judged days by kind of drift, with the hash of the file that each was judged on."""
    found = warehouse.columns(
        use_case.name,
        "select kind, scoring_day, file_sha256, segment, column_name, is_alarm "
        f"from {qualified(use_case.output_schema, DRIFT_TABLE)} where p_value is not null "
        "order by scoring_day, segment, column_name",
    )
    days: dict[str, tuple[list[WatchedDay], dict[Any, str]]] = {}
    frame = pd.DataFrame(found)
    frame["kind"] = frame["kind"].map(_KINDS)
    for (kind, day), rows in frame.groupby(["kind", "scoring_day"], sort=True):
        alarmed = rows[rows["is_alarm"].astype(bool)]
        names = dict.fromkeys(told(s, c) for s, c in zip(alarmed["segment"], alarmed["column_name"], strict=True))
        watched, hashes = days.setdefault(str(kind), ([], {}))
        watched.append(WatchedDay(day, tuple(names)))
        hashes[day] = str(rows["file_sha256"].iloc[0])
    return days


def _row(use_case: UseCase, kind: str, incident: Incident, hashes: dict[Any, str]) -> dict[str, Any]:
    return {
        "incident_id": f"{use_case.name}:{incident.opened}:{kind}:{hashes[incident.opened][:12] or 'outcomes'}",
        "kind": kind,
        "opened_day": incident.opened,
        "last_alarm_day": incident.last_alarm,
        "closed_day": incident.closed,
        "is_open": incident.is_open,
        "alarmed_days": incident.alarmed_days,
        "calm_days": incident.calm_days,
        "alarmed": json.dumps(incident.alarmed),
        "recorded_at": utc_now(),
    }


def opened_day(incident_id: str) -> tuple[str, str]:
    """Kind and opening day of an incident, from its id."""
    _, day, kind, _ = incident_id.split(":")
    return kind, day


def _held(use_case: UseCase, warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """The rows of the table as it is, by incident."""
    if not warehouse.has_table(use_case.name, use_case.output_schema, TABLE):
        return {}
    held = warehouse.columns(use_case.name, f"select * from {qualified(use_case.output_schema, TABLE)}")
    rows = (dict(zip(held, values, strict=True)) for values in zip(*held.values(), strict=True))
    return {row["incident_id"]: row for row in rows}


def _with_times(table: pd.DataFrame, held: dict[str, dict[str, Any]]) -> pd.DataFrame:
    facts = [name for name in INCIDENTS if name != "recorded_at"]
    records = table.to_dict("records")
    for row in records:
        before = held.get(row["incident_id"])
        if before is not None and all(before[name] == row[name] for name in facts):
            row["recorded_at"] = before["recorded_at"]
    return pd.DataFrame(records, columns=list(INCIDENTS))


def _alerts(use_case: UseCase) -> dg.AssetsDefinition:
    asset_key = key(use_case, "monitoring", "alerts")
    text = "Every hook has taken every alert; what has not arrived is sent again with the next night."

    @dg.asset(
        key=asset_key,
        deps=[incidents_key(use_case)],
        check_specs=[check_of(asset_key, DELIVERED_CHECK, text)],
        pool=pool(use_case),
        **stage(use_case, "monitoring", IN_WAREHOUSE),
    )
    def alerts(settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult:
        """Tells every hook that an incident opened or closed; the table says what was sent, when, and how it went."""
        outbox = Outbox(warehouse, use_case.name, use_case.output_schema)
        sent = outbox.deliver(alerts_of(use_case, _held(use_case, warehouse)), hooks_of(settings))
        waiting = sent[sent["outcome"] != DELIVERED]
        shown = sent[["event_day", "event", "kind", "hook", "outcome", "attempts", "detail"]].to_markdown(index=False)
        check = dg.AssetCheckResult(
            check_name=DELIVERED_CHECK,
            passed=waiting.empty,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"statistic": len(waiting), "threshold": 0, "waiting": waiting["message"].tolist()},
        )
        metadata: dict[str, Any] = {"alerts": len(sent), "waiting": len(waiting)}
        metadata["table"] = dg.MetadataValue.md(shown if len(sent) else "Nothing had to be told.")
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return alerts


def alerts_of(use_case: UseCase, held: dict[str, dict[str, Any]]) -> list[Alert]:
    """What there is to tell of these incidents: each opening, and each closing."""
    found = []
    for row in sorted(held.values(), key=lambda row: (row["opened_day"], row["kind"])):
        alarmed = tuple(json.loads(row["alarmed"]))
        about = f"{use_case.title}: {row['kind']} incident"
        more = f" and {len(alarmed) - _NAMED} more" if len(alarmed) > _NAMED else ""
        opened = f"{about} opened on {row['opened_day']}: {', '.join(alarmed[:_NAMED])}{more}"
        common = (use_case.name, row["incident_id"], row["kind"])
        found.append(Alert(*common, "opened", row["opened_day"], alarmed, opened))
        if not row["is_open"]:
            closed = f"{about} of {row['opened_day']} closed on {row['closed_day']} after {row['alarmed_days']} days"
            found.append(Alert(*common, "closed", row["closed_day"], alarmed, closed))
    return found
