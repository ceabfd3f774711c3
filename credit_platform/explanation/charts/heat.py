"""Columns by days (or segments) as a grid: how near each statistic is to its threshold, and what alarmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credit_platform.explanation.charts.svg import drawing, rect, shortened, text

_CELL, _ROW, _LEFT = 22, 17, 210
_LONGEST = 26
_FULL = 2.0
"""A statistic at twice its threshold is as dark as any."""


@dataclass(frozen=True)
class Square:
    """Statistic over threshold, whether it alarmed, and its words."""

    ratio: float
    is_alarm: bool
    tip: str


def heat_map(
    rows: Sequence[str], columns: Sequence[str], squares: Mapping[tuple[str, str], Square], *, name: str
) -> str:
    """Squares by (row, column); a cell that has none stays empty, which is how too few rows look."""
    slant = 4.6 * min(_LONGEST, max(map(len, columns), default=0))
    top = 14 + slant
    marks = []
    for j, column in enumerate(columns):
        marks.append(
            text(_LEFT + j * _CELL + 12, top - 6, shortened(column, _LONGEST), turn=-50, kind="note", tip=column)
        )
    for i, row in enumerate(rows):
        y = top + i * _ROW
        marks.append(text(_LEFT - 8, y + 12, shortened(row, 32), anchor="end", kind="label", tip=row))
        for j, column in enumerate(columns):
            found = squares.get((row, column))
            if found is None:
                marks.append(
                    rect(_LEFT + j * _CELL, y, _CELL - 1, _ROW - 1, "empty", tip=f"{row}, {column}: not judged")
                )
                continue
            kind = "alarm" if found.is_alarm else "positive"
            opacity = 0.99 if found.is_alarm else 0.05 + 0.55 * min(found.ratio / _FULL, 1.0)
            marks.append(rect(_LEFT + j * _CELL, y, _CELL - 1, _ROW - 1, kind, tip=found.tip, opacity=opacity))
    width = _LEFT + _CELL * len(columns) + slant
    return drawing(width, top + _ROW * len(rows) + 2, marks, name=name)
