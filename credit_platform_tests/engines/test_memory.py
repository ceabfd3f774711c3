"""DuckDB holds no more in memory than the setting allows; the same figure is handed to dbt."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from credit_platform.contracts.settings import Settings
from credit_platform.resources.dbt import DbtProjects
from credit_platform.resources.engines import engine_for
from credit_platform.resources.warehouse import Warehouse


def test_a_session_has_the_limit_that_the_settings_name_and_dbt_builds_under_it(
    project_root: Path, tmp_path: Path
) -> None:
    settings = Settings(project=project_root, home=tmp_path, duckdb_memory="700MiB")
    found = Warehouse(settings).read("risk_classifier", "select current_setting('memory_limit') as memory")
    assert found["memory"].tolist() == ["700.0 MiB"]
    assert engine_for(settings, "risk_classifier").dbt_environment["CREDIT_PLATFORM_DBT_DUCKDB_MEMORY"] == "700MiB"
    results = DbtProjects(settings).invoke("risk_classifier", ["run", "--select", "dim_date"])
    assert [result.status for result in results] == ["success"]


@pytest.mark.parametrize("text", ["6", "a lot", "6GiB; drop table loans", "-1GiB"])
def test_a_limit_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="expected a size such as 6GiB, 500MB or 80%"):
        Settings(duckdb_memory=text)
