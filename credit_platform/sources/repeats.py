"""Units that were already delivered on another day: set aside, so that one repeat does not break a whole warehouse."""

from collections.abc import Mapping

import pandas as pd

from credit_platform.contracts.source import Column, Source
from credit_platform.sources.assembling import batch_of, new_part
from credit_platform.sources.batch import QUARANTINE_COLUMNS, Batch, empty_quarantine
from credit_platform.sources.spool import Overflow, Spool

Known = Mapping[str, Mapping[str, str]]
"""Canonical unique column -> value -> where it was delivered first, in words."""


def unique_columns(source: Source) -> tuple[Column, ...]:
    """Columns whose values may occur once in a source, whatever the day."""
    return tuple(column for column in source.expanded_columns if column.unique)


def without_repeats(batch: Batch, source: Source, *, known: Known) -> Batch:
    """The batch without rows whose unique value another day has; they go to its quarantine.

    Refused when that takes the bad rows above the source's share. A batch that is refused already is left as it is.
    """
    if not batch.is_accepted or not known:
        return batch
    overflow = Overflow()
    part = new_part(source, overflow)
    for frame in batch.broken:
        part.broken.append(frame)
    part.records, part.bad, part.first = batch.total_rows, batch.bad_rows, _first(batch.broken)
    for rows in batch.good:
        found = [_repeats(rows, column, known.get(column.canonical, {}), source) for column in unique_columns(source)]
        repeats = pd.concat(found, ignore_index=True).sort_values("source_line", kind="stable")
        is_repeat = rows["source_line"].isin(repeats["source_line"])
        part.add(rows[~is_repeat].reset_index(drop=True), repeats, records=0)
    if part.bad == batch.bad_rows:
        return batch
    refusal = part.refusal(source)
    return batch_of(part, source=source, day=batch.day, file=batch.file, sha256=batch.sha256, refusal=refusal)


def _first(broken: Spool) -> pd.DataFrame:
    return next((frame.iloc[:1] for frame in broken), empty_quarantine())


def _repeats(rows: pd.DataFrame, column: Column, first: Mapping[str, str], source: Source) -> pd.DataFrame:
    values = rows[column.canonical].astype(str)
    found = rows[values.isin(list(first))]
    return pd.DataFrame(
        {
            "source": source.name,
            "source_day": found["source_day"],
            "source_file": found["source_file"],
            "source_line": found["source_line"],
            "column_name": column.name,
            "rule": "unique",
            "found": values[found.index],
            "expected": [f"a value not delivered before; {first[value]} has it" for value in values[found.index]],
            "raw_text": found["raw_text"],
        },
        columns=QUARANTINE_COLUMNS,
    )
