"""What assets of one use case hand to each other: arrays and a JSON document in one file, never a pickle."""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from credit_platform.contracts.settings import Settings

_DOCUMENT = "__document__"


@dataclass(frozen=True)
class Piece:
    """One handed-over result and the SHA-256 of its file."""

    arrays: Mapping[str, np.ndarray]
    document: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True)
class Workbench:
    """Named pieces per use case, each replaced by one atomic rename."""

    settings: Settings

    def path(self, use_case: str, name: str) -> Path:
        return self.settings.home_dir / "workbench" / use_case / f"{name}.npz"

    def report_path(self, use_case: str, name: str) -> Path:
        """Where a report for people goes, beside the pieces."""
        return self.settings.home_dir / "reports" / use_case / name

    def trials_folder(self, use_case: str) -> Path:
        """Where searches keep their trials, one file each, so that a killed one goes on."""
        path = self.settings.home_dir / "tuning" / use_case
        path.mkdir(parents=True, exist_ok=True)
        return path

    def save(self, use_case: str, name: str, *, arrays: Mapping[str, np.ndarray], document: Mapping[str, Any]) -> str:
        """Write a piece; returns its SHA-256."""
        buffer = io.BytesIO()
        encoded = json.dumps(document, sort_keys=True, default=str).encode()
        np.savez(buffer, allow_pickle=False, **{**arrays, _DOCUMENT: np.frombuffer(encoded, dtype=np.uint8)})
        content = buffer.getvalue()
        write_atomically(self.path(use_case, name), content)
        return hashlib.sha256(content).hexdigest()

    def load(self, use_case: str, name: str) -> Piece:
        """Read a piece; a missing one is a pointed error."""
        path = self.path(use_case, name)
        if not path.exists():
            raise FileNotFoundError(
                f"{use_case}/{name} has not been materialised yet; materialise it first, "
                f"for example with: credit-platform run {use_case}"
            )
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files if key != _DOCUMENT}
            document = json.loads(stored[_DOCUMENT].tobytes())
        return Piece(arrays=arrays, document=document, sha256=hashlib.sha256(content).hexdigest())

    def save_report(self, use_case: str, name: str, content: str | bytes) -> Path:
        """Write a report for people and say where it is."""
        path = self.report_path(use_case, name)
        write_atomically(path, content if isinstance(content, bytes) else content.encode())
        return path


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
