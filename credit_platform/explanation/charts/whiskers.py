"""Estimates with their intervals, one line each: contenders of a leaderboard, groups of an attribute, segments."""

from collections.abc import Sequence
from dataclasses import dataclass

from credit_platform.explanation.charts.svg import Scale, dot, drawing, line, shortened, text

_WIDTH, _RIGHT, _ROW, _TOP = 320, 52, 17, 4
_LETTER, _GAP = 6.4, 12
"""Room of a letter of a label (12 px, the widest of the usual fonts), and what stands between label and line."""
_LONGEST = 22
"""Letters that leave the lines half the width; the names of every algorithm and ensemble are shorter."""


@dataclass(frozen=True)
class Whisker:
    """A line: ``low`` and ``high`` are None where the interval is open; a marked one is drawn apart."""

    name: str
    value: float
    low: float | None
    high: float | None
    is_marked: bool = False


def whiskers(
    rows: Sequence[Whisker],
    *,
    name: str,
    at: float | None = None,
    digits: int = 3,
    width: float = _WIDTH,
    longest: int = _LONGEST,
) -> str:
    """Dots with whiskers from the top in the order given, values on the right; dashes at the value ``at``.

    Names of more than ``longest`` letters are cut.
    """
    ends = [v for row in rows for v in (row.value, row.low, row.high) if v is not None] + ([] if at is None else [at])
    pad = (max(ends) - min(ends)) * 0.04
    names = [shortened(row.name.replace("_", " "), longest) for row in rows]
    left = _GAP + _LETTER * max(len(each) for each in names)
    across = Scale(min(ends) - pad, max(ends) + pad, left, width - _RIGHT)
    floor = _TOP + _ROW * len(rows)
    marks = [] if at is None else [line(across(at), 0, across(at), floor, "dashes")]
    for i, row in enumerate(rows):
        y = _TOP + _ROW * i + _ROW / 2
        kind = "event" if row.is_marked else "mark"
        low, high = (across(value) for value in (_or(row.low, across.low), _or(row.high, across.high)))
        told = f"{row.name}: {row.value:.{digits}f} ({_end(row.low, digits)} to {_end(row.high, digits)})"
        marks += [
            text(left - 8, y + 3.5, names[i], anchor="end", kind="label", tip=told),
            line(low, y, high, y, "event whisker" if row.is_marked else "link thin"),
            dot(across(row.value), y, 3, kind, tip=told),
            text(
                width,
                y + 3.5,
                f"{row.value:.{digits}f}",
                anchor="end",
                kind="note strong" if row.is_marked else "note",
            ),
        ]
    return drawing(width, floor + 4, marks, name=name)


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _end(value: float | None, digits: int) -> str:
    return "open" if value is None else f"{value:.{digits}f}"
