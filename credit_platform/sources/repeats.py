"""Units that were already delivered on another day: set aside, so that one repeat does not break a whole warehouse."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from credit_platform.contracts.source import Column, Source
from credit_platform.sources.assembling import share_refusal
from credit_platform.sources.batch import QUARANTINE_COLUMNS, Batch, empty_rows

Known = Mapping[str, Mapping[str, str]]
"""Canonical unique column -> value -> where it was delivered first, in words."""


def unique_columns(source: Source) -> tuple[Column, ...]:
    """Columns whose values may occur once in a source, whatever the day."""
    return tuple(column for column in source.expanded_columns if column.unique)


def without_repeats(batch: Batch, source: Source, *, known: Known) -> Batch:
    """The batch without rows whose unique value another day has; they go to its quarantine.

    Refused when that takes the bad rows above the source's share. A batch that is refused already is left as it is.
    """
    if not batch.is_accepted or not len(batch.rows):
        return batch
    found = [_repeats(batch, column, known.get(column.canonical, {}), source) for column in unique_columns(source)]
    repeats = [part for part in found if len(part)]
    if not repeats:
        return batch
    quarantine = pd.concat([*([batch.quarantine] if len(batch.quarantine) else []), *repeats], ignore_index=True)
    lines = {line for part in repeats for line in part["source_line"]}
    bad_rows = batch.bad_rows + len(lines)
    refusal = share_refusal(source, quarantine, total=batch.total_rows)
    kept = batch.rows[~batch.rows["source_line"].isin(lines)].reset_index(drop=True)
    rows = empty_rows(source) if refusal else kept
    return replace(batch, rows=rows, quarantine=quarantine, bad_rows=bad_rows, refusal=refusal)


def _repeats(batch: Batch, column: Column, first: Mapping[str, str], source: Source) -> pd.DataFrame:
    values = batch.rows[column.canonical].astype(str)
    rows = batch.rows[values.isin(list(first))]
    return pd.DataFrame(
        {
            "source": source.name,
            "source_day": rows["source_day"],
            "source_file": rows["source_file"],
            "source_line": rows["source_line"],
            "column_name": column.name,
            "rule": "unique",
            "found": values[rows.index],
            "expected": [f"a value not delivered before; {first[value]} has it" for value in values[rows.index]],
            "raw_text": [",".join("" if pd.isna(v) else str(v) for v in row) for row in _contract_values(rows, source)],
        },
        columns=QUARANTINE_COLUMNS,
    )


def _contract_values(rows: pd.DataFrame, source: Source) -> list[list[object]]:
    """The typed values in contract order: the row's own text has been read already."""
    return rows[[column.canonical for column in source.expanded_columns]].astype(object).to_numpy().tolist()
