"""The hooks: name -> how to make one from the settings, or None where the settings do not ask for it."""

import logging
from collections.abc import Callable, Mapping
from functools import partial

from credit_platform.contracts.settings import Settings
from credit_platform.resources.alerts.message import Alert, Delivery, Hook
from credit_platform.resources.alerts.webhook import send

__all__ = ["HOOKS", "Alert", "Delivery", "Hook", "hooks_of"]

_LOGGER = logging.getLogger("credit_platform.alerts")


def _log(settings: Settings) -> Hook:
    """Writes the alert as one warning line; it cannot fail."""

    def tell(alert: Alert) -> Delivery:
        _LOGGER.warning("%s (%s)", alert.text, alert.key)
        return Delivery(is_delivered=True, attempts=1, detail="logged")

    return tell


def _webhook(settings: Settings) -> Hook | None:
    """Posts the alert to CREDIT_PLATFORM_ALERT_WEBHOOK_URL."""
    if settings.alert_webhook_url is None:
        return None
    return partial(
        send,
        url=settings.alert_webhook_url.get_secret_value(),
        attempts=settings.alert_attempts,
        timeout=settings.alert_timeout_seconds,
        back_off=settings.alert_back_off_seconds,
    )


HOOKS: Mapping[str, Callable[[Settings], Hook | None]] = {"log": _log, "webhook": _webhook}


def hooks_of(settings: Settings) -> dict[str, Hook]:
    """The hooks that these settings ask for, by name."""
    made = {name: make(settings) for name, make in HOOKS.items()}
    return {name: hook for name, hook in made.items() if hook is not None}
