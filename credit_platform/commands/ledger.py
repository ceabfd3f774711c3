"""``credit-platform ledger``, ``rollback`` and ``override``: what is in force, since when, and changing it."""

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from credit_platform.builders.business_days import next_business_day
from credit_platform.builders.catalogue import UseCaseError, read_use_case
from credit_platform.commands.exits import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from credit_platform.contracts.challenger import CHAIN, Trial
from credit_platform.contracts.release import ChampionPointer
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.ledger import Recorded, beyond, champion_at
from credit_platform.engine.releases import read_challenger, read_pointer
from credit_platform.engine.trust import trust_of
from credit_platform.resources.challengers import WITNESS, Challengers
from credit_platform.resources.ledger import Ledger
from credit_platform.resources.ledger_store import LedgerConflictError, LedgerError
from credit_platform.resources.model_registry import RegistryError, align_aliases
from credit_platform.resources.promotion import RefusedError
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import Warehouse, WarehouseError


def ledger_command(
    use_case: str, *, verify: bool, at: dt.datetime | None, known_by: dt.datetime | None, as_json: bool
) -> int:
    """Show the entries, or the one in force at a time, or what is wrong with them (exit code 1)."""

    def work(settings: Settings, console: Console) -> tuple[int, dict[str, Any]]:
        if verify:
            return _verified(settings, use_case, console)
        entries = Ledger(settings).entries(use_case)
        if at is None:
            console.print(_table(use_case, entries))
            return EXIT_OK, {"entries": [_row(each) for each in entries]}
        found = champion_at(entries, at.date(), known_by=_utc(known_by))
        console.print(_sentence(at.date(), found), soft_wrap=True)
        return EXIT_OK, {"at": at.date().isoformat(), "champion": None if found is None else _row(found)}

    return _told(use_case, work, as_json=as_json)


def rollback_command(use_case: str, *, to: str | None, reason: str, first: dt.datetime | None, as_json: bool) -> int:
    """Put an earlier release back in force."""

    def work(settings: Settings, console: Console) -> tuple[int, dict[str, Any]]:
        asked = None if first is None else first.date()
        next_day = _next_day(settings, use_case, asked, console)
        pointer = ReleaseStore(settings).rollback(
            use_case, to=to, reason=reason, next_day=next_day, effective_from=asked
        )
        return _in_force(settings, use_case, pointer, console)

    return _told(use_case, work, as_json=as_json)


def override_command(
    use_case: str,
    release_id: str,
    *,
    approvers: Sequence[str],
    reason: str,
    expires: dt.datetime,
    first: dt.datetime | None,
    as_json: bool,
) -> int:
    """Put a release in force although gates of its own are unmet."""

    def work(settings: Settings, console: Console) -> tuple[int, dict[str, Any]]:
        asked = None if first is None else first.date()
        pointer = ReleaseStore(settings).override(
            use_case,
            release_id,
            approvers=approvers,
            reason=reason,
            expires=expires.date(),
            next_day=_next_day(settings, use_case, asked, console),
            effective_from=asked,
        )
        return _in_force(settings, use_case, pointer, console)

    return _told(use_case, work, as_json=as_json)


def _told(use_case: str, work: Callable[[Settings, Console], tuple[int, dict[str, Any]]], *, as_json: bool) -> int:
    """Do it, and say a refusal in one sentence with exit code 2."""
    settings, console = Settings(), Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200)
    try:
        _refuse_unknown(settings, use_case)
        code, found = work(settings, console)
    except (
        UseCaseError, RefusedError, ReleaseError, LedgerError, LedgerConflictError, WarehouseError, ValidationError,
    ) as error:  # fmt: skip
        text = "; ".join(part["msg"] for part in error.errors()) if isinstance(error, ValidationError) else str(error)
        console.print(f"[red]error[/red] {text}", soft_wrap=True)
        code, found = EXIT_USAGE, {"error": text}
    if as_json:
        sys.stdout.write(json.dumps({"use_case": use_case, **found}, allow_nan=False) + "\n")
    return code


def _refuse_unknown(settings: Settings, use_case: str) -> None:
    """UseCaseError for a name that is no use case, or that of a broken one which the ledger does not know either."""
    try:
        read_use_case(settings, use_case)
    except UseCaseError:
        if not Ledger(settings).knows(use_case):
            raise


def _next_day(settings: Settings, use_case: str, asked: dt.date | None, console: Console) -> dt.date:
    """The next business day to be scored, from the warehouse.

    Whoever names the day is not held up by a warehouse that cannot be read: an emergency needs the ledger alone.
    """
    try:
        return next_business_day(read_use_case(settings, use_case), Warehouse(settings))
    except (UseCaseError, WarehouseError) as error:
        if asked is None:
            raise WarehouseError(
                f"the next business day is not known ({error}); name the first day that nothing was scored for with "
                "--from YYYY-MM-DD"
            ) from error
        console.print(f"[yellow]unchecked[/yellow]   {asked} was not compared with the days scored: {error}")
        return asked


