"""One card a column: its charts, its few numbers, its place in every order."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from credit_platform.explanation import charts
from credit_platform.explanation.page import percent
from credit_platform.explanation.profile_findings import SUSPICIOUS_IV
from credit_platform.statistics.profile import ColumnProfile, RateBin, rounded

_LABELLED = ("bin", "rows", "share", "bads", "rate", "95% interval", "WoE", "IV")


@dataclass(frozen=True)
class Order:
    """A way to sort the columns: largest first, names break ties."""

    id: str
    name: str
    size: Callable[[ColumnProfile], float]


ORDERS = (
    Order("iv", "information value", lambda c: c.information_value or 0.0),
    Order("shift", "shift over time", lambda c: c.shift or 0.0),
    Order("missing", "missing", lambda c: c.missing_rate),
    Order("outliers", "outliers", lambda c: c.outliers.share if c.outliers else 0.0),
    Order("name", "name", lambda c: 0.0),
)


@dataclass(frozen=True)
class Card:
    """What the template shows of one column; ``places`` holds its rank in every order, ``meter`` is in percent."""

    id: str
    name: str
    kind: str
    places: str
    meter: float
    badge: str
    is_suspicious: bool
    numbers: str
    outliers: str
    charts: tuple[str, ...]
    header: tuple[str, ...]
    bins: tuple[tuple[str, ...], ...]


def cards(columns: Sequence[ColumnProfile], overall: float | None, *, event: str) -> list[Card]:
    """Cards by information value; the other orders are numbers that the page's style sheet sorts by."""
    ranks = {order.id: _ranks(columns, order) for order in ORDERS}
    top = max((c.information_value or 0.0 for c in columns), default=0.0) or 1.0
    made = [_card(c, {id_: rank[c.name] for id_, rank in ranks.items()}, overall, top, event) for c in columns]
    first = ranks[ORDERS[0].id]
    return sorted(made, key=lambda card: first[card.name])


def anchor(name: str) -> str:
    """Anchor of a column on the page."""
    return "c-" + re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _ranks(columns: Sequence[ColumnProfile], order: Order) -> dict[str, int]:
    return {c.name: i for i, c in enumerate(sorted(columns, key=lambda c: (-order.size(c), c.name)))}


def _card(column: ColumnProfile, ranks: dict[str, int], overall: float | None, top: float, event: str) -> Card:
    value = column.information_value
    return Card(
        id=anchor(column.name),
        name=column.name,
        kind=column.kind,
        places=";".join(f"--{name}:{rank}" for name, rank in ranks.items()),
        meter=round(100 * min(1.0, (value or 0.0) / top), 1),
        badge="" if value is None else f"IV {value:.3f}",
        is_suspicious=(value or 0.0) > SUSPICIOUS_IV,
        numbers=_numbers(column),
        outliers=_outliers(column),
        charts=tuple(_charts(column, overall, event)),
        header=_LABELLED if column.bins and column.bins[0].rate is not None else _LABELLED[:3],
        bins=tuple(_bin_row(b, column.rows) for b in column.bins),
    )


def _numbers(column: ColumnProfile) -> str:
    parts = [column.kind, f"{percent(column.missing_rate)} missing" if column.missing else "none missing"]
    if column.kind == "date":
        parts.append(f"{column.first} to {column.last}" if column.first else "empty")
    else:
        parts.append(f"{column.distinct:,} distinct")
    if column.mean is not None and column.standard_deviation is not None:
        parts.append(f"mean {rounded(column.mean)} ± {rounded(column.standard_deviation)}")
    if column.outliers is not None and column.outliers.share:
        parts.append(f"{percent(column.outliers.share)} outliers")
    if column.shift is not None:
        parts.append(f"shift {column.shift:.2f}")
    return " · ".join(parts)


def _outliers(column: ColumnProfile) -> str:
    found = column.outliers
    if found is None:
        return ""
    robust = "half of the values are one" if found.robust is None else f"{found.robust:,}"
    return f"Beyond Tukey's fences: {found.below:,} below, {found.above:,} above. Robust z above 3.5: {robust}."


def _charts(column: ColumnProfile, overall: float | None, event: str) -> list[str]:
    made = []
    if column.shape is not None:
        made.append(charts.outline(column.shape, column.quantiles[0.5], name=column.name))
    if column.kind == "category" and column.bins:
        made.append(charts.rate_by_level(column.bins, overall, name=column.name, event=event))
    elif column.bins and overall is not None and (len(column.bins) > 1):
        made.append(charts.rate_by_bin(column.bins, overall, name=column.name, event=event))
    if len(column.trend) > 1:
        what = "median" if column.kind == "numeric" else "share of the commonest level"
        made.append(charts.sparkline(column.trend, what=what))
    return made


def _bin_row(one: RateBin, total: int) -> tuple[str, ...]:
    row = (one.name, f"{one.rows:,}", percent(one.rows / total))
    if one.rate is None:
        return row
    told = (f"{one.bads:,}", percent(one.rate, digits=2), f"{percent(one.low)} to {percent(one.high)}")
    if one.woe is None or one.contribution is None:
        return (*row, *told)
    return (*row, *told, f"{one.woe:+.2f}", f"{one.contribution:.4f}")
