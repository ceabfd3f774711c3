"""``credit-platform quarantine``: what was set apart and why, as a file to put right, and back again."""

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from credit_platform.builders.catalogue import UseCaseError
from credit_platform.builders.execution import run_use_case
from credit_platform.builders.quarantine import BrokenRule, Taken, broken_rules, export, take
from credit_platform.commands.exits import EXIT_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from credit_platform.contracts.settings import Settings
from credit_platform.resources.instance import BusyError
from credit_platform.resources.warehouse import WarehouseError
from credit_platform.sources import SourceError

SHOWN = 50
"""Lines of the table; --json gives all."""


def quarantine_command(
    use_case: str,
    *,
    day: dt.date | None,
    source: str | None,
    export_to: Path | None,
    reingest: Path | None,
    as_json: bool,
) -> int:
    """List, export or take back; a wrong request is a pointed error with exit code 2."""
    settings, console = Settings(), Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200)
    try:
        if reingest is not None:
            return _take_back(settings, use_case, reingest, console, as_json=as_json)
        rules = broken_rules(settings, use_case, day=day, source=source)
        if export_to is not None:
            export_to.write_bytes(export(settings, use_case, rules))
            console.print(f"{_records(rules):,} records in {export_to}: put them right, then --reingest {export_to}")
    except (UseCaseError, BusyError, SourceError, WarehouseError, ValueError) as error:
        console.print(f"[red]error[/red] {error}", soft_wrap=True)
        if as_json:
            _print_json({"use_case": use_case, "error": str(error)})
        return EXIT_USAGE
    if as_json:
        _print_json({"use_case": use_case, "records": _records(rules), "rules": [rule.as_json() for rule in rules]})
    elif export_to is None:
        _print_table(console, rules)
    return EXIT_OK


def _take_back(settings: Settings, name: str, file: Path, console: Console, *, as_json: bool) -> int:
    """Corrections into the landing folder, then the raw files of that day through the graph, as any other load."""
    taken = take(settings, name, file.read_bytes(), told=file.name)
    outcome = run_use_case(
        settings, name, days=[taken.day] if taken.day else None, stages=("raw",), progress=lambda *_: None
    )
    left = [rule for rule in broken_rules(settings, name) if rule.source_file.endswith(taken.landing_file)]
    told = "taken" if taken.is_changed else "there already"
    console.print(
        f"{taken.corrections:,} corrections of {taken.landing_file} {told}; {_records(left):,} of its records are "
        "still in quarantine"
    )
    for failure in outcome.failures:
        console.print(f"[red]error[/red] {failure}", soft_wrap=True)
    if as_json:
        _print_json(_as_json(taken, left))
    if not outcome.is_success:
        return EXIT_FAILED
    return EXIT_INCOMPLETE if left else EXIT_OK


def _as_json(taken: Taken, left: Sequence[BrokenRule]) -> dict[str, object]:
    return {
        "use_case": taken.use_case.name,
        "landing_file": taken.landing_file,
        "corrections": taken.corrections,
        "is_changed": taken.is_changed,
        "still_in_quarantine": _records(left),
    }


def _records(rules: Sequence[BrokenRule]) -> int:
    return len({(rule.source, rule.source_file, rule.source_line) for rule in rules})


def _print_table(console: Console, rules: Sequence[BrokenRule]) -> None:
    table = Table("source", "file", "line", "column", "rule", "found", "expected")
    for rule in rules[:SHOWN]:
        place = (rule.source, rule.source_file, str(rule.source_line))
        table.add_row(*place, rule.column_name, rule.rule, rule.found, rule.expected)
    console.print(table)
    console.print(f"{_records(rules):,} records break {len(rules):,} rules; --json lists all of them, with their text")


def _print_json(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")
