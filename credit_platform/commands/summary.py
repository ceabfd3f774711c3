"""The closing summary of a run, for people."""

from rich.console import Console
from rich.table import Table

from credit_platform.builders.execution import RunOutcome
from credit_platform.builders.summary import RunSummary


def print_summary(console: Console, outcome: RunOutcome, summary: RunSummary, *, seconds: float) -> None:
    """Leaderboard, champion, refusals, files written and the next commands."""
    for failure in outcome.failures:
        console.print(f"[red]failed[/red]  {failure}", soft_wrap=True)
    for check in outcome.failed_checks:
        console.print(f"[red]refused by check[/red]  {check}")
    for check in outcome.warnings:
        console.print(f"[yellow]warning[/yellow]  {check}")
    for refusal in summary.refusals:
        console.print(f"[red]refused[/red]  {refusal}", soft_wrap=True)
    if summary.leaderboard:
        console.print(_leaderboard(summary))
    if summary.champion is None:
        console.print("No champion is in force yet.")
    else:
        console.print(
            f"Champion    {summary.champion.release_id} ({summary.champion.algorithm}), rows {summary.rows:,}"
        )
    for name, metrics in summary.benchmarks.items():
        console.print(f"Benchmark   {name}: AUC {metrics['auc']:.4f} (never released)")
    for output in summary.outputs:
        console.print(f"Written     {output}", soft_wrap=True)
    state = "done" if outcome.is_success else "FAILED"
    console.print(f"{outcome.use_case.name}: {state} in {seconds:.0f} s, run {outcome.run_id}")
    if outcome.is_success:
        console.print("Next        credit-platform dev     the asset graph, checks and reports in Dagster")
        console.print("            credit-platform serve   POST /predict on http://127.0.0.1:8000/docs")


def _leaderboard(summary: RunSummary) -> Table:
    table = Table(title=f"Leaderboard, population: {summary.measured_on}", title_justify="left")
    table.add_column("candidate")
    for name in ("AUC", "95% interval", "Gini", "KS", "Brier", "log-loss", "F1"):
        table.add_column(name, justify="right")
    for row in summary.leaderboard:
        metrics, (low, high) = row.metrics, row.auc_interval
        cells = [f"{metrics[m]:.4f}" for m in ("gini", "ks", "brier", "log_loss", "f1")]
        name = f"{row.name} *" if row.is_candidate else row.name
        table.add_row(name, f"{metrics['auc']:.4f}", f"{low:.3f}-{high:.3f}", *cells)
    table.caption = "* the candidate of this run"
    return table
