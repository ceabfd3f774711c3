"""Database engines of the warehouse: one module each, chosen by the scheme of ``CREDIT_PLATFORM_WAREHOUSE_URL``."""

from collections.abc import Callable, Mapping

from credit_platform.contracts.settings import Settings
from credit_platform.resources.engines.base import Engine, WarehouseError
from credit_platform.resources.engines.duckdb import duckdb_engine
from credit_platform.resources.engines.postgres import postgres_engine

ENGINES: Mapping[str, Callable[[Settings, str], Engine]] = {
    "duckdb": duckdb_engine,
    "postgresql": postgres_engine,
    "postgres": postgres_engine,
    "postgresql+psycopg2": postgres_engine,
}
"""URL scheme -> how its engine is made from settings and the name of a use case."""


def engine_for(settings: Settings, use_case: str) -> Engine:
    """The engine that keeps a use case's warehouse; nothing is opened yet."""
    scheme, separator, _ = settings.warehouse_for(use_case).get_secret_value().partition("://")
    if not separator or scheme not in ENGINES:
        found = f"has scheme {scheme!r}" if separator else "has no scheme"
        raise WarehouseError(
            f"CREDIT_PLATFORM_WAREHOUSE_URL {found}; known are {', '.join(ENGINES)}. Write duckdb:///FILE or "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or unset it for one DuckDB file a use case."
        )
    return ENGINES[scheme](settings, use_case)
