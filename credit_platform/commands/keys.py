"""``credit-platform keys``: API keys of the scorer, issued, listed and revoked."""

import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from credit_platform.commands.exits import EXIT_OK, EXIT_USAGE
from credit_platform.contracts.api_key import ApiKey
from credit_platform.contracts.caller import EVERY, Scope
from credit_platform.contracts.settings import Settings
from credit_platform.scorer.security.api_keys import KeyFileError, issue, read_keys, revoke

_DEFAULT_SCOPES = ("score", "read")
Work = Callable[[Settings, Console], dict[str, Any]]


def issue_command(
    name: str, *, use_cases: tuple[str, ...], scopes: tuple[str, ...], days: int, rate: float | None, as_json: bool
) -> int:
    """A new key, shown once: on standard output alone, so that it can be piped into a store of secrets."""

    def work(settings: Settings, console: Console) -> dict[str, Any]:
        text, key = issue(
            settings.api_keys, name=name, use_cases=use_cases or (EVERY,), lifetime=dt.timedelta(days=days),
            scopes=TypeAdapter(tuple[Scope, ...]).validate_python(scopes or _DEFAULT_SCOPES), rate_per_second=rate,
        )  # fmt: skip
        console.print(_table([key]))
        console.print("The key, shown this once; only its hash is kept:", soft_wrap=True)
        if not as_json:
            sys.stdout.write(text + "\n")
        return {"key": text, **_row(key)}

    return _told(work, as_json=as_json)


def list_command(*, as_json: bool) -> int:
    """Every key ever issued, revoked and expired ones too."""

    def work(settings: Settings, console: Console) -> dict[str, Any]:
        keys = read_keys(settings.api_keys).keys
        console.print(_table(list(keys)))
        return {"keys": [_row(key) for key in keys]}

    return _told(work, as_json=as_json)


def revoke_command(key_id: str, *, as_json: bool) -> int:
    """A key that is refused from now on."""

    def work(settings: Settings, console: Console) -> dict[str, Any]:
        key = revoke(settings.api_keys, key_id)
        console.print(f"Revoked     {key.id} ({key.name}); running scorers refuse it within a second", soft_wrap=True)
        return _row(key)

    return _told(work, as_json=as_json)


def _told(work: Work, *, as_json: bool) -> int:
    console = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200)
    code = EXIT_OK
    try:
        found = work(Settings(), console)
    except (KeyFileError, ValueError) as error:
        console.print(f"[red]error[/red] {error}", soft_wrap=True)
        code, found = EXIT_USAGE, {"error": str(error)}
    if as_json:
        sys.stdout.write(json.dumps(found, allow_nan=False) + "\n")
    return code


def _row(key: ApiKey) -> dict[str, Any]:
    return {**key.model_dump(mode="json", exclude={"sha256"}), "state": key.state(dt.datetime.now(dt.UTC))}


def _table(keys: list[ApiKey]) -> Table:
    table = Table("id", "name", "use cases", "scopes", "issued (UTC)", "expires", "state")
    for key in keys:
        state = key.state(dt.datetime.now(dt.UTC))
        days = f"{key.issued_at:%Y-%m-%d}", f"{key.expires_at:%Y-%m-%d}"
        table.add_row(key.id, key.name, " ".join(key.use_cases), " ".join(key.scopes), *days, state)
    return table
