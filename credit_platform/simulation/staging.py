"""Files appear whole or not at all: written in a hidden folder beside their place, then renamed into it."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

STAGING_FOLDER = ".simulating"


class Staging:
    """Collects CSV files under ``folder/.simulating`` and publishes them together.

    Two simulations must not write into one folder at a time. A killed one leaves only its hidden folder, which the
    next one removes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hidden = folder / STAGING_FOLDER
        self._names: dict[str, None] = {}

    def __enter__(self) -> Self:
        if self._hidden.exists():
            shutil.rmtree(self._hidden)
        self._hidden.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._hidden)

    def append(self, name: str, frame: pd.DataFrame) -> None:
        """Add rows to a file; the header is written with the first of them."""
        is_new = name not in self._names
        frame.to_csv(self._hidden / name, mode="w" if is_new else "a", header=is_new, index=False, lineterminator="\n")
        self._names[name] = None

    def publish(self, *, replaces: frozenset[str]) -> tuple[Path, ...]:
        """Rename every file into place, then drop older CSV files whose names ``replaces`` holds."""
        for name in self._names:
            (self._hidden / name).replace(self.folder / name)
        for old in sorted(self.folder.glob("*.csv")):
            if old.name not in self._names and old.name in replaces:
                old.unlink()
        return tuple(self.folder / name for name in self._names)
