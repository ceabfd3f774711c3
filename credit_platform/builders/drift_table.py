"""The table of drift: one line a statistic, with the threshold that judged it, the same on every engine."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from credit_platform.builders.segments import ALL, Family
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.tables import qualified
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now
from credit_platform.statistics.stability import MATERIAL_RATE, MATERIAL_SHIFT, DriftResult

DRIFT = {
    "kind": "varchar",
    "scoring_day": "date",
    "segment": "varchar",
    "column_name": "varchar",
    "statistic": "varchar",
    "value": "double precision",
    "threshold": "double precision",
    "p_value": "double precision",
    "is_alarm": "boolean",
    "rows": "bigint",
    "note": "varchar",
    "release_id": "varchar",
    "file_sha256": "varchar",
    "recorded_at": "timestamp",
}
TABLE = "drift"
SCORE = "score"
DATA, PREDICTION, CONCEPT = "data", "prediction", "concept"
Judged = Mapping[str, Mapping[str, DriftResult]]
"""Segment -> column -> result; a segment that was not judged is not there."""


def drift_rows(day: dt.date, judged: Judged, families: list[Family], *, stamp: Mapping[str, Any]) -> pd.DataFrame:
    """Four lines a column and segment (shape, shift, missing, unseen), one for a segment that was not judged.

    ``stamp`` holds release_id and file_sha256 of all of them.
    """
    lines = [line for segment, results in judged.items() for line in _lines(segment, results)]
    lines += [_refused(family) for family in families if family.refusal]
    constant = {"scoring_day": day, "recorded_at": utc_now(), **stamp}
    return pd.DataFrame([line | constant for line in lines], columns=list(DRIFT))


def write_days(
    use_case: UseCase, warehouse: Warehouse, kinds: tuple[str, ...], days: Mapping[Any, pd.DataFrame]
) -> None:
    """Replace these kinds of lines of these days, in one transaction. A table of an older form makes way."""
    table = (use_case.output_schema, TABLE)
    if warehouse.has_table(use_case.name, *table) and not _is_current(use_case, warehouse):
        warehouse.write(use_case.name, [Replacement(table, DRIFT, pd.DataFrame(columns=list(DRIFT)))])
    replacements = []
    for day, rows in days.items():
        for kind in kinds:
            lines = rows[rows["kind"] == kind]
            replacements.append(Replacement(table, DRIFT, lines, where={"kind": kind, "scoring_day": day}))
    warehouse.write(use_case.name, replacements)


def read_days(use_case: UseCase, warehouse: Warehouse, *, until: dt.date, days: int) -> pd.DataFrame:
    """Lines of the last ``days`` judged days up to one, oldest first."""
    table = qualified(use_case.output_schema, TABLE)
    return warehouse.read(
        use_case.name,
        f"""
        select * from {table}
        where scoring_day in (
            select distinct scoring_day from {table} where scoring_day <= ? order by scoring_day desc limit {days}
        )
        order by scoring_day, segment, column_name, statistic
        """,
        [until],
    )


def told(segment: str, column: str) -> str:
    """A column of a segment in words."""
    return column if segment == ALL else f"{column} ({segment})"


def _lines(segment: str, results: Mapping[str, DriftResult]) -> Iterator[dict[str, Any]]:
    for column, found in results.items():
        shown = {
            "psi": (found.psi, found.threshold, found.p_value, found.is_shape_alarm),
            "shift": (found.shift, MATERIAL_SHIFT, found.shift_p_value, found.is_shift_alarm),
            "missing_rate": (
                found.missing_rate,
                found.reference_missing_rate + MATERIAL_RATE,
                found.missing_p_value,
                found.is_missing_alarm,
            ),
            "unseen_share": (found.unseen_share, MATERIAL_RATE, found.unseen_p_value, found.is_unseen_alarm),
        }
        for statistic, (value, threshold, p_value, is_alarm) in shown.items():
            yield {
                "kind": PREDICTION if column == SCORE else DATA,
                "segment": segment,
                "column_name": column,
                "statistic": statistic,
                "value": value,
                "threshold": threshold,
                "p_value": p_value,
                "is_alarm": is_alarm,
                "rows": found.rows,
                "note": "",
            }


def _refused(family: Family) -> dict[str, Any]:
    return {
        "kind": DATA,
        "segment": family.segment,
        "column_name": "*",
        "statistic": "rows",
        "value": float(family.rows),
        "threshold": None,
        "p_value": None,
        "is_alarm": False,
        "rows": family.rows,
        "note": f"not judged: {family.refusal}",
    }


def _is_current(use_case: UseCase, warehouse: Warehouse) -> bool:
    found = warehouse.columns(
        use_case.name,
        "select column_name from information_schema.columns where table_schema = ? and table_name = ?",
        [use_case.output_schema, TABLE],
    )
    return set(found["column_name"]) == set(DRIFT)
