"""What ingest hands over: one batch of typed rows, what was set apart and why, or the reason to load nothing."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from credit_platform.contracts.source import Source
from credit_platform.sources.conversion import DTYPES
from credit_platform.sources.schema import DAY
from credit_platform.sources.spool import Overflow, Spool

QUARANTINE_COLUMNS = [
    "source", DAY, "source_file", "source_line", "column_name", "rule", "found", "expected", "raw_text",
]  # fmt: skip
_KEPT = {DAY: DTYPES["date"], "source_file": "object", "source_line": "int64"}


@dataclass(frozen=True)
class Batch:
    """Rows of one source that are loaded together or not at all.

    ``file`` is relative to the landing folder (the pattern where a batch spans several files); ``sha256`` is that of
    the file, or of the batch's own lines where one file is cut; ``file_sha256`` always that of the file (of the names
    and hashes where there are several). ``good``: the good rows as frames, canonical columns in
    contract order (text as object, integer Int64, decimal float64, date datetime64[ns], boolean) plus source_day
    (datetime64[ns], null without a day), source_file and source_line (1-based, header is line 1), and raw_text where
    another day may turn out to have delivered the unit first. ``broken``: frames of QUARANTINE_COLUMNS, one line per
    broken rule, so a row may have several. ``total_rows`` and ``bad_rows`` count records. With a ``refusal`` nothing is
    good and nothing may be loaded; what is broken is kept.
    """

    source: str
    day: dt.date | None
    file: str
    sha256: str
    file_sha256: str
    good: Spool
    broken: Spool
    total_rows: int
    bad_rows: int
    refusal: str | None = None

    @property
    def is_accepted(self) -> bool:
        return self.refusal is None

    @property
    def bad_share(self) -> float:
        """Share of records with at least one broken rule; 0 for no records."""
        return self.bad_rows / self.total_rows if self.total_rows else 0.0

    @property
    def rows(self) -> pd.DataFrame:
        """Every good row in one frame: for batches that are known to be small."""
        return self.good.whole()

    @property
    def quarantine(self) -> pd.DataFrame:
        """Every broken rule in one frame: for batches that are known to be small."""
        return self.broken.whole()


def empty_rows(source: Source) -> pd.DataFrame:
    """No rows, in the columns and types of ``Batch.rows``."""
    types = {column.canonical: DTYPES[column.type] for column in source.expanded_columns} | _KEPT
    if source.has_units:
        types["raw_text"] = "object"
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in types.items()})


def empty_quarantine() -> pd.DataFrame:
    """No broken rules, in the columns and types of ``Batch.quarantine``."""
    return pd.DataFrame({name: pd.Series(dtype=_KEPT.get(name, "object")) for name in QUARANTINE_COLUMNS})


def empty_batch(source: Source, *, day: dt.date | None, file: str, sha256: str, refusal: str | None = None) -> Batch:
    """A batch without records: nothing arrived (accepted), or nothing could be read (refused)."""
    overflow = Overflow()
    good, broken = Spool(empty_rows(source), overflow), Spool(empty_quarantine(), overflow)
    return Batch(source.name, day, file, sha256, sha256, good, broken, 0, 0, refusal)
