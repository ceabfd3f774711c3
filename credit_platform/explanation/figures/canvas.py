"""One look for every figure: a light page, one blue for what is, one orange for bads, grey for the rest."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

INK, MUTED, GRID = "#1f2933", "#6b7785", "#e6eaee"
BLUE, PALE, ORANGE, GREEN = "#2f6fb0", "#bcd3ea", "#d9622b", "#3a8f6b"
PALETTE = (BLUE, ORANGE, GREEN, "#8a63a8", "#b08a2e", "#5a7d8c", "#b34a6a")
_DOTS_PER_INCH = 110
_LONGEST_NAME = 34


def new_figure(*, width: float = 7.2, height: float = 3.6) -> "tuple[Figure, Axes]":
    """A figure (inches) with one styled axes; it belongs to no global registry and is freed with its last name."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    figure = Figure(figsize=(width, height), dpi=_DOTS_PER_INCH, facecolor="white", layout=layout)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    style(axes)
    return figure, axes


def style(axes: "Axes") -> None:
    """Thin grid behind the data, no box, quiet tick labels."""
    axes.set_axisbelow(True)
    axes.grid(True, axis="y", color=GRID, linewidth=0.8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#c3cad1")
    axes.tick_params(colors=MUTED, labelsize=8.5, length=3)
    axes.xaxis.label.set(color=MUTED, size=9)
    axes.yaxis.label.set(color=MUTED, size=9)
    axes.title.set(color=INK, size=10.5)


def titled(axes: "Axes", title: str) -> None:
    """A title over the left edge of the axes."""
    axes.set_title(title, loc="left", fontsize=10.5, color=INK, fontweight="bold", pad=10)


def in_percent(axis: "Axis") -> None:
    """Tick labels of shares as percentages, with as many digits as they need."""
    axis.set_major_formatter(lambda value, _: f"{100 * value:.3g}%")


def png(figure: "Figure") -> bytes:
    """The figure as PNG bytes, without a creation date or software stamp: the same input gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    _settle(figure)
    target = io.BytesIO()
    # savefig would draw everything once before, into nothing, for a layout that the second drawing settles anyway.
    FigureCanvasAgg(figure).print_png(target, metadata={"Software": None})
    return target.getvalue()


def _settle(figure: "Figure") -> None:
    """Say what the layout need not measure: it would look at an axis's ticks again for each of its spines and for the
    place of a label that most axes do not have, half of all that it does."""
    for axes in figure.axes:
        for spine in axes.spines.values():
            spine.set_in_layout(False)
        for axis in (axes.xaxis, axes.yaxis):
            if not axis.label.get_text():
                axis.set_label_coords(0, 0)


def short(name: str) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
