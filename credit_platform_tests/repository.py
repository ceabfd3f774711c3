"""What the checkout holds, read from the files that a clone would have."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GENERATED = frozenset({"__pycache__", "target", "logs", "dbt_packages", "curated"})
DOT_FOLDERS = frozenset({".ci", ".github"})
BINARY = frozenset({".png", ".ubj", ".parquet", ".csv"})
MACHINE_PATH = re.compile(r"(?<![\w.:$}])/(?:work|root|home/\w+|Users/\w+|tmp)/[\w.-]")
REMOTE_INDEX = re.compile(r"--(?:extra-)?index-url|--find-links|^-[if] |https?://", re.MULTILINE)


def _is_generated(name: str) -> bool:
    return name in GENERATED or name.endswith(".egg-info") or (name.startswith(".") and name not in DOT_FOLDERS)


def source_files(root: Path) -> Iterator[Path]:
    """Text files that belong to the repository, dotfiles of the top level included, in order of their paths."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not _is_generated(name))  # never walks 100,000 files of .venv
        for name in sorted(names):
            path = Path(folder, name)
            if name != ".git" and path.suffix not in BINARY:  # .git is a file in a worktree: where the checkout is
                yield path


def machine_paths(root: Path, files: Iterator[Path]) -> list[str]:
    """Absolute paths of some machine's work, home or temporary folder."""
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]


def project_table(root: Path) -> dict[str, Any]:
    """The ``[project]`` table of pyproject.toml."""
    return dict(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def distribution(requirement: str) -> str:
    """Normalised name of a requirement: ``pandera[pandas]>=0.29`` -> ``pandera``."""
    return re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def declared(root: Path, *extras: str) -> set[str]:
    """Distributions that the project itself and the named extras require."""
    project = project_table(root)
    required = list(project["dependencies"])
    for extra in extras:
        required += project["optional-dependencies"][extra]
    return {distribution(requirement) for requirement in required}


def locked(path: Path) -> dict[str, list[str]]:
    """Distribution -> its hashes, for every pin of a requirement file; one entry a pin, markers kept apart."""
    pins: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", path.read_text(encoding="utf-8")):
        pin = re.match(r"[A-Za-z0-9._-]+==[^\s\\]+(?: ; [^\\]+)?", block)
        if pin is not None:
            pins[pin.group().strip()] = re.findall(r"--hash=sha256:[0-9a-f]{64}", block)
    return pins
