"""The association of every pair of columns as a grid of squares."""

from credit_platform.explanation.charts.svg import drawing, rect, shortened, text
from credit_platform.statistics.profile import Associations

_CELL, _LEFT, _TOP = 15, 190, 130


def association_matrix(found: Associations) -> str:
    """Blue goes together, orange runs against; the darker the stronger. The lower triangle alone: nothing twice."""
    size = len(found.names)
    marks = []
    for i, name in enumerate(found.names):
        y = _TOP + i * _CELL
        marks.append(text(_LEFT - 6, y + 11, shortened(name, 30), anchor="end", kind="label", tip=found.kinds[i]))
        for j in range(i):
            value = found.matrix[i][j]
            tip = f"{name} and {found.names[j]}: {value:.2f}"
            kind = "positive" if value >= 0 else "negative"
            marks.append(
                rect(_LEFT + j * _CELL, y, _CELL - 1, _CELL - 1, kind, tip=tip, opacity=min(0.99, 0.04 + abs(value)))
            )
        x = _LEFT + i * _CELL
        if i < size - 1:
            marks.append(text(x + 10, y + 11, shortened(name, 20), turn=-45, kind="note"))
    width = _LEFT + size * _CELL + 90
    return drawing(width, _TOP + size * _CELL + 4, marks, name="Association of every pair of columns")
