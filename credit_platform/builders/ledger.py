"""The ledger of loaded files: which bytes, read under which contract, every raw table was last made of."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.engines.base import Session
from credit_platform.resources.tables import VERDICTS, qualified, quoted
from credit_platform.resources.warehouse import Replacement
from credit_platform.sources import Batch

TABLE = "verdicts"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One row of the verdict table."""

    source: str
    source_day: dt.date | None
    source_file: str
    sha256: str
    lines_sha256: str | None
    file_sha256: str | None
    contract_sha256: str | None
    total_rows: int
    bad_rows: int
    repeated_rows: int | None
    is_accepted: bool
    refusal: str | None
    recorded_at: dt.datetime

    @property
    def in_force(self) -> tuple[bool, str]:
        """Changes whenever the rows of this day in the raw table do."""
        return self.is_accepted, self.sha256

    def is_of(self, file_sha256: str | None, contract_sha256: str) -> bool:
        """Whether these bytes under this contract were loaded, so that loading them again would change nothing."""
        known = (self.file_sha256, self.contract_sha256)
        return self.is_accepted and file_sha256 is not None and known == (file_sha256, contract_sha256)


def verdict_of(batch: Batch, *, table: str, contract_sha256: str, recorded_at: dt.datetime) -> Verdict:
    """The verdict on a batch, before other days had a say."""
    return Verdict(
        source=table,
        source_day=batch.day,
        source_file=batch.file,
        sha256=batch.sha256,
        lines_sha256=batch.sha256,
        file_sha256=batch.file_sha256,
        contract_sha256=contract_sha256,
        total_rows=batch.total_rows,
        bad_rows=batch.bad_rows,
        repeated_rows=0,
        is_accepted=batch.is_accepted,
        refusal=batch.refusal,
        recorded_at=recorded_at,
    )


def read_ledger(session: Session, use_case: UseCase, table: str) -> dict[dt.date | None, Verdict]:
    """The verdicts on a raw table by day; nothing where nothing was loaded yet."""
    if not has_columns(session, use_case.raw_schema, TABLE):
        return {}
    add_columns(session, (use_case.raw_schema, TABLE), VERDICTS)
    listed = ", ".join(quoted(name) for name in VERDICTS)
    found = session.columns(
        f"select {listed} from {qualified(use_case.raw_schema, TABLE)} where source = ? order by source_day", [table]
    )
    rows = [Verdict(**dict(zip(found, values, strict=True))) for values in zip(*found.values(), strict=True)]
    return {row.source_day: row for row in rows}


def verdict_rows(use_case: UseCase, verdicts: Iterable[Verdict]) -> list[Replacement]:
    """These verdicts in the place of those on the same table and day."""
    return [
        Replacement(
            (use_case.raw_schema, TABLE),
            VERDICTS,
            pd.DataFrame([asdict(verdict)]),
            where={"source": verdict.source, "source_day": verdict.source_day},
        )
        for verdict in verdicts
    ]


def has_columns(session: Session, schema: str, table: str) -> list[str]:
    """Columns of a table; none where there is no such table."""
    found = session.columns(
        "select column_name from information_schema.columns where table_schema = ? and table_name = ?", [schema, table]
    )
    return [str(name) for name in found["column_name"]]


def add_columns(session: Session, table: tuple[str, str], columns: Mapping[str, str]) -> None:
    """Give a table of an earlier version the columns that it lacks, null for its rows."""
    present = has_columns(session, *table)
    for name, kind in columns.items() if present else ():
        if name not in present:
            session.execute(f"alter table {qualified(*table)} add column {quoted(name)} {kind}")
