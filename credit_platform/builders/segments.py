"""Families of rows that are judged together: all of a day, and each declared segment that has enough of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd

from credit_platform.contracts.use_case import UseCase
from credit_platform.statistics.references import Reference

ALL = "all"
REFERENCE_ROWS = 1_000
"""A segment of fewer development rows has no reference of its own and is not judged."""
_BETWEEN = "/"
"""Between segment and column in the names of a release's references; no column's name holds it."""


@dataclass(frozen=True)
class Family:
    """Rows of one segment (or all): which of the frame's rows (n,), and whether they can be judged, or why not."""

    segment: str
    is_member: np.ndarray
    refusal: str = ""

    @property
    def rows(self) -> int:
        return int(self.is_member.sum())


def segment_name(column: str, value: object) -> str:
    return f"{column}={value}"


def reference_key(segment: str, column: str) -> str:
    """Where a release keeps the reference of a column in a segment."""
    return column if segment == ALL else f"{segment}{_BETWEEN}{column}"


def references_in(held: dict[str, Any], segment: str) -> dict[str, Reference]:
    """The references of a segment by column; none where the development sample had too few of its rows."""
    if segment == ALL:
        return {name: _reference(name, content) for name, content in held.items() if _BETWEEN not in name}
    start = reference_key(segment, "")
    return {n.removeprefix(start): _reference(n, c) for n, c in held.items() if n.startswith(start)}


def _reference(name: str, content: dict[str, Any]) -> Reference:
    if absent := sorted({field.name for field in fields(Reference)} - set(content)):
        raise dg.Failure(
            f"the champion's drift reference of {name!r} lacks {', '.join(absent)}: the release is of an earlier "
            "version of the platform. Train and release again with: credit-platform run USE_CASE"
        )
    return Reference.from_dict(content)


def training_segments(values: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    """Name and members (n,) of each value of a segment column that the development rows (n,) hold often enough."""
    for value, rows in values.value_counts().items():
        if rows >= REFERENCE_ROWS:
            yield segment_name(str(values.name), value), (values == value).to_numpy()


def families(use_case: UseCase, frame: pd.DataFrame, held: dict[str, Any]) -> list[Family]:
    """All rows first, then every value of every declared segment on that day, with a reason where it is not judged.

    ``frame`` (n, k) holds a column ``segment__<name>`` for each declared segment.
    """
    found = [Family(ALL, np.ones(len(frame), dtype=bool))]
    for column in use_case.monitoring.segments:
        values = frame[f"segment__{column}"].astype(object).where(frame[f"segment__{column}"].notna(), "missing")
        for value in sorted(values.unique(), key=str):
            member = (values == value).to_numpy()
            name = segment_name(column, value)
            found.append(Family(name, member, _refusal(use_case, name, int(member.sum()), held)))
    return found


def _refusal(use_case: UseCase, segment: str, rows: int, held: dict[str, Any]) -> str:
    minimum = use_case.monitoring.minimum_rows
    if rows < minimum:
        return f"{rows} rows, at least {minimum} needed"
    if not any(name.startswith(reference_key(segment, "")) for name in held):
        return f"fewer than {REFERENCE_ROWS:,} rows in the development sample"
    return ""
