"""Entry point for a server that takes a factory: ``uvicorn --factory credit_platform.scorer.main:app``."""

import sys

from fastapi import FastAPI

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.app import create_app
from credit_platform.scorer.logs import configure

_SWITCH_SECONDS = 0.0005
"""After which a thread that computes lets the event loop go on; by default it waits ten times as long."""


def app() -> FastAPI:
    """The application with the settings of the environment."""
    settings = Settings()
    configure(settings.log_format)
    sys.setswitchinterval(_SWITCH_SECONDS)
    return create_app(settings, is_server=True)
