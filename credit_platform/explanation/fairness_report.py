"""Whether groups are treated alike, as one page: rates and gaps with intervals, and what gives the groups away."""

from collections.abc import Mapping, Sequence
from typing import Any

from credit_platform.explanation import figures
from credit_platform.explanation.card_parts import NO_PROTECTED
from credit_platform.explanation.page import Cell, Page, Picture, Section, Tone, number, percent, table, to_html
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.fairness import FOUR_FIFTHS, SMALL_GROUP, FairnessTable, GroupFairness

_SHOWN_PROXIES = 3
_HOW_TO_READ = (
    "Ratio of acceptance: the group's against that of the most accepted group. Equal opportunity: acceptance of goods "
    "less that in the largest group. Calibration: bad rate minus mean probability, so above zero the group is judged "
    "too kindly. Brackets hold 95% intervals of whole entities; orange where a whole interval lies below "
    f"{FOUR_FIFTHS} or on one side of zero, grey where fewer than {SMALL_GROUP} rows, entities or goods prove nothing."
)


def fairness_report(
    tables: Sequence[FairnessTable],
    scans: Sequence[Mapping[str, Any]],
    *,
    alone: Sequence[str] = (),
    title: str,
    subtitle: str,
) -> str:
    """HTML of the tables of each attribute and of the proxy scans (fields of ``modelling.proxies.ProxyScan``).

    ``alone``: attributes that are the same for every row.
    """
    sections = [*([Section("How to read this", (_HOW_TO_READ,))] if tables else []), *map(_of_attribute, tables)]
    if scans:
        sections.append(_proxies(scans))
    facts = (
        ("protected attributes", number(len(tables))),
        ("groups below four fifths", number(sum(g.is_adverse for t in tables for g in t.groups))),
    )
    if alone:
        named = ", ".join(name.replace("_", " ") for name in alone)
        sections.append(Section("Not compared", (f"Every test row is of one group: {named}.",)))
    if not (tables or alone):
        sections.append(Section("Groups", (NO_PROTECTED,)))
    return to_html(Page(title, subtitle, facts, tuple(sections)))


def _of_attribute(found: FairnessTable) -> Section:
    rows = [
        (
            group.group,
            number(group.rows),
            percent(group.bad_rate),
            percent(group.selection_rate),
            _ratio(group, is_favoured=group.group == found.favoured),
            _gap(group.equal_opportunity_gap, is_judged=group.has_goods_enough and not group.is_small),
            _gap(group.calibration_gap, is_judged=not group.is_small),
        )
        for group in found.groups
    ]
    header = ("group", "rows", "bad rate", "accepted", "ratio of acceptance", "equal opportunity", "calibration")
    text = (
        f"At the cut-off of {percent(found.cut_off, digits=2)}; the most accepted group is {found.favoured}, the "
        f"largest {found.reference}."
    )
    others = [group for group in found.groups if group.group != found.favoured]
    title = found.attribute.replace("_", " ")
    drawn = figures.intervals(
        f"Acceptance by {title}, against {found.favoured}",
        [group.group for group in others],
        [group.selection_ratio for group in others],
        axis_name=f"ratio of acceptance; dashed: {FOUR_FIFTHS}, which the four-fifths rule asks for",
        marked=[i for i, group in enumerate(others) if group.is_adverse],
        line=FOUR_FIFTHS,
    )
    shown = Picture(drawn, "Ratios with their intervals; orange: beyond doubt below four fifths")
    return Section(title, (text,), tables=(table(header, rows),), pictures=(shown,))


def _ratio(group: GroupFairness, *, is_favoured: bool) -> Cell:
    if is_favoured:
        return Cell("1 (most accepted)", "muted")
    ratio = group.selection_ratio
    tone: Tone = "muted" if group.is_small else "bad" if group.is_adverse else "plain"
    return Cell(f"{ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]", tone)


def _gap(gap: Interval, *, is_judged: bool) -> Cell:
    tone: Tone = "muted" if not is_judged else "bad" if gap.is_above_zero or gap.is_below_zero else "plain"
    return Cell(f"{gap.estimate:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]", tone)


def _proxies(scans: Sequence[Mapping[str, Any]]) -> Section:
    text = (
        "How well a model of the features alone, cross-validated over whole entities, tells a group from all others: "
        "an AUC of .5 is chance. A high one does not say that the score treats the group otherwise (the tables above "
        "do), but that leaving the attribute out does not hide it. Beside each feature: its share of what that model "
        "uses, and its association with the group by itself (Cramer's V, 0 to 1)."
    )
    rows = [
        (
            str(scan["attribute"]).replace("_", " "),
            str(scan["level"]),
            "; ".join(
                f"{p['feature']} ({percent(p['share'], digits=0)}, V {p['association']:.2f})"
                for p in scan["proxies"][:_SHOWN_PROXIES]
            ),
            number(scan["rows"]),
            f"{scan['auc']['estimate']:.3f} [{scan['auc']['low']:.3f}, {scan['auc']['high']:.3f}]",
        )
        for scan in scans
    ]
    header = ("attribute", "group", "features that give it away", "rows", "AUC")
    return Section("Proxies", (text,), tables=(table(header, rows, text_columns=3),))
