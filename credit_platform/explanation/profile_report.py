"""The first look at a table, for people: one page of small pictures, sorted by what goes with the label."""

from collections.abc import Sequence
from dataclasses import dataclass

from credit_platform.explanation import charts
from credit_platform.explanation.page import Cell, number, percent
from credit_platform.explanation.profile_cards import ORDERS, Card, Order, anchor, cards
from credit_platform.explanation.profile_findings import Finding, findings
from credit_platform.explanation.templating import rendered
from credit_platform.statistics.distributions import DistributionCheck
from credit_platform.statistics.profile import TableProfile

_PAIRS, _STRONG = 25, 0.5
_COMPARED = ("column", "test", "effect", "statistic", "effect size", "adjusted p", "verdict")


@dataclass(frozen=True)
class _Linked:
    """A finding with the anchors of its columns."""

    text: str
    is_urgent: bool
    columns: tuple[tuple[str, str], ...]
    more: int


@dataclass(frozen=True)
class _Page:
    title: str
    subtitle: str
    event: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[_Linked, ...]
    orders: tuple[Order, ...]
    kinds: tuple[str, ...]
    cards: tuple[Card, ...]
    time: str
    missing: str
    missing_text: str
    matrix: str
    pairs: tuple[tuple[str, str, str], ...]
    comparison: tuple[tuple[Cell, ...], ...]
    comparison_header: tuple[str, ...]
    comparison_text: str

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Anchor and name of the sections that are there."""
        named = (
            ("findings", "What deserves a look", True),
            ("time", "Time", bool(self.time)),
            ("columns", "Columns", True),
            ("missing", "Missing together", bool(self.missing)),
            ("association", "Association", bool(self.matrix)),
            ("comparison", "Comparison with the reference", bool(self.comparison)),
        )
        return [(id_, name) for id_, name, is_there in named if is_there]


def profile_report(
    profile: TableProfile,
    *,
    title: str,
    subtitle: str,
    event: str = "bad",
    checks: Sequence[DistributionCheck] = (),
) -> str:
    """HTML of a table's profile; ``event`` words the label, ``checks`` add a comparison with another sample.

    One self-contained page without a script: sorting and filtering are radio buttons and a style sheet.
    """
    overall, months = profile.bad_rate, profile.months
    strongest = profile.associations.strongest(_STRONG)[:_PAIRS]
    has_gaps = bool(profile.missingness.groups)
    page = _Page(
        title=title,
        subtitle=subtitle,
        event=event,
        facts=_facts(profile, event),
        findings=tuple(_linked(finding) for finding in findings(profile)),
        orders=ORDERS,
        kinds=tuple(dict.fromkeys(sorted(c.kind for c in profile.columns))),
        cards=tuple(cards(profile.columns, overall, event=event)),
        time=charts.volume_and_rate(months, overall, event=event) if len(months) > 1 else "",
        missing=_missing(profile, event) if has_gaps else "",
        missing_text=_missing_text(profile) if has_gaps else "",
        matrix=charts.association_matrix(profile.associations) if profile.associations.names else "",
        pairs=tuple((first, second, f"{value:+.3f}") for first, second, value in strongest),
        comparison=_comparison(checks),
        comparison_header=_COMPARED,
        comparison_text=_comparison_text(checks) if checks else "",
    )
    return rendered("profile.html", page)


def _facts(profile: TableProfile, event: str) -> tuple[tuple[str, str], ...]:
    facts = [("rows", number(profile.rows)), ("columns", number(len(profile.columns)))]
    if profile.bads is not None:
        facts += [(event, number(profile.bads)), (f"{event} rate", percent(profile.bad_rate, digits=2))]
    if profile.months:
        facts.append(("months", f"{profile.months[0].name} to {profile.months[-1].name}"))
    return tuple(facts)


def _linked(finding: Finding) -> _Linked:
    columns = tuple((anchor(name), name) for name in finding.named)
    return _Linked(finding.text, finding.is_urgent, columns, finding.more)


def _missing(profile: TableProfile, event: str) -> str:
    return charts.missing_patterns(profile.missingness, profile.rows, profile.bad_rate, event=event)


def _missing_text(profile: TableProfile) -> str:
    found = profile.missingness
    columns = sum(len(group) for group in found.groups)
    together = f"{columns} columns have gaps, in {len(found.groups)} groups that are missing in the very same rows. "
    rest = f"{found.other_patterns:,} rarer patterns with {found.other_rows:,} rows are not drawn."
    return together + "A blue dot: that group is missing in these rows. " + (rest if found.other_patterns else "")


def _comparison(checks: Sequence[DistributionCheck]) -> tuple[tuple[Cell, ...], ...]:
    """Two-sample tests, the clearest differences first."""
    ordered = sorted(checks, key=lambda c: (not c.is_different, c.adjusted_p_value, -abs(c.effect_size)))
    return tuple(
        (
            Cell(check.column),
            Cell(check.test.replace("_", " ")),
            Cell(check.effect),
            Cell(number(check.statistic)),
            Cell(f"{check.effect_size:.3f}", "bad" if check.is_different else "plain"),
            Cell(f"{check.adjusted_p_value:.3g}"),
            Cell("different", "bad") if check.is_different else Cell("alike", "muted"),
        )
        for check in ordered
    )


def _comparison_text(checks: Sequence[DistributionCheck]) -> str:
    different = len({check.column for check in checks if check.is_different})
    total = len({check.column for check in checks})
    return (
        f"{different} of {total} columns differ from the reference. A difference needs an adjusted p-value "
        "(Benjamini-Hochberg) below the level and an effect of material size; with many rows read the effect first."
    )
