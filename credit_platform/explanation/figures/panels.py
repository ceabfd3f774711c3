"""Small multiples: many small axes of one look on one figure."""

from typing import TYPE_CHECKING

import numpy as np

from credit_platform.explanation.figures.canvas import GRID, INK, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def panels(count: int, *, columns: int, width: float, height: float) -> "tuple[Figure, list[Axes]]":
    """A figure of ``count`` styled axes, each ``width`` by ``height`` inches, row by row; the rest stays empty."""
    rows = -(-count // columns)
    figure, first = new_figure(width=width * min(columns, count), height=height * rows + 0.3)
    first.remove()
    grid = figure.subplots(rows, min(columns, count), squeeze=False).ravel()
    for axes in grid[count:]:
        axes.remove()
    for axes in grid[:count]:
        style(axes)
        axes.tick_params(labelsize=7.5)
        axes.xaxis.label.set_size(8)
        axes.yaxis.label.set_size(8)
    return figure, list(grid[:count])


def across(axes: "Axes") -> None:
    """Grid lines for horizontal bars."""
    axes.grid(False, axis="y")
    axes.grid(True, axis="x", color=GRID, linewidth=0.8)


def headed(axes: "Axes", title: str) -> None:
    """A small title over the left edge."""
    axes.set_title(title, loc="left", fontsize=9, color=INK, fontweight="bold")


def scaled(values: np.ndarray) -> np.ndarray:
    """Values (n,) as 0 to 1 between their 5% and 95% quantiles, missing as nan: the colours of dots."""
    held = values[~np.isnan(values)]
    if not held.size:
        return values
    low, high = np.quantile(held, (0.05, 0.95))
    return np.clip((values - low) / ((high - low) or 1.0), 0, 1)
