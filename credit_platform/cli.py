"""``credit-platform``: thin commands; each imports what it needs when it runs, so that --help is instant."""

import datetime as dt
import sys
from pathlib import Path

import click

from credit_platform.commands import decided, served
from credit_platform.commands.process import set_up_process

DAY = ["%Y-%m-%d"]
MOMENT = [*DAY, "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
FROM_HELP = "First business day that it is in force for. Default, and latest: the next that is to be scored."
DAYS_HELP = "One day or a range of business days: 2022-12-01 or 2022-12-01..2022-12-05."


class DaySpan(click.ParamType):
    """A day, or two days with .. between them."""

    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[dt.date]:
        first, _, last = str(value).partition("..")
        try:
            start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last or first)
        except ValueError:
            self.fail(
                f"{value!r} is neither a day nor a range; expected 2022-12-01 or 2022-12-01..2022-12-05", param, ctx
            )
        if end < start:
            self.fail(f"{value!r} ends before it starts; put the earlier day first", param, ctx)
        return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="credit-platform")
def main() -> None:
    """Credit decisions as one Dagster asset graph: from raw CSV files to governed, explained, watched decisions."""
    set_up_process()


@main.command()
@click.argument("use_case")
@click.option("--days", type=DaySpan(), help=DAYS_HELP + " Default: the first days that have rows.")
@click.option("--nightly", is_flag=True, help="Only score and watch the days with the champion in force; no training.")
@click.option("--stage", "stages", multiple=True, help="Only this stage (raw, warehouse, ...); may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def run(use_case: str, days: list[dt.date] | None, nightly: bool, stages: tuple[str, ...], as_json: bool) -> None:
    """Materialise USE_CASE from its raw files to its champion and scores."""
    from credit_platform.commands.run import run_command

    sys.exit(run_command(use_case, days=days, only_nightly=nightly, stages=stages, as_json=as_json))


@main.command()
@click.argument("use_case")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Only this business day.")
@click.option("--source", help="Only this source, by its name in the use case.")
@click.option(
    "--export", "export_to", type=click.Path(dir_okay=False, path_type=Path), help="Write the records to FILE."
)
@click.option(
    "--reingest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put an exported FILE that was put right into the landing folder, and load it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def quarantine(
    use_case: str,
    day: dt.datetime | None,
    source: str | None,
    export_to: Path | None,
    reingest: Path | None,
    as_json: bool,
) -> None:
    """Show the rows of USE_CASE that break their contract; export them to put them right, and take them back."""
    from credit_platform.commands.quarantine import quarantine_command

    chosen = None if day is None else day.date()
    sys.exit(
        quarantine_command(use_case, day=chosen, source=source, export_to=export_to, reingest=reingest, as_json=as_json)
    )


@main.command()
@click.argument("use_case")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def card(use_case: str, as_json: bool) -> None:
    """Compute every number of USE_CASE's model card again from the stored predictions, and compare."""
    from credit_platform.commands.card import card_command

    sys.exit(card_command(use_case, as_json=as_json))


@main.command()
@click.option("--port", default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def dev(port: int, host: str) -> None:
    """Open the Dagster UI with its daemon: lineage, checks, backfills, schedules, sensors."""
    from credit_platform.commands.dev import dev_command

    dev_command(host=host, port=port)


@main.command()
@click.argument("use_case")
@click.option("--rows", type=click.IntRange(min=1), default=20_000, show_default=True, help="Rows of labelled history.")
@click.option(
    "--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day of the first daily file."
)
@click.option("--days", type=click.IntRange(min=0), default=5, show_default=True, help="How many daily files.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--drift", multiple=True, metavar="KIND@DATE", help="A change from a day on; may be repeated.")
@click.option("--declined", type=float, default=0.0, help="Share of applications declined: they have no outcome.")
@click.option("--explored", type=float, default=0.0, help="Share of those that is approved all the same, at random.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder; default: the landing folder.")
def simulate(
    use_case: str,
    rows: int,
    first_day: dt.datetime,
    days: int,
    seed: int,
    drift: tuple[str, ...],
    declined: float,
    explored: float,
    into: Path | None,
) -> None:
    """Write a portfolio whose true probability of bad is known, in the columns of USE_CASE's real files."""
    from credit_platform.commands.simulate import simulate_command

    sys.exit(
        simulate_command(
            use_case,
            rows=rows,
            first_day=first_day.date(),
            days=days,
            seed=seed,
            drift=drift,
            shares=(declined, explored),
            into=into,
        )
    )


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def doctor(as_json: bool) -> None:
    """Check this installation: versions, folders, use cases, champions, locks."""
    from credit_platform.commands.doctor import doctor_command

    sys.exit(doctor_command(as_json=as_json))


@main.command()
@click.argument("use_case")
@click.option("--verify", is_flag=True, help="Check every hash, place and signature; exit code 1 if one is wrong.")
@click.option("--at", type=click.DateTime(DAY), help="Which release was in force for a business day.")
@click.option("--known-by", type=click.DateTime(MOMENT), help="With --at: by what was recorded until then (UTC).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def ledger(use_case: str, verify: bool, at: dt.datetime | None, known_by: dt.datetime | None, as_json: bool) -> None:
    """Show who put which release of USE_CASE in force, since when and why."""
    from credit_platform.commands.ledger import ledger_command

    sys.exit(ledger_command(use_case, verify=verify, at=at, known_by=known_by, as_json=as_json))


@main.command()
@click.argument("use_case")
@click.option("--to", help="Release to return to. Default: the one that was in force before the present one.")
@click.option("--reason", required=True, help="Why, for the ledger.")
@click.option("--from", "first", type=click.DateTime(DAY), help=FROM_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def rollback(use_case: str, to: str | None, reason: str, first: dt.datetime | None, as_json: bool) -> None:
    """Put an earlier release of USE_CASE back in force; scorers follow within seconds."""
    from credit_platform.commands.ledger import rollback_command

    sys.exit(rollback_command(use_case, to=to, reason=reason, first=first, as_json=as_json))


@main.command()
@click.argument("use_case")
@click.argument("release")
@click.option("--by", "approvers", multiple=True, required=True, help="Who answers for it: two different names.")
@click.option("--reason", required=True, help="Why, for the ledger and for every answer.")
@click.option("--expires", type=click.DateTime(DAY), required=True, help="Last day that it is good for.")
@click.option("--from", "first", type=click.DateTime(DAY), help=FROM_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def override(
    use_case: str,
    release: str,
    approvers: tuple[str, ...],
    reason: str,
    expires: dt.datetime,
    first: dt.datetime | None,
    as_json: bool,
) -> None:
    """Put RELEASE of USE_CASE in force although gates of its own are unmet; every answer says so."""
    from credit_platform.commands.ledger import override_command

    sys.exit(
        override_command(
            use_case, release, approvers=approvers, reason=reason, expires=expires, first=first, as_json=as_json
        )
    )


@main.command()
@click.argument("use_cases", nargs=-1)
def docs(use_cases: tuple[str, ...]) -> None:
    """Write the dbt documentation of USE_CASES (default: all) as one static page each."""
    from credit_platform.commands.docs import docs_command

    sys.exit(docs_command(use_cases))


for command in (*decided.COMMANDS, *served.COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    main()
