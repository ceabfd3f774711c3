"""What changed in one day's units against the reference, in all of them and by segment, in the days before, and in
what matured since."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from credit_platform.explanation import charts
from credit_platform.explanation.charts import Square
from credit_platform.explanation.concept_section import ALL, ConceptSection, concept_section
from credit_platform.explanation.page import percent
from credit_platform.explanation.profile_cards import anchor
from credit_platform.explanation.templating import rendered
from credit_platform.statistics.stability import DriftResult


@dataclass(frozen=True)
class _Card:
    """One column of the day; ``meter`` is its PSI over its threshold in percent, at most 100."""

    id: str
    name: str
    is_alarm: bool
    verdict: str
    numbers: str
    meter: float
    chart: str


@dataclass(frozen=True)
class _Page:
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    alarms: tuple[tuple[str, str, str], ...]
    days: str
    segments: str
    refused: tuple[tuple[str, str], ...]
    concept: ConceptSection
    cards: tuple[_Card, ...]

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Anchor and name of the sections that are there."""
        named = (
            ("verdict", "Verdict", True),
            ("days", "Days", bool(self.days)),
            ("segments", "Segments", bool(self.segments or self.refused)),
            ("concept", "Outcomes", True),
            ("columns", "Columns", bool(self.cards)),
        )
        return [(id_, name) for id_, name, is_there in named if is_there]


def drift_report(
    results: Mapping[str, Mapping[str, DriftResult]],
    *,
    title: str,
    subtitle: str,
    history: pd.DataFrame | None = None,
    refused: Mapping[str, str] | None = None,
    concept: pd.DataFrame | None = None,
) -> str:
    """HTML of a day's results by segment and column; they were judged before (judge_together).

    ``history`` holds lines of the drift table (scoring_day, segment, column_name, statistic, value, threshold,
    is_alarm) of the last days, ``refused`` the segments that were not judged and why, ``concept`` the judged windows of
    matured outcomes up to that day (concept_section).
    """
    outcomes = concept_section(concept)
    whole = results.get(ALL, {})
    alarmed = [
        (anchor(column), column if segment == ALL else f"{column} in {segment}", why(found))
        for segment, columns in results.items()
        for column, found in columns.items()
        if found.is_alarm
    ]
    rows = max((found.rows for found in whole.values()), default=0)
    worst = max((_ratio(found) for found in whole.values()), default=0.0)
    facts = (
        ("rows", f"{rows:,}"),
        ("columns", str(len(whole))),
        ("segments judged", str(len(results) - (ALL in results))),
        ("alarms", str(len(alarmed) + len(outcomes.alarms))),
        ("matured outcomes", f"{outcomes.outcomes:,}"),
        ("highest PSI over its threshold", f"{worst:.2f}"),
    )
    ordered = sorted(whole.items(), key=lambda pair: (not pair[1].is_alarm, -_ratio(pair[1]), pair[0]))
    page = _Page(
        title=title,
        subtitle=subtitle,
        facts=facts,
        alarms=tuple(alarmed),
        days="" if history is None or history.empty else _days(history, [name for name, _ in ordered]),
        segments=_segments(results, [name for name, _ in ordered]) if len(results) > 1 else "",
        refused=tuple((refused or {}).items()),
        concept=outcomes,
        cards=tuple(_card(name, found) for name, found in ordered),
    )
    return rendered("drift.html", page)


def why(found: DriftResult) -> str:
    """The alarms of a result in words; "stable" where there is none."""
    named = {
        "shape": found.is_shape_alarm,
        "shift": found.is_shift_alarm,
        "missing": found.is_missing_alarm,
        "unseen": found.is_unseen_alarm,
    }
    return ", ".join(name for name, is_on in named.items() if is_on) or "stable"


def _ratio(found: DriftResult) -> float:
    return found.psi / found.threshold


def _card(name: str, found: DriftResult) -> _Card:
    numbers = [
        f"PSI {found.psi:.3f}, threshold {found.threshold:.3f}",
        f"p {found.p_value:.2g}",
        f"design effect {found.deff:.1f}",
        f"missing {percent(found.missing_rate)} (reference {percent(found.reference_missing_rate)})",
    ]
    if found.shift:
        numbers.append(f"shift of ranks {found.shift:+.2f}")
    if found.unseen_share:
        numbers.append(f"unseen {percent(found.unseen_share)}")
    return _Card(
        id=anchor(name),
        name=name,
        is_alarm=found.is_alarm,
        verdict=why(found),
        numbers=" · ".join(numbers),
        meter=round(100 * min(1.0, _ratio(found)), 1),
        chart=charts.two_shares(found.bins, found.reference_shares, found.current_shares, name=name),
    )


def _days(history: pd.DataFrame, names: list[str]) -> str:
    whole = history[(history["segment"] == ALL) & history["column_name"].isin(names)]
    days = whole["scoring_day"].map(lambda day: str(day)[:10])
    squares = {
        (str(column), str(day)): _square(f"{column} on {day}", lines)
        for (column, day), lines in whole.groupby(["column_name", days])
    }
    return charts.heat_map(names, sorted(days.unique()), squares, name="Columns by day")


def _square(what: str, lines: pd.DataFrame) -> Square:
    shape = lines[lines["statistic"] == "psi"].iloc[0]
    alarms = lines.loc[lines["is_alarm"].astype(bool), "statistic"].tolist()
    verdict = f"alarm of {', '.join(alarms)}" if alarms else "no alarm"
    tip = f"{what}: PSI {shape['value']:.3f}, threshold {shape['threshold']:.3f}, {verdict}"
    return Square(float(shape["value"] / shape["threshold"]), bool(alarms), tip)


def _segments(results: Mapping[str, Mapping[str, DriftResult]], names: list[str]) -> str:
    squares = {}
    for segment, columns in results.items():
        for column, found in columns.items():
            compared = f"PSI {found.psi:.3f}, threshold {found.threshold:.3f}, {why(found)}"
            tip = f"{column} in {segment} ({found.rows:,} rows): {compared}"
            squares[column, segment] = Square(_ratio(found), found.is_alarm, tip)
    return charts.heat_map(names, list(results), squares, name="Columns by segment")
