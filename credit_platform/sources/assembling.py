"""Judged chunks to batches: what goes on, what is set apart, and whether too much of it is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from credit_platform.contracts.source import Source
from credit_platform.sources.batch import Batch, empty_quarantine, empty_rows
from credit_platform.sources.breaches import quarantined
from credit_platform.sources.conversion import DTYPES
from credit_platform.sources.corrections import GONE
from credit_platform.sources.errors import breach_text
from credit_platform.sources.judging import judge
from credit_platform.sources.raw_file import RawFile, joint_hash
from credit_platform.sources.raw_table import RawChunk
from credit_platform.sources.schema import DAY
from credit_platform.sources.seen import Seen, read_telling_repeats
from credit_platform.sources.spool import Overflow, Spool


@dataclass
class Part:
    """A batch in the making, or one of the shares that it is judged by."""

    good: Spool
    broken: Spool
    records: int = 0
    bad: int = 0
    first: pd.DataFrame = field(default_factory=empty_quarantine)
    """The first broken rule, for the sentence of a refusal."""

    def add(self, good: pd.DataFrame, broken: pd.DataFrame, *, records: int) -> None:
        """What became of this many more records."""
        self.good.append(good)
        self.broken.append(broken)
        self.count(broken, records=records)

    def count(self, broken: pd.DataFrame, *, records: int) -> None:
        """The same without keeping a row. A correction of a record that is gone is named, but it is no record."""
        is_gone = broken["rule"] == GONE
        self.records += records - int(is_gone.sum())
        self.bad += broken.loc[~is_gone, "source_line"].nunique()
        if not len(self.first):
            self.first = broken[~is_gone].iloc[:1]

    def refusal(self, source: Source) -> str | None:
        """Why a batch of these records is refused; None up to and including the stated share of bad ones."""
        return share_refusal(source, self.first, bad=self.bad, total=self.records)


def new_part(source: Source, overflow: Overflow) -> Part:
    return Part(Spool(empty_rows(source), overflow), Spool(empty_quarantine(), overflow))


def batch_of(
    part: Part,
    *,
    source: Source,
    day: dt.date | None,
    file: str,
    sha256: str,
    file_sha256: str,
    refusal: str | None,
) -> Batch:
    """The batch of a part; with a refusal nothing of it is good."""
    good = part.good if refusal is None else new_part(source, Overflow()).good
    return Batch(source.name, day, file, sha256, file_sha256, good, part.broken, part.records, part.bad, refusal)


def file_batch(file: RawFile, *, day: dt.date | None) -> Batch:
    """The batch of a file that is one batch."""
    return whole_batch([(file, day)], file=file.name, day=day, source=file.source)


def whole_batch(
    files: Sequence[tuple[RawFile, dt.date | None]], *, file: str, day: dt.date | None, source: Source
) -> Batch:
    """Several files, each judged by its own day and share, as one batch; one refused file refuses it, by its name.

    A value that must be unique may occur once in all of them, the first file having it.
    """

    def read(seen: Seen) -> list[Batch]:
        part, refusals, hashes = new_part(source, Overflow()), list[str](), list[tuple[str, str]]()
        for each, its_day in files:
            sha256, refusal = _read_into(part, each, its_day, day, seen)
            hashes.append((each.name, sha256))
            refusals += [refusal] if refusal else []
        told = "; ".join(refusals) or None
        joint = joint_hash(hashes)
        return [batch_of(part, source=source, day=day, file=file, sha256=joint, file_sha256=joint, refusal=told)]

    (batch,) = read_telling_repeats(source, read, by_day=False)
    return batch


def _read_into(
    part: Part, file: RawFile, its_day: dt.date | None, day: dt.date | None, seen: Seen
) -> tuple[str, str | None]:
    """Add a file to the batch of ``day``; its hash, and why it is refused."""
    source, before = file.source, (part.records, part.bad)
    first = empty_quarantine()
    with file.opened() as opened:
        for chunk in opened.chunks():
            days = source_days(pd.RangeIndex(chunk.rows), its_day)
            judged = judge(chunk, days, source=source, form=file.form, seen=seen)
            broken = with_malformed(judged.quarantine, chunk, day=its_day, source=source)
            first = first if len(first) else broken[broken["rule"] != GONE].iloc[:1]
            part.add(_dated(judged.good, day), _dated(broken, day), records=chunk.records)
        refusal = opened.refusal
        if refusal is None:
            total, bad = part.records - before[0], part.bad - before[1]
            refusal = share_refusal(source, first, bad=bad, total=total)
        return opened.sha256(), refusal


def with_malformed(quarantine: pd.DataFrame, chunk: RawChunk, *, day: dt.date | None, source: Source) -> pd.DataFrame:
    """The quarantine and the records of the chunk that have no cells, in the order of the file's lines."""
    days = source_days(chunk.malformed.index, day)
    parts = [quarantine, quarantined([chunk.malformed], days, file=chunk.file, source=source)]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled).sort_values("source_line", kind="stable") if filled else quarantine


def share_refusal(source: Source, first: pd.DataFrame, *, bad: int, total: int) -> str | None:
    """Why ``total`` records of which ``bad`` are bad are refused, pointing at the first; None if they are not."""
    return None if bad <= source.max_bad_share * total else too_many_bad(source, first, bad=bad, total=total)


def too_many_bad(source: Source, first: pd.DataFrame, *, bad: int, total: int) -> str:
    """The sentence of a refusal: the share, and the first broken rule (one row of the quarantine)."""
    told = breach_text(
        first["source_file"].iloc[0],
        line=int(first["source_line"].iloc[0]),
        column=first["column_name"].iloc[0],
        rule=first["rule"].iloc[0],
        found=first["found"].iloc[0],
        expected=first["expected"].iloc[0],
    )
    return (
        f"{bad / total:.1%} of rows ({bad:,} of {total:,}) break the contract, "
        f"at most {source.max_bad_share:.1%} may; first: {told}; correct the file and deliver it again"
    )


def source_days(index: pd.Index, day: dt.date | None) -> pd.Series:
    """The source_day of these rows: one day, or null."""
    return pd.Series(pd.NaT if day is None else pd.Timestamp(day), index=index, dtype=DTYPES["date"])


def _dated(rows: pd.DataFrame, day: dt.date | None) -> pd.DataFrame:
    return rows.assign(**{DAY: source_days(rows.index, day)})
