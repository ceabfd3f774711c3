"""``credit-platform replay``, ``journal`` and ``challenger``: thin; each imports what it needs when it runs."""

import sys

import click


@click.command()
@click.argument("decision_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def replay(decision_id: str, as_json: bool) -> None:
    """Make a recorded decision again from its journaled inputs and release; exit code 1 if a byte differs."""
    from credit_platform.commands.journal import replay_command

    sys.exit(replay_command(decision_id, as_json=as_json))


@click.group()
def journal() -> None:
    """The record of every decision that was answered."""


@journal.command("verify")
@click.option("--head", help="Head of an earlier verification, which must still be in it: nothing was cut off the end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def journal_verify(head: str | None, as_json: bool) -> None:
    """Check every group, decision and key of the journal; exit code 1 if one is wrong."""
    from credit_platform.commands.journal import verify_command

    sys.exit(verify_command(head=head, as_json=as_json))


@journal.command("erase")
@click.argument("use_case")
@click.argument("entity")
@click.option("--unit", "is_unit", is_flag=True, help="ENTITY is the key of a unit that was decided without an entity.")
@click.option("--by", required=True, help="Who answers for it.")
@click.option("--reason", required=True, help="Why, for the journal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def journal_erase(use_case: str, entity: str, is_unit: bool, by: str, reason: str, as_json: bool) -> None:
    """Destroy the keys of ENTITY: its decisions stay in the chain, and nobody can read them any more."""
    from credit_platform.commands.journal import erase_command

    sys.exit(erase_command(use_case, entity, is_unit=is_unit, by=by, reason=reason, as_json=as_json))


@click.command()
@click.argument("use_case")
@click.argument("release", required=False)
@click.option(
    "--share", type=click.FloatRange(0, 100, min_open=True), default=100.0, show_default=True, help="Percent."
)
@click.option("--shadow", "mode", flag_value="shadow", help="The champion answers; RELEASE only decides beside it.")
@click.option("--canary", "mode", flag_value="canary", help="RELEASE answers for its share of the entities.")
@click.option("--off", "mode", flag_value="off", help="Withdraw the challenger; scorers follow within a second.")
@click.option("--reason", required=True, help="Why, for the ledger.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def challenger(use_case: str, release: str | None, share: float, mode: str | None, reason: str, as_json: bool) -> None:
    """Try RELEASE beside the champion of USE_CASE: an entity meets the same model as long as the trial lasts."""
    if mode is None or (release is None) != (mode == "off"):
        raise click.UsageError("give USE_CASE RELEASE with --shadow or --canary, or USE_CASE with --off")
    from credit_platform.commands.ledger import challenger_command
    from credit_platform.contracts.challenger import Trial

    trial = None if mode == "off" else Trial.model_validate({"mode": mode, "share": share})
    sys.exit(challenger_command(use_case, release, trial=trial, reason=reason, as_json=as_json))


COMMANDS = (replay, journal, challenger)
