"""The platform's resources, bound to the settings."""

import dagster as dg

from credit_platform.contracts.settings import Settings
from credit_platform.resources.bindings import platform_executor, platform_resources


@dg.definitions
def resources() -> dg.Definitions:
    settings = Settings()
    return dg.Definitions(resources=platform_resources(settings), executor=platform_executor(settings))
