"""Figures of verdicts: statistics beside the thresholds that judge them, and metrics inside their declared bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from credit_platform.explanation.figures.canvas import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    new_figure,
    png,
    short,
    style,
    titled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FORBIDDEN = "#f6ded3"
_MOST_ROWS = 25


@dataclass(frozen=True)
class Judged:
    """A statistic, the threshold above which it may alarm, and whether it does."""

    name: str
    value: float
    threshold: float
    is_alarm: bool


@dataclass(frozen=True)
class Bounded:
    """A metric with its 95% interval (None where unknown) and the bounds that it must keep (None where open)."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    minimum: float | None
    maximum: float | None

    @property
    def is_kept(self) -> bool:
        """Whether the metric was measured and lies within its bounds."""
        if self.value is None:
            return False
        return (self.minimum is None or self.value >= self.minimum) and (
            self.maximum is None or self.value <= self.maximum
        )


def against_thresholds(title: str, judged: Sequence[Judged], *, axis_name: str) -> bytes:
    """A dot a row, the nearest to its threshold (a tick) or the furthest beyond it on top; alarms in orange.

    At most 25 rows are drawn; the axis names how many are left out, all of them further from their thresholds.
    """
    ranked = sorted(judged, key=lambda j: (not j.is_alarm, -_ratio(j), j.name))
    shown = ranked[:_MOST_ROWS]
    figure, axes = new_figure(height=1.15 + 0.24 * max(len(shown), 2))
    place = np.arange(len(shown))[::-1]
    for at, row in zip(place, shown, strict=True):
        colour = ORANGE if row.is_alarm else BLUE
        axes.plot([0, row.value], [at, at], color=colour, lw=1.2, alpha=0.45)
        axes.plot([row.value], [at], "o", color=colour, ms=5)
        axes.plot([row.threshold] * 2, [at - 0.34, at + 0.34], color=INK, lw=1.4)
    axes.set_yticks(place, [short(row.name) for row in shown])
    axes.grid(False, axis="y")
    axes.grid(True, axis="x", color="#e6eaee", linewidth=0.8)
    axes.set_xlim(left=0)
    axes.margins(y=0.6 / max(len(shown), 1))
    left_out = f" ({len(ranked) - len(shown)} lower ones not drawn)" if len(ranked) > len(shown) else ""
    axes.set_xlabel(f"{axis_name}; the tick is the threshold{left_out}")
    titled(axes, title)
    return png(figure)


def within_bounds(title: str, bounded: Sequence[Bounded]) -> bytes:
    """A strip a metric, on its own scale: its interval and value, and the range that its gate forbids shaded."""
    figure, first = new_figure(height=0.7 + 0.62 * len(bounded))
    first.remove()
    strips = figure.subplots(len(bounded), 1, squeeze=False)[:, 0]
    for axes, row in zip(strips, bounded, strict=True):
        style(axes)
        axes.grid(False)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        _strip(axes, row)
    figure.suptitle(title, x=0.02, ha="left", fontsize=10.5, color=INK, fontweight="bold")
    return png(figure)


def _strip(axes: "Axes", row: Bounded) -> None:
    marks = [v for v in (row.value, row.low, row.high, row.minimum, row.maximum) if v is not None]
    pad = 0.25 * ((max(marks) - min(marks)) or abs(max(marks)) or 1.0)
    left, right = min(marks) - pad, max(marks) + pad
    axes.set_xlim(left, right)
    axes.set_ylim(-1, 1)
    if row.minimum is not None:
        axes.axvspan(left, row.minimum, color=_FORBIDDEN, lw=0)
    if row.maximum is not None:
        axes.axvspan(row.maximum, right, color=_FORBIDDEN, lw=0)
    colour = GREEN if row.is_kept else ORANGE
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [0, 0], color=colour, lw=2.4, alpha=0.5, solid_capstyle="round")
    found = "not measured" if row.value is None else f"{row.value:.4g}"
    if row.value is not None:
        axes.plot([row.value], [0], "o", color=colour, ms=6)
    axes.text(0, 1.02, row.name, transform=axes.transAxes, fontsize=9, color=INK, va="bottom")
    axes.text(1, 1.02, found, transform=axes.transAxes, fontsize=9, color=colour, va="bottom", ha="right")
    axes.tick_params(labelsize=7.5, colors=MUTED)


def _ratio(row: Judged) -> float:
    return row.value / row.threshold if row.threshold > 0 else row.value
