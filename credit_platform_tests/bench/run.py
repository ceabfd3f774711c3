"""``make bench``: runs the benchmarks, prints a table and writes bench.json; exit code 1 where a goal is missed."""

import argparse
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from credit_platform.contracts.settings import Settings
from credit_platform_tests.bench.records import Benchmark, Record

TOPICS = ("warehouse", "models", "scorer", "loop")


def registry(topic: str) -> Benchmark:
    """The benchmarks of a topic; imported on demand, so that one topic does not pay for another's libraries."""
    found: Benchmark = importlib.import_module(f"credit_platform_tests.bench.{topic}").benchmarks
    return found


def write_records(path: Path, records: Sequence[Record]) -> None:
    """The records as a JSON list; the old file stays until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as draft:
        json.dump([record.as_json() for record in records], draft, indent=2, allow_nan=False)
        draft.write("\n")
    os.replace(draft.name, path)


def table(records: Sequence[Record]) -> Table:
    out = Table("benchmark", "value", "unit", "against", "times better", "goal", "holds")
    for record in records:
        ratio = "" if record.ratio is None else f"{record.ratio:.2f}"
        holds = "[green]yes[/green]" if record.goal.holds(record) else "[red]no[/red]"
        out.add_row(record.name, f"{record.value:.4g}", record.unit, record.peer or "", ratio, str(record.goal), holds)
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=TOPICS, help="one topic; default: all")
    chosen = parser.parse_args(arguments).only
    # A pipe has no width of its own, and 80 columns would cut every name.
    console, records = Console(width=None if sys.stdout.isatty() else 200), list[Record]()
    for topic in [chosen] if chosen else TOPICS:
        for record in registry(topic)():
            console.print(f"{record.name}: {record.value:.4g} {record.unit}", highlight=False)
            records.append(record)
    path = Settings().home_dir / "bench.json"
    write_records(path, records)
    console.print(table(records))
    console.print(f"written to {path}", highlight=False, soft_wrap=True)
    return 0 if all(record.goal.holds(record) for record in records) else 1


if __name__ == "__main__":
    sys.exit(main())
