"""Concept drift on the page of a day: do matured outcomes follow the probabilities that were given before them?"""

from dataclasses import dataclass

import pandas as pd

from credit_platform.explanation import charts
from credit_platform.explanation.charts import Square
from credit_platform.explanation.page import number

ALL = "all"
STATISTICS = {"calibration": "observed over expected bads", "brier": "Brier score", "auc": "AUC"}
NOTHING_MATURED = (
    "No outcome of a unit scored up to this day has been reported yet: whether the probabilities still hold cannot be "
    "told."
)


@dataclass(frozen=True)
class ConceptLine:
    """One statistic of one segment in the last window, in words."""

    segment: str
    statistic: str
    outcomes: str
    value: str
    expected: str
    threshold: str
    is_alarm: bool


@dataclass(frozen=True)
class ConceptSection:
    """What the page shows; ``absence`` is why there is nothing to show, empty where there is."""

    absence: str
    window: str
    outcomes: int
    lines: tuple[ConceptLine, ...]
    refused: tuple[tuple[str, str], ...]
    windows: str

    @property
    def alarms(self) -> list[str]:
        """The alarms of the last window in words."""
        return [
            f"{line.statistic} of outcomes{'' if line.segment == ALL else f' in {line.segment}'}: {line.value} where "
            f"{line.expected} was expected, threshold {line.threshold}"
            for line in self.lines
            if line.is_alarm
        ]


def concept_section(lines: pd.DataFrame | None) -> ConceptSection:
    """``lines``: statistics by window (named by its last scoring_day) and segment, with value, expected, threshold
    (NaN where a window was not judged, and ``note`` says why), is_alarm and rows."""
    if lines is None or lines.empty:
        return ConceptSection(NOTHING_MATURED, "", 0, (), (), "")
    last = lines[lines["scoring_day"] == lines["scoring_day"].max()]
    judged, refused = last[last["threshold"].notna()], last[last["threshold"].isna()]
    return ConceptSection(
        absence="",
        window=str(last["scoring_day"].iloc[0])[:10],
        outcomes=int(last.loc[last["segment"] == ALL, "rows"].iloc[0]),
        lines=tuple(_line(row) for _, row in judged.iterrows()),
        refused=tuple(zip(refused["segment"].astype(str), refused["note"].astype(str), strict=True)),
        windows=_windows(lines[lines["threshold"].notna()]),
    )


def _line(row: pd.Series) -> ConceptLine:
    return ConceptLine(
        segment=str(row["segment"]),
        statistic=STATISTICS[row["statistic"]],
        outcomes=f"{row['rows']:,}",
        value=number(float(row["value"])),
        expected=number(float(row["expected"])),
        threshold=number(float(row["threshold"])),
        is_alarm=bool(row["is_alarm"]),
    )


def _windows(judged: pd.DataFrame) -> str:
    """Statistics of every segment by window; empty where none was judged."""
    if judged.empty:
        return ""
    squares: dict[tuple[str, str], Square] = {}
    for _, row in judged.iterrows():
        line, day = _line(row), str(row["scoring_day"])[:10]
        name = str(row["statistic"]) if line.segment == ALL else f"{row['statistic']} ({line.segment})"
        # A threshold lies on the side of the expected value on which the statistic is; the other side is no drift.
        ratio = (row["value"] - row["expected"]) / (row["threshold"] - row["expected"])
        tip = f"{name}, window to {day}: {line.value}, expected {line.expected}, threshold {line.threshold}"
        told = f"{tip}, {line.outcomes} outcomes{', alarm' if line.is_alarm else ''}"
        squares[name, day] = Square(max(0.0, float(ratio)), line.is_alarm, told)
    rows, days = (list(dict.fromkeys(each)) for each in zip(*squares, strict=True))
    return charts.heat_map(rows, sorted(days), squares, name="Outcomes by window")
