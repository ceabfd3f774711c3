"""The server around the application: one process, or several that share nothing but files."""

import logging
import math
import os
from collections.abc import Mapping

import uvicorn

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.logs import configure
from credit_platform.scorer.protocol import BoundedHead
from credit_platform.scorer.security.credentials import is_loopback

_LOG = logging.getLogger(__name__)


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Answers until a signal ends it; what is in flight then is answered. Workers are given their settings by name."""
    configure(settings.log_format)
    for name, value in for_workers(settings, host=host, workers=workers).items():
        os.environ[name] = value
    uvicorn.run(
        "credit_platform.scorer.main:app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=BoundedHead,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.request_timeout_seconds),
    )


def for_workers(settings: Settings, *, host: str, workers: int) -> Mapping[str, str]:
    """Variables that workers read. Open mode is decided here where no setting says: the address is known here only."""
    found = {"CREDIT_PLATFORM_WORKERS": str(workers)}
    has_keys = settings.api_keys.exists() or settings.jwt_keys_file is not None
    if settings.scorer_open is None and is_loopback(host) and not has_keys:
        _LOG.warning(
            "no key was issued and %s is loopback: open mode, this machine's users may ask without one. "
            "credit-platform keys issue, and the next start is closed",
            host,
        )
        found["CREDIT_PLATFORM_SCORER_OPEN"] = "true"
    return found
