"""One broken use case shows its error and leaves the others whole, however it is broken."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from credit_platform.definitions import defs
from credit_platform_tests.graph.projects import CHECKOUT, STAR, USE_CASES

PRINT_THE_GRAPH = """
import json, sys
from credit_platform.definitions import defs
graph = defs().get_repository_def().asset_graph
assets = [[node.key.to_user_string(), node.group_name, node.description or ""] for node in graph.asset_nodes]
sys.stdout.write(json.dumps(assets))
"""
WHOLE = "risk_classifier"
NO_CODE = shutil.ignore_patterns("__pycache__", "target", "logs", "use_cases")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with one good use case, one with an unknown attribute and one whose dbt model refers to nothing."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(CHECKOUT / "credit_platform", root / "credit_platform", ignore=NO_CODE)
    shutil.copytree(CHECKOUT / STAR, root / STAR, ignore=NO_CODE)
    shutil.copy(CHECKOUT / "pyproject.toml", root)
    for name in (WHOLE, "misspelt", "dangling"):
        shutil.copytree(CHECKOUT / USE_CASES / WHOLE, root / USE_CASES / name)
        file = root / USE_CASES / name / "defs.yaml"
        file.write_text(file.read_text().replace(f"name: {WHOLE}", f"name: {name}", 1))
    misspelt = root / USE_CASES / "misspelt" / "defs.yaml"
    misspelt.write_text(misspelt.read_text().replace("  task: binary", "  task: binary\n  colour: blue"))
    for folder in ("models", "tests"):
        shutil.copytree(root / STAR / folder / WHOLE, root / STAR / folder / "dangling")
    model = root / STAR / "models" / "dangling" / "marts" / "fct_samples.sql"
    model.write_text(model.read_text().replace("stg_samples__samples", "stg_nowhere"))
    return root


def _loaded(root: Path) -> dict[str, tuple[str, str]]:
    """Asset -> (group, description) as Dagster's tools load them, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREDIT_PLATFORM_")}
    environment = {**kept, "PYTHONPATH": str(root), "CREDIT_PLATFORM_PROJECT": str(root)}
    command = [sys.executable, "-W", "ignore", "-c", PRINT_THE_GRAPH]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=240, check=False, text=True)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return {key: (group, description) for key, group, description in found}


def _of(assets: dict[str, tuple[str, str]], name: str) -> list[str]:
    return sorted(key for key in assets if key.startswith(f"{name}/"))


def test_broken_use_cases_become_placeholders_with_their_errors(checkout: Path) -> None:
    assets = _loaded(checkout)
    assert _of(assets, "misspelt") == ["misspelt/configuration_error"]
    assert "misspelt/defs.yaml has 1 problem(s): colour: " in assets["misspelt/configuration_error"][1]
    assert _of(assets, "dangling") == ["dangling/configuration_error"]
    assert "stg_nowhere" in assets["dangling/configuration_error"][1]
    assert len(_of(assets, WHOLE)) > 35
    assert f"{WHOLE}/release/champion" in assets


def test_a_file_that_is_no_yaml_is_a_placeholder_too(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / USE_CASES / "misspelt" / "defs.yaml").write_text("type: [unclosed\n  attributes: {")
    for name in [name for name in os.environ if name.startswith("CREDIT_PLATFORM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CREDIT_PLATFORM_PROJECT", str(checkout))
    graph = defs().get_repository_def().asset_graph
    assets = {node.key.to_user_string(): (node.group_name, node.description or "") for node in graph.asset_nodes}
    assert _of(assets, "misspelt") == ["misspelt/configuration_error"]
    assert "misspelt/defs.yaml is not YAML" in assets["misspelt/configuration_error"][1]
    assert len(_of(assets, WHOLE)) > 35
