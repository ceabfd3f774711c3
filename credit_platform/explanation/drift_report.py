"""What changed in one day's units against the reference, and whether that is more than chance."""

from collections.abc import Mapping

from credit_platform.explanation import figures
from credit_platform.explanation.page import Cell, Page, Picture, Section, Table, percent, table, to_html
from credit_platform.statistics.stability import MATERIAL_PSI, DriftResult


def drift_report(results: Mapping[str, DriftResult], *, title: str, subtitle: str) -> str:
    """HTML of drift results by column, alarms first and drawn; the results were judged before (judge_together)."""
    alarmed = {name: found for name, found in results.items() if found.is_alarm}
    rows = max((found.rows for found in results.values()), default=0)
    facts = (
        ("rows", f"{rows:,}"),
        ("columns", str(len(results))),
        ("alarms", str(len(alarmed))),
        ("highest PSI", f"{max((found.psi for found in results.values()), default=0.0):.3f}"),
    )
    text = (
        f"A shape alarm needs a PSI above its own threshold (which grows as the sample gets smaller or more clustered) "
        f"and above {MATERIAL_PSI}; missing and unseen values are tested apart."
    )
    sections = [Section("Columns", (text,), tables=(_table(results),))]
    sections += [_alarm(name, found) for name, found in alarmed.items()]
    return to_html(Page(title, subtitle, facts, tuple(sections)))


def why(found: DriftResult) -> str:
    """The alarms of a result in words; "stable" where there is none."""
    named = {
        "shape": found.is_shape_alarm,
        "shift": found.is_shift_alarm,
        "missing": found.is_missing_alarm,
        "unseen": found.is_unseen_alarm,
    }
    return ", ".join(name for name, is_on in named.items() if is_on) or "stable"


def _table(results: Mapping[str, DriftResult]) -> Table:
    ordered = sorted(results.items(), key=lambda pair: (not pair[1].is_alarm, -pair[1].psi))
    rows = [
        (
            name,
            Cell(f"{found.psi:.4f}", "bad" if found.is_shape_alarm else "plain"),
            f"{found.threshold:.4f}",
            f"{found.p_value:.2g}",
            f"{found.deff:.1f}",
            Cell(percent(found.missing_rate), "bad" if found.is_missing_alarm else "plain"),
            Cell(percent(found.unseen_share), "bad" if found.is_unseen_alarm else "plain"),
            Cell(why(found), "bad" if found.is_alarm else "muted"),
        )
        for name, found in ordered
    ]
    return table(("column", "PSI", "threshold", "p", "deff", "missing", "unseen", "verdict"), rows)


def _alarm(name: str, found: DriftResult) -> Section:
    text = (
        f"{why(found)}: PSI {found.psi:.3f} against a threshold of {found.threshold:.3f}; missing "
        f"{percent(found.missing_rate)} (reference {percent(found.reference_missing_rate)}); unseen "
        f"{percent(found.unseen_share)}."
    )
    drawn = figures.shares(name, found.bins, found.reference_shares, found.current_shares)
    return Section(name, (text,), pictures=(Picture(drawn, f"{name}: reference and this sample, by bin"),))
