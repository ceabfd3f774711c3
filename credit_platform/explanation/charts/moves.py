"""Where the units of each band go under another model, as a grid."""

from collections.abc import Mapping, Sequence

from credit_platform.explanation.charts.svg import drawing, rect, text

_CELL, _ROW, _TOP = 58, 24, 26
_LETTER, _GAP = 6.4, 12
"""Room of a letter of a label (12 px, the widest of the usual fonts), and what stands between label and cells."""


def moves(counts: Mapping[str, Sequence[int]], *, name: str) -> str:
    """Old bands down, new bands across, each cell as dark as its share of the old band; orange moves to a worse one."""
    left = _GAP + _LETTER * max(len(f"was {band}") for band in counts)
    marks = [
        text(left + j * _CELL + _CELL / 2, _TOP - 8, f"is {band}", anchor="middle") for j, band in enumerate(counts)
    ]
    for i, (band, row) in enumerate(counts.items()):
        y, total = _TOP + i * _ROW, sum(row) or 1
        marks.append(text(left - 8, y + 16, f"was {band}", anchor="end", kind="label"))
        for j, count in enumerate(row):
            share, x = count / total, left + j * _CELL
            tip = f"{count:,} of {total:,} that were {band}"
            kind = "negative" if j > i else "positive"
            marks.append(rect(x, y, _CELL - 2, _ROW - 2, kind, tip=tip, opacity=0.04 + 0.6 * share))
            marks.append(text(x + _CELL / 2 - 1, y + 15, f"{count:,}", anchor="middle", kind="label"))
    return drawing(left + _CELL * len(counts), _TOP + _ROW * len(counts) + 4, marks, name=name)
