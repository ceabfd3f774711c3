"""What a feature does to the score: partial dependence with the spread of single rows, and what shuffling costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_platform.explanation.figures.canvas import BLUE, INK, MUTED, PALE, png, short
from credit_platform.explanation.figures.panels import across, headed, panels
from credit_platform.statistics.arrays import Floats
from credit_platform.statistics.bootstrap import Interval


@dataclass(frozen=True, eq=False)
class Curve:
    """Partial dependence of one feature: grid and log-odds (g,); ``categories`` name the grid of a category."""

    feature: str
    grid: Floats
    mean: Floats
    low: Floats
    high: Floats
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What shuffling one feature costs."""

    feature: str
    auc_drop: Interval
    log_loss_rise: Interval


def partial_dependence_panels(curves: Sequence[Curve]) -> bytes:
    """Mean log-odds over the grid; the band holds the middle 80% of the rows' own curves, set to the same level."""
    figure, grid = panels(len(curves), columns=3, width=3.4, height=2.0)
    for axes, curve in zip(grid, curves, strict=True):
        x = np.arange(len(curve.grid)) if curve.categories else curve.grid
        if curve.categories:
            axes.errorbar(
                x, curve.mean, [curve.mean - curve.low, curve.high - curve.mean], fmt="none", ecolor=PALE, lw=6
            )
            axes.plot(x, curve.mean, "o", color=BLUE, ms=4)
            axes.set_xticks(x, [name[:9] for name in curve.categories], rotation=30)
        else:
            axes.fill_between(x, curve.low, curve.high, color=PALE, lw=0, alpha=0.7)
            axes.plot(x, curve.mean, color=BLUE, lw=1.6)
            axes.plot(x, np.full(len(x), axes.get_ylim()[0]), "|", color=MUTED, ms=5)
        headed(axes, short(curve.feature))
    return png(figure)


def permutation_panels(costs: Sequence[Cost], *, top: int = 15) -> bytes:
    """Loss of AUC and rise of log-loss when a feature is shuffled, with 95% intervals; the largest first."""
    shown = list(costs[:top])[::-1]
    figure, grid = panels(2, columns=2, width=4.6, height=0.8 + 0.23 * len(shown))
    sides = (("loss of AUC", [c.auc_drop for c in shown]), ("rise of log-loss", [c.log_loss_rise for c in shown]))
    for axes, (title, found) in zip(grid, sides, strict=True):
        place = np.arange(len(found))
        colours = [BLUE if interval.is_above_zero else MUTED for interval in found]
        axes.hlines(place, [each.low for each in found], [each.high for each in found], colors=colours, lw=2, alpha=0.5)
        axes.scatter([each.estimate for each in found], place, color=colours, s=16, zorder=3)
        axes.axvline(0, color=INK, lw=0.8)
        axes.set_yticks(np.arange(len(shown)), [short(c.feature) for c in shown])
        across(axes)
        headed(axes, title)
    grid[1].set_yticklabels([])
    return png(figure)