def _verified(settings: Settings, use_case: str, console: Console) -> tuple[int, dict[str, Any]]:
    entries, problems = Ledger(settings).examined(use_case)
    if not problems:
        try:
            copy = read_pointer(settings.releases, use_case, trust=trust_of(settings))
            problems = ReleaseStore(settings).pointers.lost(use_case, entries, copy)
            if copy is None and entries:
                problems.append(
                    f"there is no champion pointer beside the releases that would vouch for entry {len(entries)} being "
                    "the last; the next run writes one"
                )
        except ReleaseError as error:
            problems = [str(error)]
    challenges, others = Ledger(settings).examined(use_case + CHAIN)
    if not others:
        try:
            others = beyond(
                challenges, read_challenger(settings.releases, use_case, trust=trust_of(settings)), witness=WITNESS
            )
        except ReleaseError as error:
            others = [str(error)]
    problems += others
    for problem in problems:
        console.print(f"[red]broken[/red]  {problem}", soft_wrap=True)
    if not problems:
        number = len(entries) + len(challenges)
        console.print(f"{number} entries, every hash, place and signature as it was written")
    return (EXIT_FAILED if problems else EXIT_OK), {"entries": len(entries), "problems": problems}


def _in_force(
    settings: Settings, use_case: str, pointer: ChampionPointer | None, console: Console
) -> tuple[int, dict[str, Any]]:
    if pointer is None:
        raise RefusedError("nothing is in force")
    until = "" if pointer.override is None else f", by an override until {pointer.override.expires}"
    console.print(
        f"Champion    {pointer.release_id} from {pointer.effective_from} on (entry {pointer.sequence}{until})",
        soft_wrap=True,
    )
    _mirrored(settings, use_case, console)
    return EXIT_OK, {"champion": pointer.model_dump(mode="json")}


def _mirrored(settings: Settings, use_case: str, console: Console) -> None:
    """Move MLflow's aliases: what has moved already is not undone, nor is anybody held up, by a mirror of it."""
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    try:
        align_aliases(settings, use_case)
    except RegistryError as error:
        console.print(f"[yellow]later[/yellow]       {error}", soft_wrap=True)


def _sentence(day: dt.date, found: Recorded | None) -> str:
    if found is None:
        return f"{day}: no release was in force"
    entry = found.entry
    return (
        f"{day}: {entry.release_id}, by {entry.kind} {entry.sequence}, in force from {entry.effective_from} on, "
        f"recorded {entry.recorded_at:%Y-%m-%d %H:%M:%S} UTC by {entry.recorded_by}"
    )


def _row(found: Recorded) -> dict[str, Any]:
    return {**found.entry.model_dump(mode="json"), "sha256": found.sha256}


def _table(use_case: str, entries: Sequence[Recorded]) -> Table:
    table = Table(title=f"Ledger of {use_case}", title_justify="left")
    for column in ("entry", "what", "release", "from", "recorded (UTC)", "by", "gates", "reason"):
        table.add_column(column)
    for each in entries:
        entry = each.entry
        by = ", ".join((entry.recorded_by, *entry.approvers))
        until = "" if entry.expires is None else f" (until {entry.expires})"
        table.add_row(
            str(entry.sequence),
            entry.kind + until,
            entry.release_id,
            str(entry.effective_from),
            f"{entry.recorded_at:%Y-%m-%d %H:%M:%S}",
            by,
            "met" if entry.is_passed else "; ".join(entry.unmet),
            entry.reason,
        )
    return table


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    return None if moment is None else moment.replace(tzinfo=dt.UTC)


def challenger_command(
    use_case: str, release_id: str | None, *, trial: Trial | None, reason: str, as_json: bool
) -> int:
    """Try a release beside the champion (``trial``), or withdraw the challenger."""

    def work(settings: Settings, console: Console) -> tuple[int, dict[str, Any]]:
        store = Challengers(settings)
        if trial is None or release_id is None:
            pointer = store.withdraw(use_case, reason=reason)
        else:
            pointer = store.challenge(use_case, release_id, trial=trial, reason=reason)
        if pointer is None:
            raise RefusedError("there is no challenger")
        tried = (
            "withdrawn" if pointer.trial is None else f"{pointer.trial.mode} for {pointer.trial.share:g}% of entities"
        )
        console.print(f"Challenger  {pointer.release_id}: {tried} (entry {pointer.sequence})", soft_wrap=True)
        _mirrored(settings, use_case, console)
        return EXIT_OK, {"challenger": pointer.model_dump(mode="json")}

    return _told(use_case, work, as_json=as_json)
