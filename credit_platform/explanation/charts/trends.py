"""What happens over the months: one column as a line of words' height, the whole table in two panels."""

import itertools
from collections.abc import Sequence

from credit_platform.explanation.charts.rates import told, top_rate
from credit_platform.explanation.charts.svg import Scale, dot, drawing, line, path, rect, text
from credit_platform.explanation.page import percent
from credit_platform.statistics.profile import MonthPoint, RateBin, rounded

_WIDTH, _HEIGHT = 300, 40
_WIDE, _RATE_TOP, _RATE_FLOOR, _ROWS_TOP, _ROWS_FLOOR, _TALL = 900, 22, 110, 138, 188, 206
_LABELS = 12


def sparkline(points: Sequence[MonthPoint], *, what: str) -> str:
    """The monthly value as a line with gaps, its last value named; the thin line below is the missing rate, 0 to 1."""
    values = [p.value for p in points]
    held = [v for v in values if v is not None]
    across = Scale(0, max(len(points) - 1, 1), 2, _WIDTH - 44)
    marks = [text(0, 9, f"{what} by month, {points[0].month} to {points[-1].month}")]
    if held:
        up = Scale(min(held), max(held), 30, 15)
        for is_held, run in itertools.groupby(enumerate(values), key=lambda pair: pair[1] is not None):
            if is_held:
                marks.append(path([(across(i), up(v)) for i, v in run if v is not None], "line"))
        last = max(i for i, v in enumerate(values) if v is not None)
        at = values[last] or 0.0
        tip = f"{points[last].month}: {rounded(at)}"
        marks += [dot(across(last), up(at), 2.5, "mark", tip=tip), text(across(last) + 6, up(at) + 3.5, rounded(at))]
    if any(p.missing_rate > 0 for p in points):
        low = Scale(0, 1, _HEIGHT - 1, _HEIGHT - 9)
        marks.append(path([(across(i), low(p.missing_rate)) for i, p in enumerate(points)], "gap"))
    return drawing(_WIDTH, _HEIGHT, marks, name=f"{what} by month")


def volume_and_rate(months: Sequence[RateBin], overall: float | None, *, event: str) -> str:
    """Two panels over one time axis: the event rate with its interval, and the rows a month below."""
    step = _WIDE / max(len(months), 1)
    volume = Scale(0, max(m.rows for m in months), _ROWS_FLOOR, _ROWS_TOP)
    every = -(-len(months) // _LABELS)
    marks = [text(0, _ROWS_TOP - 8, f"rows a month, up to {max(m.rows for m in months):,}")]
    for i, month in enumerate(months):
        height = _ROWS_FLOOR - volume(month.rows)
        marks.append(rect(i * step + 1, volume(month.rows), step - 2, height, "area", tip=told(month, event)))
        if i % every == 0:
            marks.append(text((i + 0.5) * step, _TALL - 4, month.name, anchor="middle"))
    marks.append(line(0, _ROWS_FLOOR, _WIDE, _ROWS_FLOOR, "axis"))
    if overall is not None:
        marks += _rate_panel(months, overall, step, event)
    return drawing(_WIDE, _TALL, marks, name=f"Rows and {event} rate by month")


def _rate_panel(months: Sequence[RateBin], overall: float, step: float, event: str) -> list[str]:
    up = Scale(0, top_rate(months, overall), _RATE_FLOOR, _RATE_TOP)
    marks = [
        text(
            0,
            _RATE_TOP - 10,
            f"{event} rate with its 95% interval, axis to {percent(up.high)}; all rows: {percent(overall, digits=2)}",
        ),
        line(0, up(overall), _WIDE, up(overall), "dashes"),
        line(0, _RATE_FLOOR, _WIDE, _RATE_FLOOR, "axis"),
        path([((i + 0.5) * step, up(m.rate or 0.0)) for i, m in enumerate(months)], "event thin"),
    ]
    for i, month in enumerate(months):
        if month.rate is None or month.low is None or month.high is None:
            continue
        x = (i + 0.5) * step
        marks.append(line(x, up(month.low), x, up(month.high), "event whisker"))
        marks.append(dot(x, up(month.rate), 3, "event", tip=told(month, event)))
    return marks
