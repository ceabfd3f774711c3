"""The event rate of each bin of a number, with its interval."""

from collections.abc import Sequence

from credit_platform.explanation.charts.svg import Scale, dot, drawing, line, path, text
from credit_platform.explanation.page import percent
from credit_platform.statistics.profile import RateBin

_WIDTH, _TOP, _FLOOR, _HEIGHT = 300, 12, 78, 92
_MISSING_GAP = 26


def top_rate(bins: Sequence[RateBin], overall: float) -> float:
    """End of the rate axis: upper interval ends, but none may press the rates into the lowest third."""
    rates = [b.rate or 0.0 for b in bins]
    return min(max(b.high or 0.0 for b in bins), 3 * max([*rates, overall])) or 1.0


def told(one: RateBin, event: str) -> str:
    """A bin in words, for its tip."""
    if one.rate is None:
        return f"{one.name}: {one.rows:,} rows"
    interval = f"95%: {percent(one.low)} to {percent(one.high)}"
    return f"{one.name}: {one.rows:,} rows, {event} rate {percent(one.rate, digits=2)} ({interval})"


def rate_by_bin(bins: Sequence[RateBin], overall: float, *, name: str, event: str) -> str:
    """Dots with whiskers from the lowest bin to the highest, missing rows apart on the right; the dashes: all rows."""
    known = [b for b in bins if b.name != "missing"]
    gaps = [b for b in bins if b.name == "missing"]
    right = _WIDTH - (_MISSING_GAP if gaps else 0)
    height = Scale(0, top_rate(bins, overall), _FLOOR, _TOP)
    step = right / max(len(known), 1)
    places = [(i + 0.5) * step for i in range(len(known))]
    marks = [
        line(0, height(overall), right, height(overall), "dashes"),
        line(0, _FLOOR, right, _FLOOR, "axis"),
        path([(x, height(b.rate or 0.0)) for x, b in zip(places, known, strict=True)], "event thin"),
        text(0, _TOP - 3, f"{event} rate, axis to {percent(height.high)}"),
    ]
    for x, one in [*zip(places, known, strict=True), *((_WIDTH - 9.0, b) for b in gaps)]:
        marks += _whisker(x, one, height, event)
    if known:
        marks.append(text(0, _HEIGHT - 2, known[0].name))
        marks.append(
            text(right - (4 if gaps else 0), _HEIGHT - 2, known[-1].name if len(known) > 1 else "", anchor="end")
        )
    if gaps:
        marks.append(text(_WIDTH, _HEIGHT - 2, "n/a", anchor="end", tip="rows without a value"))
    return drawing(_WIDTH, _HEIGHT, marks, name=f"{event} rate by bin of {name}")


def _whisker(x: float, one: RateBin, height: Scale, event: str) -> list[str]:
    if one.rate is None or one.low is None or one.high is None:
        return []
    ends = line(x, height(one.low), x, height(one.high), "event whisker")
    return [ends, dot(x, height(one.rate), 3, "event", tip=told(one, event))]
