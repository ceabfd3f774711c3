"""Two distributions over the same bins, one over the other."""

from collections.abc import Sequence

from credit_platform.explanation.charts.svg import Scale, drawing, line, path, rect, text
from credit_platform.explanation.page import percent

_WIDTH, _TOP, _FLOOR, _HEIGHT = 300, 12, 78, 92


def two_shares(names: Sequence[str], reference: Sequence[float], current: Sequence[float], *, name: str) -> str:
    """Filled bars for the reference, a stepped line for the sample: where they part is what moved."""
    step = _WIDTH / max(len(names), 1)
    up = Scale(0, max([*reference, *current, 1e-9]), _FLOOR, _TOP)
    marks = [text(0, _TOP - 3, f"share of rows, axis to {percent(up.high, digits=0)}")]
    outline: list[tuple[float, float]] = []
    for i, (bin_name, before, now) in enumerate(zip(names, reference, current, strict=True)):
        tip = f"{bin_name}: {percent(before)} in the reference, {percent(now)} now"
        marks.append(rect(i * step + 0.5, up(before), step - 1, _FLOOR - up(before), "area", tip=tip))
        outline += [(i * step, up(now)), ((i + 1) * step, up(now))]
    marks += [path(outline, "event"), line(0, _FLOOR, _WIDTH, _FLOOR, "axis")]
    if names:
        marks.append(text(0, _HEIGHT - 2, names[0]))
        marks.append(text(_WIDTH, _HEIGHT - 2, names[-1] if len(names) > 1 else "", anchor="end"))
    return drawing(_WIDTH, _HEIGHT, marks, name=f"{name}: reference and current sample")
