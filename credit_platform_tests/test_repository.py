"""The checkout is what was promised: its top level, its declared packages, its locks, nothing of one machine."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from credit_platform_tests.layers import PACKAGE, imports_of
from credit_platform_tests.repository import (
    REMOTE_INDEX,
    declared,
    distribution,
    locked,
    machine_paths,
    project_table,
    source_files,
)

REQUIRED = {
    "README.md", "LICENSE", "Makefile", "credit_platform", "credit_platform_tests", "data", "dbt_star_schema", "docker",
    "pyproject.toml", "workspace.yaml", ".ci", ".github", ".gitignore", ".pre-commit-config.yaml",
}  # fmt: skip
PLATFORM = {
    "dagster", "dagster-webserver", "dagster-postgres", "dagster-mlflow", "pandas", "pandera", "scikit-learn",
    "xgboost", "lightgbm", "shap", "scipy", "sqlalchemy", "duckdb",
}  # fmt: skip
BARRED_FROM_THE_SCORER = {"dagster", "mlflow", "scikit-learn", "joblib", "pandas", "dbt-core", "xgboost", "shap"}
LOCKS = {"bootstrap.txt": 1, "build.txt": 5, "lint.txt": 30, "platform.txt": 150, "scorer.txt": 15}
"""Each lock and the fewest pins that a readable one can hold."""


def test_the_top_level_holds_what_was_promised_and_nothing_else(project_root: Path) -> None:
    present = {path.name for path in project_root.iterdir()}
    visible = {name for name in present if not name.startswith(".")} - {"logs"}
    assert sorted(REQUIRED - present) == []
    assert sorted(visible - REQUIRED) == []


def test_every_required_package_is_declared(project_root: Path) -> None:
    assert sorted(PLATFORM - declared(project_root, "platform")) == []
    assert project_table(project_root)["scripts"] == {"credit-platform": f"{PACKAGE}.cli:main"}


def test_every_third_party_import_of_the_package_is_declared(project_root: Path) -> None:
    known = declared(project_root, "platform", "scorer", "dashboard", "clouds", "evidently", "tracing")
    owners = packages_distributions()
    undeclared: set[str] = set()
    for path in sorted((project_root / PACKAGE).rglob("*.py")):
        for imported in imports_of(path, project_root):
            top = imported.module.split(".")[0]
            if top == PACKAGE or top in sys.stdlib_module_names:
                continue
            if not {distribution(name) for name in owners.get(top, [top])} & known:
                undeclared.add(top)
    assert sorted(undeclared) == []


@pytest.mark.parametrize(("lock", "fewest"), LOCKS.items())
def test_a_lock_names_no_index_and_hashes_every_pin(project_root: Path, lock: str, fewest: int) -> None:
    path = project_root / "docker" / "requirements" / lock
    pins = locked(path)
    assert len(pins) >= fewest
    assert [pin for pin, hashes in pins.items() if not hashes] == []
    assert REMOTE_INDEX.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("lock", "extras"), [("platform.txt", ("platform", "dev")), ("scorer.txt", ("scorer",))])
def test_a_lock_pins_all_that_the_project_declares(project_root: Path, lock: str, extras: tuple[str, ...]) -> None:
    pinned = {distribution(pin) for pin in locked(project_root / "docker" / "requirements" / lock)}
    assert sorted(declared(project_root, *extras) - pinned) == []


def test_the_scorers_lock_holds_no_training_library(project_root: Path) -> None:
    pinned = {distribution(pin) for pin in locked(project_root / "docker" / "requirements" / "scorer.txt")}
    assert sorted(BARRED_FROM_THE_SCORER & pinned) == []
    assert "xgboost-cpu" in pinned


def test_no_file_names_a_folder_of_one_machine(project_root: Path) -> None:
    assert machine_paths(project_root, source_files(project_root)) == []


def test_a_machine_path_would_be_found(tmp_path: Path) -> None:
    text = "a = '/ho" + "me/ann/x'\nb = 'https://x.org/home/page'\nc = './tmp/y'\nd = '/ro" + "ot/.cache'\n"
    (tmp_path / "planted.py").write_text(text, encoding="utf-8")
    assert [found.split(": ")[0] for found in machine_paths(tmp_path, source_files(tmp_path))] == [
        "planted.py:1",
        "planted.py:4",
    ]


def test_the_licence_is_the_declared_one(project_root: Path) -> None:
    assert project_table(project_root)["license"] == "Apache-2.0"
    text = (project_root / "LICENSE").read_text(encoding="utf-8")
    assert re.search(r"Apache License\s+Version 2.0, January 2004", text)
    assert "END OF TERMS AND CONDITIONS" in text


def test_make_offers_every_promised_target(project_root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (project_root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    promised = {"install", "demo", "test", "dev", "serve", "lint", "docs", "bench", "lock", "clean"}
    assert sorted(promised - targets) == []
