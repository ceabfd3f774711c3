"""Reading files under their contract, every bad row told apart, against a reader that checks nothing."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from credit_platform.builders.catalogue import read_use_case
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.sources import find_layout, landing_folder, read_once
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import side_by_side

Read = Callable[[Path], object]

USE_CASE = "credit_default"
PEERS: dict[str, tuple[str, Read, float]] = {
    "duckdb": ("DuckDB read_csv, no contract, no line numbers", lambda path: duckdb.read_csv(str(path)).df(), 0.01),
    "pandas": ("pandas read_csv, no contract, no line numbers", lambda path: pd.read_csv(path), 0.05),
}
"""Name -> what it is, how it reads, and the least share of its speed that a fully checked ingest must keep."""


def benchmarks() -> Iterator[Record]:
    """The labelled history of the committed portfolio."""
    settings = Settings()
    use_case = read_use_case(settings, USE_CASE)
    folder = landing_folder(settings.landing, use_case)
    source = _history(use_case)
    path = _local_path(source, folder)
    rows = read_once(source, folder).total_rows
    for name, (peer, read, least) in PEERS.items():
        both = side_by_side(partial(read_once, source, folder), peer=partial(read, path), rounds=3)
        yield Record(
            name=f"warehouse/ingest_{source.name}_against_{name}",
            value=rows / both.ours,
            unit="rows/s",
            peer=peer,
            ratio=both.times_faster,
            goal=Goal(of="ratio", at_least=least),
        )


def _history(use_case: UseCase) -> Source:
    return use_case.sources_of("history")[0]


def _local_path(source: Source, folder: str) -> Path:
    layout = find_layout(source, folder)
    if layout is None:
        raise ValueError(f"benchmark: source {source.name!r} has no file in {folder}; run on the committed portfolio")
    return Path(folder.removeprefix("file://")) / layout.path
