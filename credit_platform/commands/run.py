"""``credit-platform run``: progress while it works, and a closing summary that says where to look next."""

import datetime as dt
import json
import sys
import time

from rich.console import Console

from credit_platform.builders.catalogue import UseCaseError
from credit_platform.builders.execution import RunOutcome, run_use_case
from credit_platform.builders.summary import RunSummary, summarise
from credit_platform.commands.exits import EXIT_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from credit_platform.commands.summary import print_summary
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import EngineError
from credit_platform.resources.dbt import DbtError
from credit_platform.resources.instance import BusyError
from credit_platform.resources.warehouse import WarehouseError
from credit_platform.sources import SourceError


def run_command(
    use_case: str, *, days: list[dt.date] | None, only_nightly: bool, stages: tuple[str, ...], as_json: bool
) -> int:
    """Run, print, and return the exit code."""
    settings, console = Settings(), Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 120)
    progress = _Progress(console)
    started = time.monotonic()
    try:
        outcome = run_use_case(
            settings, use_case, days=days, only_nightly=only_nightly, stages=stages, progress=progress
        )
    except (UseCaseError, BusyError, SourceError, DbtError, WarehouseError, EngineError, ValueError) as error:
        console.print(f"[red]error[/red] {error}", markup=True, soft_wrap=True)
        if as_json:
            _print_json({"use_case": use_case, "error": str(error)})
        return EXIT_USAGE
    summary = summarise(settings, outcome)
    print_summary(console, outcome, summary, seconds=time.monotonic() - started)
    if as_json:
        _print_json(summary.as_json())
    return exit_code(outcome, summary)


def exit_code(outcome: RunOutcome, summary: RunSummary) -> int:
    if not outcome.is_success:
        return EXIT_FAILED
    return EXIT_INCOMPLETE if summary.refusals or outcome.failed_checks else EXIT_OK


def _print_json(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")
    sys.stdout.flush()


class _Progress:
    """One line a finished step, with its seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, step: str, state: str, seconds: float | None) -> None:
        name = step.replace("__", "/")
        if state == "recovered":
            self._console.print(f"  recovered: run {step[:8]} of a killed process is closed, its slots are free")
        elif state == "done":
            self._console.print(f"  [green]✓[/green] {name:<60} {seconds:7.1f} s")
        elif state == "failed":
            self._console.print(f"  [red]✗[/red] {name}")
