"""``credit-platform serve``, ``client`` and ``keys``: thin commands on the scorer; each imports what it needs."""

import sys
from pathlib import Path
from typing import Literal

import click

SCOPE_HELP = "What it may do; may be repeated: score, read (models, features), admin (metrics). Default: score, read."


@click.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--workers", type=click.IntRange(min=1), help="Processes. Default: CREDIT_PLATFORM_WORKERS, else 1.")
def serve(port: int, host: str, workers: int | None) -> None:
    """Serve the latest champions over REST; follows promotions without a restart."""
    from credit_platform.contracts.settings import Settings
    from credit_platform.scorer.server import serve as run_server

    settings = Settings()
    run_server(settings, host=host, port=port, workers=workers or settings.workers)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Address of the scorer.")
@click.option("--use-case", help="Default: the scorer's default one.")
@click.option("--key", envvar="CREDIT_PLATFORM_CLIENT_KEY", help="API key; other users see options, not the variable.")
@click.option("--reasons", type=click.Choice(["adverse", "all", "none"]), default="adverse", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of a table.")
def client(
    file: Path,
    url: str,
    use_case: str | None,
    key: str | None,
    reasons: Literal["adverse", "all", "none"],
    as_json: bool,
) -> None:
    """Score the records of the JSON FILE through a running scorer, with retries."""
    from credit_platform.commands.client import client_command

    sys.exit(client_command(url, file, use_case=use_case, key=key, reasons=reasons, as_json=as_json))


@click.group()
def keys() -> None:
    """API keys of the scorer: issue, list and revoke them; a running scorer follows within a second."""


@keys.command("issue")
@click.argument("name")
@click.option("--use-case", "use_cases", multiple=True, help="Use case it is good for; may be repeated. Default: all.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(["score", "read", "admin"]), help=SCOPE_HELP)
@click.option("--days", type=click.IntRange(min=1), default=365, show_default=True, help="Until it expires.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Requests a second. Default: the setting's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def keys_issue(
    name: str, use_cases: tuple[str, ...], scopes: tuple[str, ...], days: int, rate: float | None, as_json: bool
) -> None:
    """Make a key for NAME and print it: the only time that it is shown."""
    from credit_platform.commands.keys import issue_command

    sys.exit(issue_command(name, use_cases=use_cases, scopes=scopes, days=days, rate=rate, as_json=as_json))


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def keys_list(as_json: bool) -> None:
    """Show every key that was issued, what it allows and until when."""
    from credit_platform.commands.keys import list_command

    sys.exit(list_command(as_json=as_json))


@keys.command("revoke")
@click.argument("key_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def keys_revoke(key_id: str, as_json: bool) -> None:
    """Refuse the key KEY_ID (12 digits, as listed) from now on."""
    from credit_platform.commands.keys import revoke_command

    sys.exit(revoke_command(key_id, as_json=as_json))


COMMANDS = (serve, client, keys)
