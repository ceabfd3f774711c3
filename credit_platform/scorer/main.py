"""Entry point for a server that takes a factory: ``uvicorn --factory credit_platform.scorer.main:app``."""

from fastapi import FastAPI

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.app import create_app
from credit_platform.scorer.logs import configure


def app() -> FastAPI:
    """The application with the settings of the environment."""
    settings = Settings()
    configure(settings.log_format)
    return create_app(settings)
