"""What only a use case's own folder may name or do: portfolio words, long files, work at import."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from credit_platform.contracts.source import Column
from credit_platform_tests.layers import PACKAGE, parse

INSTANCES = Path(PACKAGE) / "defs" / "use_cases"
EXEMPT = (INSTANCES, Path(PACKAGE) / "simulation")
LONGEST_FILE = 250
LENGTH_REASON = re.compile(r"^# Longer than \d+ lines because ", re.MULTILINE)
CALLS_THAT_WORK = frozenset(
    {"Settings", "open", "connect", "create_engine", "getenv", "read_csv", "read_text", "read_bytes", "mkdir",
     "DbtProject", "set_tracking_uri", "load_model", "safe_load"}
)  # fmt: skip
Work = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _is_distinctive(word: str) -> bool:
    """Long and shaped like an identifier, so that plain English in a comment is never mistaken for it."""
    return word.isidentifier() and len(word) > 6 and ("_" in word or not (word.islower() or word.istitle()))


def _columns(source: dict[str, Any]) -> Iterator[str]:
    for declared in source["columns"]:
        column = Column.model_validate(declared)
        yield column.name
        yield column.canonical


def portfolio_words(root: Path) -> dict[str, str]:
    """Distinctive names of every use case (its own, headers, canonical columns, features, states) -> use case."""
    words: dict[str, str] = {}
    for path in sorted((root / INSTANCES).glob("*/defs.yaml")):
        attributes = yaml.safe_load(path.read_text(encoding="utf-8"))["attributes"]
        name = attributes["name"]
        named = [name, path.parent.name]
        for source in attributes["sources"]:
            named += _columns(source)
        for chosen in attributes["features"]["sets"].values():
            named += chosen.get("columns", [])
        for state in attributes.get("states", []):
            named += [state["model"], state["key"], *state["columns"]]
        words |= {word: name for word in named if _is_distinctive(word)}
    return words


def _platform_files(root: Path) -> Iterator[Path]:
    for path in sorted((root / PACKAGE).rglob("*.py")):
        if not any(path.relative_to(root).is_relative_to(folder) for folder in EXEMPT):
            yield path


def portfolio_words_in_code(root: Path) -> list[str]:
    """Every portfolio word in a platform ``.py`` file, comments and docstrings included."""
    words = portfolio_words(root)
    pattern = re.compile(r"\b(" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")\b")
    return [
        f"{path.relative_to(root)}:{number}: {hit!r} belongs to use case {words[hit]!r}; take it from its defs.yaml"
        for path in _platform_files(root)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for hit in pattern.findall(line)
    ]


def overlong_files(root: Path, *folders: str) -> list[str]:
    """Files above the limit whose first ten lines give no reason."""
    found: list[str] = []
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > LONGEST_FILE and not LENGTH_REASON.search("\n".join(lines[:10])):
            found.append(
                f"{path.relative_to(root)}: {len(lines)} lines; split it, or say at its top "
                f"'# Longer than {LONGEST_FILE} lines because ...'"
            )
    return found


def _run_at_import(node: ast.AST) -> Iterator[ast.Call]:
    """Calls that importing executes: function bodies wait, decorators and defaults do not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Work):
            waits = child.body if isinstance(child.body, list) else [child.body]
            for part in ast.iter_child_nodes(child):
                if part not in waits:
                    yield from _calls(part)
        else:
            yield from _calls(child, deep=False)
            yield from _run_at_import(child)


def _calls(node: ast.AST, *, deep: bool = True) -> Iterator[ast.Call]:
    for child in ast.walk(node) if deep else (node,):
        if isinstance(child, ast.Call):
            yield child


def work_at_import(root: Path) -> list[str]:
    """Calls outside any function that read settings, files, the environment or a connection."""
    found: list[str] = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        for call in _run_at_import(parse(path)):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called in CALLS_THAT_WORK:
                found.append(f"{path.relative_to(root)}:{call.lineno}: {called}() runs at import; put it in a function")
    return found
