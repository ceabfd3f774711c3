"""The model card (Mitchell et al. 2019, Model Cards for Model Reporting): every number comes from the record."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from credit_platform.explanation.page import (
    Cell,
    Page,
    Picture,
    Section,
    Table,
    number,
    percent,
    table,
    to_html,
    to_markdown,
)
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.calibration import ReliabilityTable
from credit_platform.statistics.fairness import FairnessTable
from credit_platform.statistics.strategy import StrategyPoint


@dataclass(frozen=True)
class SampleUsed:
    """One sample and the one thing it was used for."""

    name: str
    purpose: str
    rows: int
    bads: int
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    mature_share: float | None = None
    """Of the units decided in the sample's window, those whose labels were final when it was used: these rows."""


@dataclass(frozen=True)
class GateVerdict:
    """A bound, what was measured, and whether it holds."""

    rule: str
    value: float | None
    """None: it could not be measured, and then no bound holds."""
    holds: bool


@dataclass(frozen=True)
class CutOffUsed:
    """Probability of bad from which units are declined, with its 95% band, and what other shares would have given.

    All of it is of the selection rows, where the cut-off was chosen by ``objective``.
    """

    threshold: float
    low: float
    high: float
    objective: str
    strategy: tuple[StrategyPoint, ...]
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class ModelCard:
    """All that a reader must know before using a release; ``metrics`` are of ``population``."""

    title: str
    release_id: str
    algorithm: str
    as_of: dt.date
    purpose: str
    out_of_scope: tuple[str, ...]
    data: tuple[str, ...]
    feature_set: str
    features: int
    samples: tuple[SampleUsed, ...]
    population: str
    metrics: Mapping[str, Interval]
    members: Mapping[str, float]
    cut_off: CutOffUsed
    gates: tuple[GateVerdict, ...]
    calibration: ReliabilityTable
    fairness: tuple[FairnessTable, ...]
    limits: tuple[str, ...]
    monitoring: tuple[str, ...]
    owners: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    migration: Section | None = None
    """Against the champion in force; None before the first."""


def model_card(card: ModelCard) -> tuple[str, str]:
    """The card as (html, markdown), of the same content."""
    page = Page(
        title=card.title,
        subtitle=card.purpose,
        facts=(
            ("release", card.release_id),
            ("algorithm", card.algorithm.replace("_", " ")),
            ("as of", str(card.as_of)),
            ("features", number(card.features)),
            ("feature set", card.feature_set),
            ("cut-off", percent(card.cut_off.threshold, digits=2)),
            ("owners", ", ".join(card.owners)),
        ),
        sections=(
            Section("Not meant for", items=card.out_of_scope),
            Section("Data", items=card.data, tables=(_samples(card),)),
            Section("Model", ("Weights on the log-odds scale.",), tables=(_members(card),)),
            _performance(card),
            Section("Gates", tables=(_gates(card),)),
            _cut_off(card.cut_off),
            Section("Calibration", tables=(_calibration(card),), pictures=card.pictures),
            _fairness(card),
            *((card.migration,) if card.migration else ()),
            Section("Limits", items=card.limits),
            Section("Monitoring", items=card.monitoring),
        ),
    )
    return to_html(page), to_markdown(page)


def _samples(card: ModelCard) -> Table:
    rows = [
        (
            s.name,
            s.purpose,
            number(s.rows),
            number(s.bads),
            percent(s.bads / s.rows, digits=2),
            _period(s),
            percent(s.mature_share),
        )
        for s in card.samples
    ]
    header = ("sample", "used for", "rows", "bads", "bad rate", "period", "labels final in time")
    return table(header, rows, text_columns=2)


def _period(sample: SampleUsed) -> str:
    return "–" if sample.first_day is None else f"{sample.first_day} to {sample.last_day}"


def _members(card: ModelCard) -> Table:
    most = max(card.members.values(), default=1.0) or 1.0
    return table(
        ("member", "weight"),
        [(name, Cell(f"{weight:.4f}", bar=max(0.0, weight / most))) for name, weight in card.members.items()],
    )


def _performance(card: ModelCard) -> Section:
    rows = [
        (name.replace("_", " "), f"{i.estimate:.4f}", f"{i.low:.4f} to {i.high:.4f}", card.population)
        for name, i in card.metrics.items()
    ]
    levels = {i.level for i in card.metrics.values()}
    interval = " / ".join(percent(level, digits=0) for level in sorted(levels)) + " interval"
    return Section("Performance", tables=(table(("metric", "value", interval, "population"), rows),))


def _gates(card: ModelCard) -> Table:
    rows = [
        (
            gate.rule.replace("_", " "),
            "not measured" if gate.value is None else f"{gate.value:.4f}",
            Cell("holds", "good") if gate.holds else Cell("fails", "bad"),
        )
        for gate in card.gates
    ]
    return table(("gate", "measured", "verdict"), rows)


def _cut_off(cut_off: CutOffUsed) -> Section:
    at, low, high = (percent(value, digits=2) for value in (cut_off.threshold, cut_off.low, cut_off.high))
    text = (
        f"Declined from a probability of bad of {at}, chosen by {cut_off.objective} on the selection rows. "
        f"With other customers there it would lie between {low} and {high} (95%)."
    )
    # Every tenth of the units: the release holds the whole curve.
    told = [min(cut_off.strategy, key=lambda point: abs(point.approval_rate - tenth / 10)) for tenth in range(1, 11)]
    rows = [
        tuple(percent(v, digits=2) for v in (p.approval_rate, p.highest_probability, p.bad_rate, p.expected_bad_rate))
        for p in dict.fromkeys(told)
    ]
    header = ("approved", "up to probability", "bad rate", "expected bad rate")
    return Section("Cut-off", (text,), tables=(table(header, rows),), pictures=cut_off.pictures)


def _calibration(card: ModelCard) -> Table:
    c = card.calibration
    parts = zip(c.mean_probability.tolist(), c.bad_rate.tolist(), c.weight.tolist(), strict=True)
    rows = [(str(i), number(n), percent(p, digits=2), percent(r, digits=2)) for i, (p, r, n) in enumerate(parts, 1)]
    return table(("bin", "rows", "mean probability", "bad rate"), rows, caption="Equal-frequency bins, safest first.")


def _fairness(card: ModelCard) -> Section:
    if not card.fairness:
        return Section("Fairness", ("No protected attribute is declared for this portfolio, so none was examined.",))
    rows = [
        (
            found.attribute,
            group.group + (" (reference)" if i == 0 else ""),
            number(group.rows),
            percent(group.selection_rate),
            Cell(_interval(group.selection_ratio), "bad" if group.breaks_four_fifths else "plain"),
            _interval(group.equal_opportunity_gap),
            _interval(group.calibration_gap),
        )
        for found in card.fairness
        for i, group in enumerate(found.groups)
    ]
    header = ("attribute", "group", "rows", "accepted", "selection ratio", "equal opportunity gap", "calibration gap")
    text = "Groups against the largest one, with bootstrap intervals; below .8 breaks the four-fifths rule."
    return Section("Fairness", (text,), tables=(table(header, rows, text_columns=2),))


def _interval(found: Interval) -> str:
    return f"{number(round(found.estimate, 4))} ({number(round(found.low, 4))} to {number(round(found.high, 4))})"
