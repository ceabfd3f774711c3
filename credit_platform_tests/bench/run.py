"""``make bench``: runs the benchmarks, prints a table and writes bench.json; exit code 1 where a goal is missed."""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from credit_platform.contracts.settings import Settings
from credit_platform_tests.bench.records import Benchmark, Written

TOPICS: dict[str, tuple[str, ...]] = {
    "warehouse": (
        "warehouse_reading",
        "warehouse_engines",
        "warehouse_scale",
        "warehouse_windows",
        "warehouse_kills",
        "warehouse_poison",
    ),
    "models": (
        "models",
        "parity",
        "bulk",
        "reasons",
        "advice",
        "calibration",
        "training",
        "optimism",
        "public_files",
        "card",
        "promotion",
    ),
    "scorer": (
        "scorer",
        "feature_program",
        "scorer_load",
        "scorer_budget",
        "scorer_bulk",
        "scorer_swaps",
        "scorer_image",
        "scorer_fuzz",
        "scorer_tampering",
        "journal",
        "scorer_kills",
    ),
    "loop": ("loop",),
    "statistics": ("drift_calibration", "drift_speed", "looks"),
    "reports": ("reports",),
}
"""Topic -> its modules. Each runs in a process of its own: its peak memory is its own, and one that breaks takes no
other's figures with it."""
MODULES = tuple(module for modules in TOPICS.values() for module in modules)

COMMAND = [sys.executable, "-m", "credit_platform_tests.bench.run"]


def registry(module: str) -> Benchmark:
    """The benchmarks of a module; imported on demand, so that one topic does not pay for another's libraries."""
    found: Benchmark = importlib.import_module(f"credit_platform_tests.bench.{module}").benchmarks
    return found


def write_records(path: Path, records: Sequence[Written]) -> None:
    """The records as a JSON list; the old file stays until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as draft:
        json.dump(records, draft, indent=2, allow_nan=False)
        draft.write("\n")
    os.replace(draft.name, path)


def table(records: Sequence[Written]) -> Table:
    out = Table("benchmark", "value", "unit", "against", "times better", "goal", "holds")
    for record in records:
        ratio = "" if record["ratio"] is None else f"{record['ratio']:.2f}"
        holds = "[green]yes[/green]" if record["holds"] else "[red]no[/red]"
        peer, value = record["peer"] or "", f"{record['value']:.4g}"
        out.add_row(record["name"], value, record["unit"], peer, ratio, record["goal"], holds)
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    names = dict.fromkeys([*TOPICS, *MODULES])
    parser.add_argument("--only", choices=names, help="one topic, or one module of it; default: all")
    parser.add_argument("--into", type=Path, default=Settings().home_dir / "bench.json", help="file of the records")
    chosen = parser.parse_args(arguments)
    # A pipe has no width of its own, and 80 columns would cut every name.
    console = Console(width=None if sys.stdout.isatty() else 200)
    if chosen.only in MODULES:
        records, broken = _here(chosen.only, chosen.into, console), list[str]()
    else:
        records, broken = _apart(TOPICS[chosen.only] if chosen.only else MODULES, chosen.into)
    console.print(table(records))
    console.print(f"written to {chosen.into}", highlight=False, soft_wrap=True)
    for text in broken:
        console.print(f"[red]broken[/red] {text}", highlight=False, soft_wrap=True)
    return 0 if not broken and all(record["holds"] for record in records) else 1


def _here(module: str, into: Path, console: Console) -> list[Written]:
    """Run a module's benchmarks; every record is on disk before the next is measured."""
    records = list[Written]()
    write_records(into, records)
    for record in registry(module)():
        console.print(f"{record.name}: {record.value:.4g} {record.unit}", highlight=False)
        records.append(record.as_json())
        write_records(into, records)
    return records


def _apart(modules: Iterable[str], into: Path) -> tuple[list[Written], list[str]]:
    """Run each module in its own process. Gives the records and, in words, the processes that broke."""
    records, broken = list[Written](), list[str]()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for module in modules:
            part = Path(folder) / f"{module}.json"
            command = [*COMMAND, "--only", module, "--into", str(part)]
            code = subprocess.run(command, check=False).returncode
            found: list[Written] = json.loads(part.read_text()) if part.exists() else []
            records += found
            write_records(into, records)
            if code and all(record["holds"] for record in found):
                broken.append(f"{module} ended with exit code {code} after {len(found)} records; its error is above")
    return records, broken


if __name__ == "__main__":
    sys.exit(main())
