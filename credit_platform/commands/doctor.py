"""``credit-platform doctor``: is this installation able to run, and what does it hold?"""

import json
import os
import platform
import sys
from importlib.metadata import version

from credit_platform.builders.catalogue import UseCaseError, read_use_case, use_case_names
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError
from credit_platform.resources.engines import engine_for
from credit_platform.resources.engines.base import WarehouseError
from credit_platform.resources.releases import ReleaseStore
from credit_platform.sources import SourceError, landing_folder

PACKAGES = ("dagster", "dbt-core", "duckdb", "pandas", "scikit-learn", "lightgbm", "xgboost", "mlflow", "shap")


def doctor_command(*, as_json: bool) -> int:
    """Exit code 0 when every line is ok, 1 otherwise."""
    settings = Settings()
    names = use_case_names(settings)
    lines = [_python(), *_packages(), _folder(settings), *(_use_case(settings, name) for name in names)]
    lines += [_warehouse(settings, name) for name in names]
    for name, is_ok, text in lines:
        sys.stderr.write(f"{'ok  ' if is_ok else 'FAIL'} {name:<28} {text}\n")
    if as_json:
        found = [{"check": name, "ok": is_ok, "found": text} for name, is_ok, text in lines]
        sys.stdout.write(json.dumps({"ok": all(line[1] for line in lines), "checks": found}) + "\n")
    return 0 if all(line[1] for line in lines) else 1


_Line = tuple[str, bool, str]


def _python() -> _Line:
    return "python", sys.version_info >= (3, 11), platform.python_version()


def _packages() -> list[_Line]:
    return [(package, True, version(package)) for package in PACKAGES]


def _folder(settings: Settings) -> _Line:
    home = settings.home_dir
    home.mkdir(parents=True, exist_ok=True)
    return "home", os.access(home, os.W_OK), str(home)


def _warehouse(settings: Settings, name: str) -> _Line:
    label = f"warehouse {name}"
    try:
        return label, True, engine_for(settings, name).reached()
    except WarehouseError as error:
        return label, False, str(error)


def _use_case(settings: Settings, name: str) -> _Line:
    label = f"use case {name}"
    try:
        folder = landing_folder(settings.landing, read_use_case(settings, name))
        pointer = ReleaseStore(settings).pointer(name)
        if pointer is None:
            return label, True, f"files in {folder}; no champion yet: credit-platform run {name}"
        loaded = ReleaseStore(settings).champion(name)
    except (UseCaseError, SourceError, EngineError, WarehouseError) as error:
        return label, False, str(error)
    return label, True, f"files in {folder}; champion {pointer.release_id} ({loaded.release.algorithm}), verified"
