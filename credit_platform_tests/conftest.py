"""Fixtures that every layer's tests share, the guard against unnoticed skips, and the order of the tests."""

import gc
import os
import shutil
from pathlib import Path

import pytest

from credit_platform.commands.process import set_up_process
from credit_platform_tests.sharing import pytest_collection_modifyitems, pytest_xdist_make_scheduler
from credit_platform_tests.skips import ALLOWED, pytest_configure

__all__ = [
    "chromium",
    "project_root",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_xdist_make_scheduler",
    "real_data_dir",
]

REAL_DATA = "CREDIT_PLATFORM_REAL_DATA_DIR"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


# What a test session imports stays, and most of it is imported while tests are collected.
set_up_process()


def pytest_collection_finish() -> None:
    """No round of the garbage collector need look at the libraries again."""
    gc.freeze()


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout that these tests belong to."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data_dir(project_root: Path) -> Path:
    """Landing root with the third-party files: beside the checkout, or where the environment says."""
    named = os.environ.get(REAL_DATA)
    folder = Path(named) if named else project_root.parent / "shared" / "data" / "raw"
    if not folder.is_dir():
        pytest.skip(f"{ALLOWED}: {folder} does not exist; set {REAL_DATA} to the folder that holds <use_case>/")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a headless-capable browser."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is on the PATH; on Debian: apt-get install chromium")
