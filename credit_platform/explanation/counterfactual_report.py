"""What declined applicants could have asked for instead, as one page of aggregates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_platform.explanation import figures
from credit_platform.explanation.page import Page, Picture, Section, Table, number, percent, table, to_html


@dataclass(frozen=True)
class WayBack:
    """The nearest accepted request of one declined unit: (field, before, after) of each change, and the distance."""

    changes: tuple[tuple[str, float, float], ...]
    distance: float

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(sorted(field for field, _, _ in self.changes))


def counterfactual_report(
    ways: Sequence[WayBack | None],
    *,
    title: str,
    subtitle: str,
    fields: tuple[str, ...],
    most_values: int,
    known_for: str = "everyone",
) -> str:
    """HTML: how many declined units had a way back, by which fields, and how far it was.

    ``most_values``: how many of one field were tried at most.
    ``known_for``: whose outcomes there are; of the approved alone, every unit here was accepted when it was decided.
    """
    found = [way for way in ways if way is not None]
    facts = (
        ("declined units searched", number(len(ways))),
        ("with a way back", percent(len(found) / len(ways)) if ways else "–"),
        ("median distance", percent(float(np.median([w.distance for w in found]))) if found else "–"),
    )
    text = (
        f"An applicant can change {' and '.join(name.replace('_', ' ') for name in fields)}. Each change was decided "
        "again by the release, features and all. Of one field every observed value was tried (at most "
        f"{most_values:,}), nearest first: no smaller change to one of these is accepted. Of two, a grid of 25 "
        "quantiles each, and what it found was brought nearer until neither change could be made smaller by itself. "
        "Distance is the share of observed values that a change passes. It is what this model would have accepted, and "
        "no promise of being repaid."
    )
    paragraphs = (text, *((_OF_THE_APPROVED,) if known_for == "approved" else ()))
    sections = [Section("The nearest request that would have been accepted", paragraphs, tables=(_by_fields(found),))]
    if found:
        drawn = figures.distances([way.distance for way in found])
        sections.append(Section("How far it was", pictures=(Picture(drawn, "Distance in quantiles"),)))
    return to_html(Page(title, subtitle, facts, tuple(sections)))


_OF_THE_APPROVED = (
    "Outcomes are known of the approved only, so every unit of this sample was accepted when it was decided: declined "
    "is what this release would have said."
)


def _by_fields(found: Sequence[WayBack]) -> Table:
    groups = sorted({way.fields for way in found}, key=lambda each: -sum(way.fields == each for way in found))
    rows = []
    for group in groups:
        of_group = [way for way in found if way.fields == group]
        ratios = [f"{field.replace('_', ' ')} x {_ratio(of_group, field):.2f}" for field in group]
        distance = percent(float(np.median([way.distance for way in of_group])))
        rows.append((" and ".join(group).replace("_", " "), "; ".join(ratios), number(len(of_group)), distance))
    header = ("changed", "median change", "units", "median distance")
    return table(header, rows, text_columns=2)


def _ratio(ways: Sequence[WayBack], field: str) -> float:
    """Median of after over before, nan where every value was zero before."""
    found = [after / before for way in ways for name, before, after in way.changes if name == field and before]
    return float(np.median(found)) if found else float("nan")
