"""Which groups of columns are missing together."""

from credit_platform.explanation.charts.rates import told, top_rate
from credit_platform.explanation.charts.svg import Scale, dot, drawing, line, rect, shortened, text
from credit_platform.explanation.page import percent
from credit_platform.statistics.profile import Missingness

_CELL, _LEFT, _GAP = 20, 236, 16
_BAR, _RATE = 110, 130


def missing_patterns(found: Missingness, rows: int, overall: float | None, *, event: str) -> str:
    """A row a group of columns, a column a pattern of rows: a filled dot where the group is missing.

    Above each pattern stand its share of the rows and, where labelled, its event rate.
    """
    top = _BAR + (_RATE if overall is not None else 0)
    outcomes = [p.outcome for p in found.patterns]
    share = Scale(0, max((o.rows for o in outcomes), default=1) / rows, top - _GAP, top - _BAR + 14)
    marks = [text(0, top - _BAR + 22, "share of rows with this pattern", kind="label")]
    if overall is not None:
        marks.append(text(0, 22, f"{event} rate of those rows", kind="label"))
    width = _LEFT + _CELL * 1.6 * len(found.patterns)
    for i, pattern in enumerate(found.patterns):
        x = _LEFT + _CELL * 1.6 * (i + 0.5)
        part = pattern.outcome.rows / rows
        floor = top - _GAP
        marks.append(rect(x - 9, share(part), 18, floor - share(part), "area", tip=told(pattern.outcome, event)))
        marks.append(text(x, share(part) - 3, percent(part, digits=0 if part >= 0.1 else 1), anchor="middle"))
        marks += _dots(x, top, set(pattern.groups), len(found.groups))
    if overall is not None and outcomes:
        marks += _rates(found, overall, width, event)
    for g, (names, held) in enumerate(zip(found.groups, found.group_rows, strict=True)):
        named = names[0] if len(names) == 1 else f"{shortened(names[0], 22)} +{len(names) - 1}"
        y = top + g * _CELL + 4
        marks.append(text(0, y, shortened(named, 28), kind="label", tip=", ".join(names)))
        marks.append(text(_LEFT - 14, y, percent(held / rows, digits=0 if held / rows >= 0.1 else 1), anchor="end"))
    return drawing(
        max(width, _LEFT + 120), top + _CELL * len(found.groups) + 2, marks, name="Patterns of missing values"
    )


def _dots(x: float, top: float, missing: set[int], groups: int) -> list[str]:
    marks = [dot(x, top + g * _CELL, 5, "mark" if g in missing else "hollow") for g in range(groups)]
    if len(missing) > 1:
        marks.append(line(x, top + min(missing) * _CELL, x, top + max(missing) * _CELL, "link"))
    return marks


def _rates(found: Missingness, overall: float, width: float, event: str) -> list[str]:
    up = Scale(0, top_rate([p.outcome for p in found.patterns], overall), _RATE - 24, 12)
    marks = [line(_LEFT, up(overall), width, up(overall), "dashes"), line(_LEFT, up(0), width, up(0), "axis")]
    for i, pattern in enumerate(found.patterns):
        one, x = pattern.outcome, _LEFT + _CELL * 1.6 * (i + 0.5)
        if one.rate is None or one.low is None or one.high is None:
            continue
        marks.append(line(x, up(one.low), x, up(one.high), "event whisker"))
        marks.append(dot(x, up(one.rate), 3, "event", tip=told(one, event)))
    marks.append(text(_LEFT - 14, up(overall) + 3, percent(overall, digits=1), anchor="end"))
    return marks
