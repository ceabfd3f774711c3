"""Who may import whom: the table of the architecture and a checker that reads source, never runs it."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "credit_platform"
UNSAFE = frozenset({"pickle", "shelve", "marshal", "joblib", "cloudpickle", "dill"})
"""Loaders that run code: no layer writes or reads them."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What a layer may import beside the standard library and itself: sibling layers and top-level packages."""

    layers: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported module, absolute, and where."""

    module: str
    path: Path
    line: int


def _layer(layers: str = "", packages: str = "") -> Layer:
    return Layer(layers=frozenset(layers.split()), packages=frozenset(packages.split()))


_FRAMES = "numpy pandas"
_DAGSTER = "dagster dagster_dbt dagster_mlflow dagster_postgres dagster_shared"
_DRIVERS = "dbt duckdb fsspec mlflow psycopg2 pyarrow sqlalchemy"

LAYERS: dict[str, Layer] = {
    "contracts": _layer("", "pydantic pydantic_settings"),
    "statistics": _layer("", f"{_FRAMES} scipy statsmodels"),
    "modelling": _layer(
        "contracts statistics", f"{_FRAMES} scipy statsmodels sklearn threadpoolctl xgboost lightgbm optuna"
    ),
    "explanation": _layer("contracts statistics", f"{_FRAMES} scipy sklearn xgboost shap matplotlib jinja2 evidently"),
    "sources": _layer("contracts", f"{_FRAMES} pyarrow duckdb pandera fsspec azure botocore"),
    "simulation": _layer("contracts", f"{_FRAMES} pyarrow duckdb pandera fsspec"),
    "engine": _layer("contracts", "numpy xgboost fsspec cryptography sqlglot psycopg2 redis"),
    "resources": _layer("contracts engine", f"{_DAGSTER} {_DRIVERS} {_FRAMES} pydantic yaml"),
    "builders": _layer(
        "contracts statistics modelling explanation sources simulation engine resources",
        f"{_DAGSTER} {_DRIVERS} {_FRAMES} pydantic yaml xgboost",
    ),
    "components": _layer("contracts resources builders", f"{_DAGSTER} pydantic yaml"),
    "defs": _layer("contracts resources builders components", _DAGSTER),
    "definitions": _layer("contracts builders components", "dagster"),
    "scorer": _layer(
        "contracts engine",
        "cryptography fastapi jwt numpy opentelemetry prometheus_client pydantic pydantic_settings starlette uvicorn",
    ),
    "client": _layer("contracts", "httpx pydantic"),
    "commands": _layer(
        "contracts engine sources simulation resources builders definitions scorer client",
        f"{_DAGSTER} {_FRAMES} click rich uvicorn yaml pydantic",
    ),
    "cli": _layer("contracts commands scorer", "click uvicorn"),
    "dashboard": _layer("", "httpx streamlit"),
}
"""Nothing but the loader of definitions, by path, may reach ``defs``: no layer lists it."""


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def layer_of(module: str) -> str | None:
    """Layer of a module of the package; None for the package itself and for anything outside."""
    parts = module.split(".")
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else None


def module_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _base_of(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    kept = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _named_by_call(node: ast.Call) -> Iterator[str]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in {"import_module", "__import__"}:
        yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str))


def imports_of(path: Path, root: Path) -> Iterator[Import]:
    """Every import of a file: at its top, inside functions, under TYPE_CHECKING, by ``import_module("...")``."""
    module, is_package = module_of(path, root), path.name == "__init__.py"
    for node in ast.walk(parse(path)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base_of(node, module, is_package)
            names = [f"{base}.{alias.name}" for alias in node.names] if base == PACKAGE else [base]
        elif isinstance(node, ast.Call):
            names = list(_named_by_call(node))
        yield from (Import(module=name, path=path, line=getattr(node, "lineno", 0)) for name in names)


def _fault(imported: Import, own: str) -> str | None:
    top, target, rule = imported.module.split(".")[0], layer_of(imported.module), LAYERS[own]
    if top in UNSAFE:
        return f"{own} imports {imported.module}, which loads code; store data instead"
    if target is not None:
        return None if target == own or target in rule.layers else f"{own} may not import {PACKAGE}.{target}"
    if top == PACKAGE or top in sys.stdlib_module_names or top in rule.packages:
        return None
    return f"{own} may not import {top}; it may import {', '.join(sorted(rule.packages)) or 'the standard library'}"


def forbidden_imports(root: Path) -> list[str]:
    """One sentence for each import below ``root/credit_platform`` that the table does not allow."""
    found: list[str] = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        own = layer_of(module_of(path, root))
        if own is None:
            continue
        where = path.relative_to(root)
        if own not in LAYERS:
            found.append(f"{where}: {own!r} is no layer; layers: {', '.join(LAYERS)}")
            continue
        for imported in imports_of(path, root):
            fault = _fault(imported, own)
            if fault is not None:
                found.append(f"{where}:{imported.line}: {fault}")
    return found
