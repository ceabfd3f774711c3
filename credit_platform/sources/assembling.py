"""Judged rows to batches: what goes on, what is set apart, and whether too much of it is."""

import datetime as dt
import hashlib

import pandas as pd

from credit_platform.contracts.source import Source
from credit_platform.sources.batch import Batch, empty_batch, empty_quarantine, empty_rows
from credit_platform.sources.breaches import quarantined
from credit_platform.sources.conversion import DTYPES
from credit_platform.sources.errors import breach_text
from credit_platform.sources.judging import judge
from credit_platform.sources.raw_table import RawTable, parse
from credit_platform.sources.schema import DAY


def file_batch(content: bytes, *, file: str, day: dt.date | None, source: Source) -> Batch:
    """The batch of a file that is one batch."""
    table = parse(content, file=file, source=source)
    if table.refusal is not None:
        return empty_batch(source, day=day, file=file, sha256=table.sha256, refusal=table.refusal)
    judged = judge(table, source_days(table.texts.index, day), source=source)
    quarantine = with_malformed(judged.quarantine, table, day=day, source=source)
    total = len(table.texts) + len(table.malformed)
    refusal = share_refusal(source, quarantine, total=total)
    return assemble(
        judged.good, quarantine, table=table, day=day, source=source, sha256=table.sha256, total=total, refusal=refusal
    )


def assemble(
    good: pd.DataFrame,
    quarantine: pd.DataFrame,
    *,
    table: RawTable,
    day: dt.date | None,
    source: Source,
    sha256: str,
    total: int,
    refusal: str | None,
) -> Batch:
    """The batch of these good and bad rows of a table; with a refusal its rows are empty."""
    return Batch(
        source=source.name,
        day=day,
        file=table.file,
        sha256=sha256,
        rows=(good if refusal is None else good.iloc[:0]).reset_index(drop=True),
        quarantine=quarantine.reset_index(drop=True),
        total_rows=total,
        bad_rows=quarantine["source_line"].nunique(),
        refusal=refusal,
    )


def with_malformed(quarantine: pd.DataFrame, table: RawTable, *, day: dt.date | None, source: Source) -> pd.DataFrame:
    """The quarantine and the records of the table that have no cells, in the order of the file's lines."""
    days = source_days(table.malformed.index, day)
    parts = [quarantine, quarantined([table.malformed], days, file=table.file, source=source)]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled).sort_values("source_line", kind="stable") if filled else quarantine


def share_refusal(source: Source, quarantine: pd.DataFrame, *, total: int) -> str | None:
    """Why a batch of ``total`` records with this quarantine is refused; None up to and including the stated share."""
    bad = quarantine["source_line"].nunique()
    if bad <= source.max_bad_share * total:
        return None
    first = quarantine.iloc[0]
    told = breach_text(
        first["source_file"],
        line=int(first["source_line"]),
        column=first["column_name"],
        rule=first["rule"],
        found=first["found"],
        expected=first["expected"],
    )
    return (
        f"{bad / total:.1%} of rows ({bad:,} of {total:,}) break the contract, "
        f"at most {source.max_bad_share:.1%} may; first: {told}; correct the file and deliver it again"
    )


def joined(batches: list[Batch], *, file: str, source: Source) -> Batch:
    """Several accepted or refused batches as one without a day; one refused part refuses the whole, by its name."""
    refusals = [batch.refusal for batch in batches if batch.refusal is not None]
    parts = [batch.rows for batch in batches if len(batch.rows)] if not refusals else []
    broken = [batch.quarantine for batch in batches if len(batch.quarantine)]
    hashes = "\n".join(f"{batch.file} {batch.sha256}" for batch in batches)
    return Batch(
        source=source.name,
        day=None,
        file=batches[0].file if len(batches) == 1 else file,
        sha256=hashlib.sha256(hashes.encode()).hexdigest(),
        rows=_undated(pd.concat(parts, ignore_index=True)) if parts else empty_rows(source),
        quarantine=_undated(pd.concat(broken, ignore_index=True)) if broken else empty_quarantine(),
        total_rows=sum(batch.total_rows for batch in batches),
        bad_rows=sum(batch.bad_rows for batch in batches),
        refusal="; ".join(refusals) if refusals else None,
    )


def source_days(index: pd.Index, day: dt.date | None) -> pd.Series:
    """The source_day of these rows: one day, or null."""
    return pd.Series(pd.NaT if day is None else pd.Timestamp(day), index=index, dtype=DTYPES["date"])


def _undated(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{DAY: source_days(rows.index, None)})
