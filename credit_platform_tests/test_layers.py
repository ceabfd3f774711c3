"""The architecture holds: each layer imports only what its row of the table allows, and nothing runs at import."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from credit_platform_tests.layers import LAYERS, PACKAGE, forbidden_imports
from credit_platform_tests.vocabulary import (
    INSTANCES,
    overlong_files,
    portfolio_words,
    portfolio_words_in_code,
    work_at_import,
)

SOURCE_ONLY = shutil.ignore_patterns("__pycache__", "*.pyc")


@pytest.fixture
def copy(project_root: Path, tmp_path: Path) -> Path:
    """A copy of the package to plant faults in."""
    shutil.copytree(project_root / PACKAGE, tmp_path / PACKAGE, ignore=SOURCE_ONLY)
    return tmp_path


def _plant(root: Path, where: str, text: str) -> None:
    path = root / PACKAGE / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_no_layer_imports_what_its_row_forbids(project_root: Path) -> None:
    assert forbidden_imports(project_root) == []


PLANTED = [
    ("statistics/planted.py", "import dagster\n", "statistics may not import dagster"),
    ("contracts/planted.py", "from yaml import safe_load\n", "contracts may not import yaml"),
    ("engine/planted.py", "def f():\n    import pickle\n", "engine imports pickle"),
    ("engine/planted.py", "import pandas as pd\n", "engine may not import pandas"),
    ("scorer/planted.py", "def f():\n    from sklearn import tree\n", "scorer may not import sklearn"),
    ("scorer/planted.py", "from credit_platform import modelling\n", "scorer may not import credit_platform.modelling"),
    ("scorer/planted.py", "from ..resources import warehouse\n", "scorer may not import credit_platform.resources"),
    ("modelling/deep/planted.py", "import mlflow.sklearn\n", "modelling may not import mlflow"),
    ("builders/planted.py", "import credit_platform.defs.resources\n", "builders may not import credit_platform.defs"),
    ("builders/planted.py", "import importlib\nimportlib.import_module('fastapi')\n",
     "builders may not import fastapi"),
    ("resources/planted.py", "from credit_platform.builders import x\n",
     "resources may not import credit_platform.builders"),
    ("dashboard/planted.py", "from credit_platform.contracts import base\n",
     "dashboard may not import credit_platform.contracts"),
    ("somewhere/planted.py", "import os\n", "'somewhere' is no layer"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "text", "fault"), PLANTED, ids=[f"{p[0]}-{i}" for i, p in enumerate(PLANTED)])
def test_a_forbidden_import_is_reported_with_its_line(tmp_path: Path, where: str, text: str, fault: str) -> None:
    _plant(tmp_path, where, text)
    found = forbidden_imports(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(f"{PACKAGE}/{where}:")
    assert fault in found[0]


def test_a_forbidden_import_planted_in_the_real_package_is_the_one_found(copy: Path) -> None:
    _plant(copy, "statistics/planted.py", "import os\nimport dagster\n")
    added = [found for found in forbidden_imports(copy) if "planted" in found]
    assert [found.split(";")[0] for found in added] == [
        f"{PACKAGE}/statistics/planted.py:2: statistics may not import dagster"
    ]


def test_no_layer_may_import_instances() -> None:
    assert [name for name, layer in LAYERS.items() if "defs" in layer.layers] == []


def test_no_python_file_of_the_platform_knows_a_portfolio(project_root: Path) -> None:
    assert portfolio_words_in_code(project_root) == []


def test_a_planted_portfolio_word_is_reported(copy: Path) -> None:
    use_case = min((copy / INSTANCES).glob("*/defs.yaml")).parent.name
    column = min(word for word, owner in portfolio_words(copy).items() if owner == use_case and "_" in word)
    _plant(copy, "builders/planted.py", f'A = "{use_case}"\nB = row["{column}"]\n')
    added = [found for found in portfolio_words_in_code(copy) if "planted.py" in found]
    assert [found.split(": ")[0] for found in added] == [
        f"{PACKAGE}/builders/planted.py:1",
        f"{PACKAGE}/builders/planted.py:2",
    ]


def test_no_file_is_long_without_a_reason(project_root: Path) -> None:
    assert overlong_files(project_root, PACKAGE, "credit_platform_tests") == []


def test_a_long_file_passes_only_with_a_reason_at_its_top(copy: Path) -> None:
    _plant(copy, "statistics/planted.py", "x = 1\n" * 251)
    _plant(copy, "statistics/explained.py", "# Longer than 250 lines because it is one table.\n" + "x = 1\n" * 251)
    assert [found for found in overlong_files(copy, PACKAGE) if "planted" in found or "explained" in found] == [
        f"{PACKAGE}/statistics/planted.py: 251 lines; split it, or say at its top '# Longer than 250 lines because ...'"
    ]


def test_nothing_reads_settings_files_or_connections_at_import(project_root: Path) -> None:
    assert work_at_import(project_root) == []


def test_planted_work_at_import_is_reported_and_waiting_work_is_not(copy: Path) -> None:
    _plant(
        copy,
        "resources/planted.py",
        "S = Settings()\n\n\ndef later(x=connect()):\n    return open('a')\n\n\nclass C:\n    t = open('b').read()\n\n"
        "    def m(self):\n        return Settings()\n",
    )
    assert [found.split(" runs")[0] for found in work_at_import(copy) if "planted.py" in found] == [
        f"{PACKAGE}/resources/planted.py:1: Settings()",
        f"{PACKAGE}/resources/planted.py:4: connect()",
        f"{PACKAGE}/resources/planted.py:9: open()",
    ]


HEAVY = ("dagster", "mlflow", "shap", "pandas", "sklearn", "matplotlib", "lightgbm", "xgboost", "duckdb", "dbt")


LEARNING = ("evidently", "lightgbm", "matplotlib", "mlflow", "scipy.stats", "shap", "sklearn", "statsmodels", "xgboost")
"""What steps need and the graph does not: 2 of the 6 s of processor time that loading it took."""


@pytest.mark.parametrize(
    ("module", "libraries"),
    [(f"{PACKAGE}.cli", HEAVY), (f"{PACKAGE}.contracts.use_case", HEAVY), (f"{PACKAGE}.builders.execution", LEARNING)],
)
def test_importing_what_answers_at_once_loads_no_heavy_library(
    project_root: Path, tmp_path: Path, module: str, libraries: tuple[str, ...]
) -> None:
    code = f"import json, sys, {module}; print(json.dumps(sorted(m for m in {libraries!r} if m in sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(project_root), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(run.stdout) == []
    assert list(tmp_path.iterdir()) == []
