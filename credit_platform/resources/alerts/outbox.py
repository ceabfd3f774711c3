"""The table of alerts: an alert is written down before it is sent, so that none is lost, and sent until it arrives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from credit_platform.resources.alerts.message import Alert, Hook
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now

ALERTS = {
    "alert_key": "varchar",
    "incident_id": "varchar",
    "kind": "varchar",
    "event": "varchar",
    "event_day": "date",
    "hook": "varchar",
    "outcome": "varchar",
    "attempts": "bigint",
    "detail": "varchar",
    "message": "varchar",
    "recorded_at": "timestamp",
    "updated_at": "timestamp",
}
TABLE = "alerts"
PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"


@dataclass(frozen=True)
class Outbox:
    """Alerts of one use case. ``schema`` is its output schema."""

    warehouse: Warehouse
    use_case: str
    schema: str

    def deliver(self, alerts: Sequence[Alert], hooks: Mapping[str, Hook]) -> pd.DataFrame:
        """Write new alerts down for these hooks, then send all that have not arrived; gives the table's rows.

        An alert is new until it has a row for any hook: a hook that is added later gets no old events. Between writing
        and sending the process may die: the alert is then sent again, under the same key.
        """
        held = self.rows()
        known = set(held["alert_key"])
        fresh = [self._row(alert, hook) for alert in alerts if alert.key not in known for hook in hooks]
        if fresh:
            self._write([Replacement(self._table, ALERTS, pd.DataFrame(fresh, columns=list(ALERTS)), where={})])
        by_key = {alert.key: alert for alert in alerts}
        waiting = self.rows()
        for row in waiting[waiting["outcome"] != DELIVERED].to_dict("records"):
            if row["alert_key"] in by_key and row["hook"] in hooks:
                self._send(row, by_key[row["alert_key"]], hooks[row["hook"]])
        return self.rows()

    def rows(self) -> pd.DataFrame:
        """Every alert, oldest first; no rows before the first."""
        if not self.warehouse.has_table(self.use_case, *self._table):
            return pd.DataFrame(columns=list(ALERTS))
        sql = f"select * from {self.schema}.{TABLE} order by event_day, alert_key, hook"
        return self.warehouse.read(self.use_case, sql)

    @property
    def _table(self) -> tuple[str, str]:
        return self.schema, TABLE

    def _row(self, alert: Alert, hook: str) -> dict[str, Any]:
        now = utc_now()
        return {
            "alert_key": alert.key,
            "incident_id": alert.incident_id,
            "kind": alert.kind,
            "event": alert.event,
            "event_day": alert.day,
            "hook": hook,
            "outcome": PENDING,
            "attempts": 0,
            "detail": "",
            "message": alert.text,
            "recorded_at": now,
            "updated_at": now,
        }

    def _send(self, row: Mapping[Any, Any], alert: Alert, hook: Hook) -> None:
        found = hook(alert)
        sent = {
            **row,
            "outcome": DELIVERED if found.is_delivered else FAILED,
            "attempts": int(row["attempts"]) + found.attempts,
            "detail": found.detail,
            "updated_at": utc_now(),
        }
        where = {"alert_key": alert.key, "hook": row["hook"]}
        self._write([Replacement(self._table, ALERTS, pd.DataFrame([sent], columns=list(ALERTS)), where=where)])

    def _write(self, replacements: Sequence[Replacement]) -> None:
        self.warehouse.write(self.use_case, replacements)
