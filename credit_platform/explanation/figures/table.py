"""Figures of a table: bins with their bad rate, missing values, trends, correlation, shares, intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from credit_platform.explanation.figures.canvas import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PALE,
    PALETTE,
    in_percent,
    new_figure,
    png,
    short,
    titled,
)
from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.profile import MonthPoint, RateBin

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

_MOST_TICKS = 16


def bad_rate_by_bin(title: str, bins: Sequence[RateBin], *, rate_name: str = "bad rate") -> bytes:
    """Rows of each bin as bars and, where labelled, the rate with its 95% Wilson interval on the right axis."""
    figure, axes = new_figure(height=3.3)
    place = np.arange(len(bins))
    axes.bar(place, [b.rows for b in bins], color=PALE, width=0.82)
    axes.set_ylabel("rows")
    axes.margins(x=0.02)
    names = [short(b.name) for b in bins]
    slanted = sum(map(len, names)) > 70
    step = -(-len(bins) // _MOST_TICKS)
    axes.set_xticks(
        place[::step], names[::step], rotation=30 if slanted else 0, ha="right" if slanted else "center", fontsize=8
    )
    axes.grid(False)
    titled(axes, title)
    rated = [(i, b.rate, b.low, b.high) for i, b in enumerate(bins) if b.rate is not None]
    if rated:
        x, rate, low, high = (np.array(part, dtype=float) for part in zip(*rated, strict=True))
        right = axes.twinx()
        spread = np.vstack([np.maximum(rate - low, 0), np.maximum(high - rate, 0)])
        right.errorbar(x, rate, yerr=spread, fmt="o-", color=ORANGE, ms=4, lw=1.3, capsize=2.5)
        right.set_ylim(0, min(1.0, float(high.max()) * 1.12))
        in_percent(right.yaxis)
        right.set_ylabel(rate_name, color=ORANGE, fontsize=9)
        right.tick_params(colors=ORANGE, labelsize=8.5, length=3)
        for side in ("top", "left", "right", "bottom"):
            right.spines[side].set_visible(False)
    return png(figure)


def bars(title: str, names: Sequence[str], values: Sequence[float], *, axis_name: str, percent: bool = False) -> bytes:
    """Horizontal bars, in the order given from the top, each with its value."""
    figure, axes = new_figure(height=1.1 + 0.27 * max(len(names), 2))
    place = np.arange(len(names))[::-1]
    axes.barh(place, values, color=[BLUE if v >= 0 else ORANGE for v in values], height=0.68)
    axes.set_yticks(place, [short(name) for name in names])
    axes.grid(False, axis="y")
    axes.grid(True, axis="x", color="#e6eaee", linewidth=0.8)
    axes.set_xlabel(axis_name)
    for at, value in zip(place, values, strict=True):
        text = f"{value:.1%}" if percent else f"{value:.3g}"
        axes.annotate(text, (max(value, 0), at), (4, 0), textcoords="offset points", va="center", size=8, color=MUTED)
    axes.margins(x=0.12, y=0.6 / max(len(names), 1))
    if percent:
        in_percent(axes.xaxis)
    titled(axes, title)
    return png(figure)


def missingness(names: Sequence[str], rates: Sequence[float], *, title: str = "Missing values") -> bytes:
    """Share of missing values by column, largest first."""
    order = sorted(range(len(names)), key=lambda i: (-rates[i], names[i]))
    return bars(title, [names[i] for i in order], [rates[i] for i in order], axis_name="missing", percent=True)


def time_trend(title: str, points: Sequence[MonthPoint] | Sequence[RateBin], *, value_name: str) -> bytes:
    """Rows a month as bars; over them the monthly value, or the bad rate with its interval."""
    if points and isinstance(points[0], RateBin):
        return bad_rate_by_bin(title, [p for p in points if isinstance(p, RateBin)], rate_name=value_name)
    months = [p for p in points if isinstance(p, MonthPoint)]
    figure, axes = new_figure(height=2.8)
    place = np.arange(len(months))
    values = [np.nan if m.value is None else m.value for m in months]
    axes.plot(place, values, "o-", color=BLUE, ms=3.5, lw=1.5)
    step = -(-len(months) // _MOST_TICKS) or 1
    axes.set_xticks(place[::step], [m.month for m in months][::step], rotation=30, ha="right", fontsize=8)
    axes.set_ylabel(value_name)
    titled(axes, title)
    return png(figure)


def correlation_heat_map(names: Sequence[str], matrix: Sequence[Sequence[float]]) -> bytes:
    """Spearman correlations, blue negative to orange positive; numbers are written in up to 14 columns."""
    size = min(11.0, 2.6 + 0.42 * len(names))
    figure, axes = new_figure(width=size + 1, height=size)
    values = np.asarray(matrix, dtype=float).reshape(len(names), len(names))
    image = axes.imshow(values, cmap=_diverging(), vmin=-1, vmax=1)
    axes.set_xticks(range(len(names)), [short(n) for n in names], rotation=60, ha="right", fontsize=7.5)
    axes.set_yticks(range(len(names)), [short(n) for n in names], fontsize=7.5)
    axes.grid(False)
    for side in axes.spines.values():
        side.set_visible(False)
    if len(names) <= 14:
        for (row, column), value in np.ndenumerate(values):
            colour = "white" if abs(value) > 0.6 else INK
            axes.text(column, row, f"{round(value, 2) + 0.0:.2f}", ha="center", va="center", fontsize=6.5, color=colour)
    bar = figure.colorbar(image, ax=axes, shrink=0.7)
    bar.ax.set_frame_on(False)
    bar.ax.tick_params(labelsize=8, colors=MUTED)
    titled(axes, "Rank correlation")
    return png(figure)


def shares(title: str, names: Sequence[str], reference: Sequence[float], current: Sequence[float]) -> bytes:
    """Two distributions over the same bins side by side: what drifted, and where to."""
    figure, axes = new_figure(height=2.9)
    place = np.arange(len(names))
    axes.bar(place - 0.2, reference, width=0.4, color=PALE, label="reference")
    axes.bar(place + 0.2, current, width=0.4, color=BLUE, label="this sample")
    axes.set_xticks(place, [short(n) for n in names], rotation=30, ha="right", fontsize=8)
    in_percent(axes.yaxis)
    axes.legend(frameon=False, fontsize=8.5, ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)
    axes.margins(x=0.02)
    titled(axes, title)
    return png(figure)


def intervals(title: str, names: Sequence[str], found: Sequence[Interval], *, axis_name: str) -> bytes:
    """Estimates with their intervals, one line each, in the order given from the top."""
    figure, axes = new_figure(height=1.1 + 0.3 * max(len(names), 2))
    place = np.arange(len(names))[::-1]
    for i, (at, interval) in enumerate(zip(place, found, strict=True)):
        colour = PALETTE[0] if i else PALETTE[1]
        axes.plot([interval.low, interval.high], [at, at], color=colour, lw=2.2, solid_capstyle="round")
        axes.plot([interval.estimate], [at], "o", color=colour, ms=6)
    axes.set_yticks(place, [short(name) for name in names])
    axes.grid(True, axis="x", color="#e6eaee", linewidth=0.8)
    axes.margins(y=0.5 / max(len(names), 1))
    axes.set_xlabel(axis_name)
    titled(axes, title)
    return png(figure)


def _diverging() -> "LinearSegmentedColormap":
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue_orange", ["#2f6fb0", "#ffffff", "#d9622b"])
