"""The definitions of the committed use cases, with their manifests parsed into a temporary home."""

from pathlib import Path

import dagster as dg
import pytest

from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.graph import use_case_definitions
from credit_platform.contracts.settings import Settings
from credit_platform.resources.bindings import platform_resources


@pytest.fixture(scope="session")
def settings(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(project=project_root, home=tmp_path_factory.mktemp("definitions"))


@pytest.fixture(scope="session", params=["credit_default", "risk_classifier"])
def definitions(request: pytest.FixtureRequest, settings: Settings) -> tuple[str, dg.Definitions]:
    """A committed use case's name and graph, with its resources bound."""
    name: str = request.param
    graph = use_case_definitions(read_use_case(settings, name), settings)
    return name, dg.Definitions.merge(graph, dg.Definitions(resources=platform_resources(settings)))
