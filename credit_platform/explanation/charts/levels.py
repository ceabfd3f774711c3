"""The levels of a category: how common each is, and its event rate."""

from collections.abc import Sequence

from credit_platform.explanation.charts.rates import told, top_rate
from credit_platform.explanation.charts.svg import Scale, dot, drawing, line, rect, shortened, text
from credit_platform.explanation.page import percent
from credit_platform.statistics.profile import RateBin

_WIDTH, _ROW, _TOP = 300, 15, 16
_BARS, _RATES = (104, 162), (200, 294)


def rate_by_level(bins: Sequence[RateBin], overall: float | None, *, name: str, event: str) -> str:
    """A row a level: its share as a bar, its rate as a dot with a whisker; the dashes are the rate of all rows."""
    total = sum(b.rows for b in bins)
    share = Scale(0, max(b.rows for b in bins) / total, *_BARS)
    bottom = _TOP + _ROW * len(bins)
    marks = [text(_BARS[0], 10, "share of rows")]
    rate = None
    if overall is not None:
        rate = Scale(0, top_rate(bins, overall), *_RATES)
        marks += [
            text(_RATES[0], 10, f"{event} rate to {percent(rate.high)}"),
            line(rate(overall), _TOP, rate(overall), bottom, "dashes"),
        ]
    for i, one in enumerate(bins):
        y = _TOP + _ROW * i + _ROW / 2
        part = one.rows / total
        quiet = " quiet" if one.name in ("missing", "other levels") else ""
        marks += [
            text(0, y + 3.5, shortened(one.name, 17), kind=f"label{quiet}", tip=one.name),
            rect(_BARS[0], y - 4.5, share(part) - _BARS[0], 9, f"area{quiet}", tip=told(one, event)),
            text(share(part) + 3, y + 3.5, percent(part, digits=0)),
        ]
        if rate is not None and one.rate is not None and one.low is not None and one.high is not None:
            marks += [
                line(rate(one.low), y, rate(one.high), y, "event whisker"),
                dot(rate(one.rate), y, 3, "event", tip=told(one, event)),
            ]
    return drawing(_WIDTH, bottom + 2, marks, name=f"Levels of {name}")
