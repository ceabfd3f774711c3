"""Metrics of several workers: each leaves its own in a file every second, and whoever is scraped tells them all.

Prometheus' own multiprocess mode maps every sample to a file and cannot take a series back, and a champion that was
replaced is one; so each worker's series carry its process id instead, and Prometheus adds them up.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_EVERY_SECONDS = 1.0
_STALE_SECONDS = 10.0


class WorkerMetrics:
    """The expositions of the workers of one server, by process id in one folder."""

    def __init__(self, home: Path, own: Callable[[], bytes]) -> None:
        # Workers of one server have one parent.
        self._folder = home / "metrics" / str(os.getppid())
        self._worker, self._own = str(os.getpid()), own
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="metrics", daemon=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Writes every second, and takes this worker's file away at the end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        yield
        self._stop.set()
        self._thread.join()
        (self._folder / self._worker).unlink(missing_ok=True)

    def exposition(self) -> bytes:
        """This worker's as it is now, the others' as of a second ago; of a worker that is gone nothing is told."""
        others = [file for file in sorted(self._folder.glob("[0-9]*")) if file.name != self._worker]
        told = [(file.name, text) for file in others if (text := _fresh(file)) is not None]
        return merged([(self._worker, self._own().decode()), *told]).encode()

    def _write_on(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            draft = self._folder / f".{self._worker}"
            draft.write_bytes(self._own())
            draft.replace(self._folder / self._worker)


def _fresh(file: Path) -> str | None:
    """What another worker wrote lately; None where it has ended."""
    try:
        is_fresh = time.time() - file.stat().st_mtime < _STALE_SECONDS
        return file.read_text() if is_fresh else None
    except FileNotFoundError:
        return None


def merged(expositions: Iterable[tuple[str, str]]) -> str:
    """One exposition of several in Prometheus' text format: each family once, each sample with its ``worker``."""
    families: dict[str, list[str]] = {}
    for worker, text in expositions:
        lines: list[str] = []
        for line in text.splitlines():
            if line.startswith("# HELP "):
                lines = families.setdefault(line.split(" ", 3)[2], [line])
            elif line.startswith("#"):
                if line not in lines:
                    lines.append(line)
            else:
                lines.append(_labelled(line, worker))
    return "".join(f"{line}\n" for lines in families.values() for line in lines)


def _labelled(sample: str, worker: str) -> str:
    name, brace, rest = sample.partition("{")
    if brace:
        return f'{name}{{worker="{worker}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{worker="{worker}"}} {value}'
