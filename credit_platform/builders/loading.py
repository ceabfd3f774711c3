"""Batches into raw tables: one transaction for rows, quarantine, verdicts and what they mean for other days."""

import datetime as dt
from collections.abc import Mapping, Sequence

from credit_platform.builders.ledger import (
    Verdict,
    has_columns,
    read_ledger,
    verdict_of,
    verdict_rows,
)
from credit_platform.builders.raw_tables import history_table, raw_columns, set_aside_table
from credit_platform.builders.settling import settle
from credit_platform.contracts.source import Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.engines.base import Session
from credit_platform.resources.tables import QUARANTINE
from credit_platform.resources.warehouse import Replacement, Warehouse, utc_now
from credit_platform.sources import Batch


def loaded_so_far(use_case: UseCase, warehouse: Warehouse, table: str) -> dict[dt.date | None, Verdict]:
    """The verdicts on a raw table by day; none if the table itself is gone."""
    with warehouse.session(use_case.name) as session:
        return read_ledger(session, use_case, table) if has_columns(session, use_case.raw_schema, table) else {}


def load(
    use_case: UseCase,
    warehouse: Warehouse,
    source: Source,
    table: str,
    batches: Sequence[Batch],
    *,
    contract_sha256: str,
) -> Mapping[dt.date | None, Verdict]:
    """Write accepted batches, their quarantine and every verdict; all of it is visible, or none. The verdicts by day.

    A refused batch leaves the rows that were there; its verdict and quarantine say why.
    """
    with warehouse.session(use_case.name) as session:
        if batches:
            with session.transaction():
                for batch in batches:
                    _write(session, use_case, source, table, batch, contract_sha256)
                settle(session, use_case, source, loaded=[batch.day for batch in batches])
        return read_ledger(session, use_case, table)


def _write(session: Session, use_case: UseCase, source: Source, table: str, batch: Batch, contract_sha256: str) -> None:
    schema, columns = use_case.raw_schema, raw_columns(source)
    where = None if batch.day is None else {"source_day": batch.day}
    named = {"source": table, "source_day": batch.day}
    broken = (frame.assign(source=table) for frame in batch.broken)
    session.apply(Replacement((schema, "quarantine"), QUARANTINE, broken, where=named))
    verdict = verdict_of(batch, table=table, contract_sha256=contract_sha256, recorded_at=utc_now())
    for rows in verdict_rows(use_case, [verdict]):
        session.apply(rows)
    if batch.is_accepted and source.has_units and table != history_table(source):
        session.apply(Replacement((schema, set_aside_table(source)), columns, (), where={"source_day": batch.day}))
    replaced = where if batch.is_accepted else {}
    session.apply(Replacement((schema, table), columns, batch.good, where=replaced))
