"""``credit-platform replay`` and ``journal``: thin commands on what was decided; each imports what it needs to run."""

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


COMMANDS = (replay, journal)
