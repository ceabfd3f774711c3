"""``credit-platform simulate``: writes a portfolio with known truth into a landing folder."""

import datetime as dt
import sys
from pathlib import Path

from credit_platform.contracts.settings import Settings


def simulate_command(
    use_case: str,
    *,
    rows: int,
    first_day: dt.date,
    days: int,
    seed: int,
    drift: tuple[str, ...],
    shares: tuple[float, float],
    into: Path | None,
) -> int:
    """Simulate and say what was written; a wrong use case, drift or share is a pointed error with exit code 2.

    ``shares`` are those of the applications that are declined, and of these that are approved to learn from.
    """
    from credit_platform.simulation import Policy, SimulationError, parse_drift, simulate

    landing = Settings().landing
    if into is None and "://" in landing:
        sys.stderr.write(
            f"error simulate writes to a local folder, but files land in {landing}; name one with --into\n"
        )
        return 2
    folder = into or Path(landing) / use_case
    try:
        changes = tuple(parse_drift(text) for text in drift)
        policy = Policy(*shares)
        summary = simulate(
            use_case,
            rows=rows,
            first_day=first_day,
            days=days,
            seed=seed,
            folder=folder,
            drift=changes,
            policy=policy,
        )
    except SimulationError as error:
        sys.stderr.write(f"error {error}\n")
        return 2
    requests, outcomes = (sum(rows for _, rows in part) for part in (summary.daily_rows, summary.outcome_rows))
    declined = f", {summary.declined_rows:,} declined" if summary.declined_rows else ""
    sys.stdout.write(
        f"{summary.history_rows:,} labelled rows of {summary.customers:,} customers ({summary.bad_rate:.2%} bad, "
        f"true PD {summary.mean_true_pd:.2%}), {requests:,} requests in {len(summary.daily_rows)} days, "
        f"{outcomes:,} outcomes{declined}; {len(summary.files)} files in {summary.folder}\n"
    )
    return 0
