"""The distribution of a number as a silhouette."""

import math

from credit_platform.explanation.charts.svg import Scale, drawing, line, path, text
from credit_platform.statistics.profile import Shape, rounded

_WIDTH, _HEIGHT, _FLOOR = 300, 58, 44


def outline(shape: Shape, median: float, *, name: str) -> str:
    """Filled steps from the .5% to the 99.5% quantile, a tick at the median, the three values below."""
    step = _WIDTH / len(shape.counts)
    height = Scale(0, max(max(shape.counts), 1), _FLOOR, 3)
    steps = [
        point
        for i, count in enumerate(shape.counts)
        for point in ((i * step, height(count)), ((i + 1) * step, height(count)))
    ]
    bend = math.log if shape.is_log else float
    at = Scale(bend(shape.low), bend(shape.high), 0, _WIDTH)(
        bend(median) if median > 0 or not shape.is_log else bend(shape.low)
    )
    axis = " (log)" if shape.is_log else ""
    marks = [
        path([(0, _FLOOR), *steps, (_WIDTH, _FLOOR)], "area", is_closed=True),
        line(0, _FLOOR, _WIDTH, _FLOOR, "axis"),
        line(at, _FLOOR - 5, at, _FLOOR + 4, "mark"),
        text(0, _HEIGHT - 3, rounded(shape.low) + axis),
        text(_WIDTH, _HEIGHT - 3, rounded(shape.high), anchor="end"),
    ]
    if 0.2 * _WIDTH < at < 0.85 * _WIDTH:
        marks.append(text(at, _HEIGHT - 3, rounded(median), anchor="middle", kind="note strong"))
    return drawing(_WIDTH, _HEIGHT, marks, name=f"Distribution of {name}")
