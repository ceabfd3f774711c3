"""The page of one release: who it was chosen from, how well and for whom it works, why it scores as it does, and what a
promotion would change. Small multiples of aggregates; the model card is at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from credit_platform.explanation.card_parts import ModelCard
from credit_platform.explanation.charts import Whisker, moves, reliability_curve, strategy_line, whiskers
from credit_platform.explanation.marks import in_html, unmarked
from credit_platform.explanation.model_card import card_page
from credit_platform.explanation.page import Section, number, percent
from credit_platform.explanation.profile_cards import anchor
from credit_platform.explanation.templating import rendered
from credit_platform.statistics.fairness import FOUR_FIFTHS
from credit_platform.statistics.segment_calibration import SegmentCalibration

Ends = tuple[float | None, float | None]
PANELS: tuple[tuple[str, float | None], ...] = (
    ("auc", None),
    ("average_precision", None),
    ("ks", None),
    ("brier", None),
    ("log_loss", None),
    ("calibration_slope", 1.0),
)
"""Metrics that are drawn, and the value that is best where it is neither the highest nor the lowest."""
_LOWER = "lower is better"
_LONGEST_WORDING, _WIDE = 74, 700
_NOTES = {"brier": _LOWER, "log_loss": _LOWER, "calibration_slope": "best at 1"}


@dataclass(frozen=True)
class Contended:
    """A contender with every metric that could be measured, and the ends of its intervals."""

    name: str
    metrics: Mapping[str, float | None]
    intervals: Mapping[str, Ends]


@dataclass(frozen=True)
class _Panel:
    title: str
    note: str
    chart: str
    is_wide: bool = False


@dataclass(frozen=True)
class _Group:
    """A section of panels; ``lead`` says how to read them."""

    title: str
    lead: str
    panels: tuple[_Panel, ...] = ()

    @property
    def id(self) -> str:
        return anchor(self.title)


@dataclass(frozen=True)
class _Page:
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    groups: tuple[_Group, ...]
    card: tuple[Section, ...]

    @property
    def sections(self) -> list[tuple[str, str]]:
        return [*((group.id, group.title) for group in self.groups), ("card", "Model card")]


def lifecycle_page(
    card: ModelCard,
    board: Sequence[Contended],
    *,
    segments: Mapping[str, Sequence[SegmentCalibration]],
    migration: Mapping[str, Sequence[int]] | None,
) -> str:
    """One self-contained HTML page from the card of a release, its leaderboard (best first) and calibration by
    segment; ``migration`` counts test rows by the champion's band and the release's, None where they could not be.
    """
    held = sum(gate.holds for gate in card.gates)
    refused = f", and {len(card.further_unmet)} more unmet" if card.further_unmet else ""
    auc = card.metrics.get("auc")
    page = _Page(
        title=f"{card.title.removesuffix(': model card')}: release {card.release_id}",
        subtitle=card.purpose,
        facts=(
            ("chosen", card.algorithm.replace("_", " ")),
            ("as of", str(card.as_of)),
            ("AUC", "–" if auc is None else f"{auc.estimate:.3f} ({_shown(auc.low)} to {_shown(auc.high)})"),
            ("cut-off", percent(card.cut_off.threshold, digits=2)),
            ("gates", f"{held} of {len(card.gates)} hold{refused}"),
            ("population", card.population),
        ),
        groups=(
            _leaderboard(card, board),
            _calibration(card, segments),
            _cut_off(card),
            _fairness(card),
            _explanations(card),
            _migration(card, migration),
        ),
        card=card_page(card).sections,
    )
    return in_html(rendered("lifecycle.html", page))


def _leaderboard(card: ModelCard, board: Sequence[Contended]) -> _Group:
    panels = []
    for metric, best in PANELS:
        rows = [
            Whisker(each.name, value, *each.intervals[metric], is_marked=each.name == card.algorithm)
            for each in board
            if (value := each.metrics[metric]) is not None
        ]
        if rows:
            title = metric.replace("_", " ")
            panels.append(_Panel(title, _NOTES.get(metric, ""), whiskers(rows, name=f"{title} by contender", at=best)))
    lead = (
        f"Every contender on the test rows ({card.population}) with its 95% interval; orange is the candidate, which "
        "was chosen on other rows."
    )
    return _Group("Leaderboard", lead, tuple(panels))


def _calibration(card: ModelCard, segments: Mapping[str, Sequence[SegmentCalibration]]) -> _Group:
    c = card.calibration
    points = list(zip(c.mean_probability.tolist(), c.bad_rate.tolist(), strict=True))
    panels = [_Panel("all test rows", "equal-frequency bins", reliability_curve(points, name="Reliability"))]
    for column, parts in segments.items():
        rows = [
            Whisker(part.segment, 100 * part.gap.estimate, 100 * part.gap.low, 100 * part.gap.high, part.is_off)
            for part in parts
            if part.gap is not None
        ]
        if rows:
            title = f"by {column.replace('_', ' ')}"
            note = "bad rate less mean probability, points"
            panels.append(_Panel(title, note, whiskers(rows, name=f"Calibration {title}", at=0.0, digits=2)))
    lead = "Whether a probability means what it says: on the dashes it does. Orange: the interval does not hold zero."
    return _Group("Calibration", lead, tuple(panels))


def _cut_off(card: ModelCard) -> _Group:
    cut = card.cut_off
    points = [(point.approval_rate, point.bad_rate) for point in cut.strategy]
    below = [point for point in cut.strategy if point.highest_probability < cut.threshold] or [cut.strategy[0]]
    approved, rate = below[-1].approval_rate, below[-1].bad_rate
    chart = strategy_line(points, approved=approved, name="Strategy curve")
    note = f"at the cut-off about {percent(approved, digits=0)} are approved, {percent(rate, digits=2)} of them bad"
    band = f"{percent(cut.low, digits=2)} to {percent(cut.high, digits=2)}"
    lead = f"Declined from {percent(cut.threshold, digits=2)} on, chosen by {cut.objective}; 95% band {band}."
    return _Group("Cut-off", lead, (_Panel("selection rows", note, chart),))


def _fairness(card: ModelCard) -> _Group:
    panels = []
    for found in card.fairness:
        rows = [
            Whisker(group.group, ratio.estimate, _end(ratio.low), _end(ratio.high), group.is_adverse)
            for group in found.groups
            if np.isfinite((ratio := group.selection_ratio).estimate)
        ]
        note = f"selection ratio, against {found.favoured}"
        title = found.attribute.replace("_", " ")
        panels.append(_Panel(title, note, whiskers(rows, name=title, at=FOUR_FIFTHS)))
    how = "Share accepted against the most accepted group's; dashes at four fifths." if panels else ""
    return _Group("Fairness", f"{how} {card.not_compared}".strip(), tuple(panels))


def _end(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _shown(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "open"


def _explanations(card: ModelCard) -> _Group:
    reasons = card.reasons.reasons
    mean = [Whisker(f"{r.code} {r.wording}", r.contribution, 0.0, r.contribution) for r in reasons]
    main = [Whisker(r.code, 100 * r.main_share, 0.0, 100 * r.main_share) for r in reasons]
    left_out = f" Left out of every reason: {', '.join(card.reasons.silent)}." if card.reasons.silent else ""
    lead = f"Reason codes over {number(card.reasons.rows)} test rows, exact and additive.{left_out}"
    panels = (
        _Panel(
            "mean |contribution|",
            "log-odds",
            whiskers(mean, name="Contribution by reason", width=_WIDE, longest=_LONGEST_WORDING),
            is_wide=True,
        ),
        _Panel("main adverse reason", "percent of rows", whiskers(main, name="Main adverse reason", digits=1)),
    )
    return _Group("Explanations", lead, panels)


def _migration(card: ModelCard, counts: Mapping[str, Sequence[int]] | None) -> _Group:
    if card.migration is None:
        return _Group("Score migration", "There was no champion to compare with.")
    if counts is None:
        return _Group("Score migration", unmarked(" ".join(card.migration.paragraphs)))
    lead = (
        "Test rows by the band that the champion's odds give them (down) and this release's (across); orange is worse."
    )
    return _Group("Score migration", lead, (_Panel("bands", "", moves(counts, name="Score migration")),))
