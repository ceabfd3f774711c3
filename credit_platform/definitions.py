"""What Dagster's tools load: every folder below ``defs``."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    from credit_platform.builders.catalogue import unreadable_use_cases
    from credit_platform.contracts.settings import Settings

    settings = Settings()
    if unreadable_use_cases(settings):
        # Dagster's loader gives up on all folders when one file is not YAML: assemble the readable ones without it.
        from credit_platform.components.use_case_graph import assembled_definitions

        return assembled_definitions(settings)
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
