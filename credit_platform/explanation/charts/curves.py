"""Two curves of a scored sample: predicted against observed, and the bad rate at every share that is approved."""

from collections.abc import Sequence

from credit_platform.explanation.charts.svg import Scale, dot, drawing, line, path, text
from credit_platform.explanation.page import percent

_WIDTH, _LEFT, _TOP, _FLOOR, _HEIGHT = 320, 4, 16, 150, 168
Point = tuple[float, float]


def reliability_curve(points: Sequence[Point], *, name: str) -> str:
    """Bad rate over mean probability of each bin; the dashes are what would be perfect."""
    most = max((value for point in points for value in point), default=1.0) or 1.0
    across, up = Scale(0, most, _LEFT, _WIDTH - 4), Scale(0, most, _FLOOR, _TOP)
    marks = [line(across(0), up(0), across(most), up(most), "dashes")]
    marks += _axes("mean probability", "bad rate", most, most)
    marks.append(path([(across(x), up(y)) for x, y in points], "line"))
    marks += [
        dot(
            across(x), up(y), 3, "mark", tip=f"mean probability {percent(x, digits=2)}, bad rate {percent(y, digits=2)}"
        )
        for x, y in points
    ]
    return drawing(_WIDTH, _HEIGHT, marks, name=name)


def strategy_line(points: Sequence[Point], *, approved: float, name: str) -> str:
    """Bad rate of the approved over the share approved; the mark is where the cut-off lies."""
    most = max((y for _, y in points), default=1.0) or 1.0
    across, up = Scale(0, 1, _LEFT, _WIDTH - 4), Scale(0, most, _FLOOR, _TOP)
    x, y = min(points, key=lambda point: abs(point[0] - approved))
    tip = f"cut-off: {percent(x, digits=0)} approved, {percent(y, digits=2)} of them bad"
    marks = [
        *_axes("share approved", "bad rate of the approved", 1.0, most),
        path([(across(at), up(rate)) for at, rate in points], "line"),
        dot(across(x), up(y), 4, "event", tip=tip),
    ]
    return drawing(_WIDTH, _HEIGHT, marks, name=name)


def _axes(across: str, up: str, most_across: float, most_up: float) -> list[str]:
    return [
        line(_LEFT, _FLOOR, _WIDTH - 4, _FLOOR, "axis"),
        text(_LEFT, _TOP - 5, f"{up}, axis to {percent(most_up)}"),
        text(_WIDTH - 4, _HEIGHT - 4, f"{across}, axis to {percent(most_across)}", anchor="end"),
    ]
