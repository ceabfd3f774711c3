"""The few marks that every chart is made of; classes, not colours, so that the page decides how they look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Scale:
    """Linear map of [low, high] to [start, end]; everything goes to the middle where low equals high."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        part = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return self.start + part * (self.end - self.start)


def drawing(width: float, height: float, marks: Iterable[str], *, name: str) -> str:
    """An SVG element of its natural size, which the page may stretch; ``name`` is what a screen reader says."""
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f'<svg {size} role="img" aria-label="{escape(name)}">{"".join(marks)}</svg>'


def rect(x: float, y: float, width: float, height: float, kind: str, *, tip: str = "", opacity: float = 1.0) -> str:
    shown = "" if opacity >= 1 else f' fill-opacity="{opacity:.2f}"'
    where = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect class="{kind}" {where}{shown}{_closed("rect", tip)}'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def dot(x: float, y: float, radius: float, kind: str, *, tip: str = "") -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"{_closed("circle", tip)}'


def path(points: Sequence[tuple[float, float]], kind: str, *, is_closed: bool = False) -> str:
    """Straight lines through the points; nothing for fewer than two."""
    if len(points) < 2:
        return ""
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="{kind}" d="M{steps}{"Z" if is_closed else ""}"/>'


def text(
    x: float, y: float, content: str, *, anchor: Anchor = "start", kind: str = "note", turn: float = 0, tip: str = ""
) -> str:
    turned = f' transform="rotate({turn:g} {x:.1f} {y:.1f})"' if turn else ""
    title = f"<title>{escape(tip)}</title>" if tip else ""
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {where}{turned}>{escape(content)}{title}</text>'


def shortened(name: str, length: int) -> str:
    """A name that fits; the full one belongs in a tip."""
    return name if len(name) <= length else name[: length - 1] + "…"


def _closed(element: str, tip: str) -> str:
    return f"><title>{escape(tip)}</title></{element}>" if tip else "/>"
