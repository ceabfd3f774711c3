"""The optional report: absent unless asked for, and a pointed message where its library is missing."""

from pathlib import Path

import dagster as dg
import pytest

from credit_platform.builders import evidently
from credit_platform.builders.catalogue import read_use_case
from credit_platform.builders.evidently import HOW_TO_INSTALL, evidently_assets
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse
from credit_platform.resources.workbench import Workbench


@pytest.fixture
def use_case(project_root: Path) -> UseCase:
    return read_use_case(Settings(project=project_root), "credit_default")


def _asking(use_case: UseCase) -> UseCase:
    return use_case.model_copy(update={"monitoring": use_case.monitoring.model_copy(update={"evidently": True})})


def test_a_use_case_that_does_not_ask_for_it_has_no_such_asset(use_case: UseCase) -> None:
    assert evidently_assets(use_case) == []
    keys = [asset.key.to_user_string() for asset in evidently_assets(_asking(use_case))]
    assert keys == ["credit_default/monitoring/evidently_report"]


def test_without_the_library_the_night_goes_on_and_says_how_to_install_it(
    use_case: UseCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidently, "is_installed", lambda: False)
    settings = Settings(home=tmp_path)
    resources = {"warehouse": Warehouse(settings), "workbench": Workbench(settings)}
    found = dg.materialize(evidently_assets(_asking(use_case)), partition_key="2022-12-01", resources=resources)
    assert found.success
    checks = found.get_asset_check_evaluations()
    assert [(check.passed, check.description) for check in checks] == [(False, HOW_TO_INSTALL)]
    assert not (tmp_path / "reports").exists()
