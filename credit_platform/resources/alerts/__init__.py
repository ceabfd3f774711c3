"""Alerts: what is told to whom when an incident opens or closes, through hooks found by name."""

from credit_platform.resources.alerts.hooks import HOOKS, Alert, Delivery, Hook, hooks_of
from credit_platform.resources.alerts.outbox import ALERTS, Outbox

__all__ = ["ALERTS", "HOOKS", "Alert", "Delivery", "Hook", "Outbox", "hooks_of"]
