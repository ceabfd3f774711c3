"""``credit-platform docs``: dbt's documentation site, one static page a use case."""

import sys

from credit_platform.builders.catalogue import use_case_names
from credit_platform.contracts.settings import Settings
from credit_platform.resources.dbt import DbtProjects


def docs_command(use_cases: tuple[str, ...]) -> int:
    """Write ``static_index.html`` below each use case's dbt target folder and say where."""
    settings = Settings()
    projects = DbtProjects(settings)
    for name in use_cases or use_case_names(settings):
        projects.invoke(name, ["docs", "generate", "--static"])
        sys.stdout.write(f"{name}: {projects.target_dir(name) / 'static_index.html'}\n")
    return 0
