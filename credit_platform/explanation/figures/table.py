"""Figures of a table: bars, shares of two samples, intervals."""

from collections.abc import Collection, Sequence

import numpy as np

from credit_platform.explanation.figures.canvas import (
    BLUE,
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


def distances(values: Sequence[float]) -> bytes:
    """How many units lie how far, from 0 to 1 or beyond where two changes add up."""
    figure, axes = new_figure(height=2.6)
    axes.hist(values, bins=np.arange(0, max(1.0, *values) + 0.05, 0.05).tolist(), color=BLUE, rwidth=0.9)
    in_percent(axes.xaxis)
    axes.set_ylabel("units")
    titled(axes, "Share of observed values that the change passes")
    return png(figure)


def windows(
    title: str, names: Sequence[str], values: Sequence[float], thresholds: Sequence[float], *, axis_name: str
) -> bytes:
    """A value a window, around 1, each with the tick from which it alarms."""
    figure, axes = new_figure(height=2.9)
    place = np.arange(len(names))
    axes.axhline(1, color="#b8c0c8", lw=1, ls="--")
    axes.plot(place, values, "o-", color=BLUE, ms=4.5, lw=1.3)
    for at, limit in zip(place, thresholds, strict=True):
        axes.plot([at - 0.3, at + 0.3], [limit, limit], color=ORANGE, lw=1.4)
    step = -(-len(names) // 12)
    axes.set_xticks(place[::step], list(names)[::step], rotation=30, ha="right", fontsize=8)
    axes.set_xlabel(f"{axis_name}; the tick is the threshold")
    titled(axes, title)
    return png(figure)


def intervals(
    title: str,
    names: Sequence[str],
    found: Sequence[Interval],
    *,
    axis_name: str,
    marked: Collection[int] = (0,),
    line: float | None = None,
) -> bytes:
    """Estimates with their intervals, one line each, in the order given from the top; ``marked`` places are orange.

    A dashed line stands at the value ``line``.
    """
    figure, axes = new_figure(height=1.1 + 0.3 * max(len(names), 2))
    place = np.arange(len(names))[::-1]
    for i, (at, interval) in enumerate(zip(place, found, strict=True)):
        colour = PALETTE[1] if i in marked else PALETTE[0]
        axes.plot([interval.low, interval.high], [at, at], color=colour, lw=2.2, solid_capstyle="round")
        axes.plot([interval.estimate], [at], "o", color=colour, ms=6)
    axes.set_yticks(place, [short(name) for name in names])
    axes.grid(True, axis="x", color="#e6eaee", linewidth=0.8)
    axes.margins(y=0.5 / max(len(names), 1))
    if line is not None:
        axes.axvline(line, color=MUTED, lw=1, ls="--", zorder=0)
    axes.set_xlabel(axis_name)
    titled(axes, title)
    return png(figure)
