"""The raw tables of a source whose units may come twice: who has which unit, and rows moved from one to the other."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from credit_platform.builders.ledger import has_columns
from credit_platform.contracts.source import Column, Source
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.engines.base import Session
from credit_platform.resources.tables import PROVENANCE, QUARANTINE, RAW_TEXT, SQL_TYPES, qualified, quoted
from credit_platform.resources.warehouse import Replacement
from credit_platform.sources import too_many_bad

HISTORY = dt.date.min
"""Stands for the history, whose rows have no day: it comes before every other."""


@dataclass(frozen=True, order=True)
class Delivered:
    """Where a row came from."""

    day: dt.date
    file: str
    line: int


def history_table(source: Source) -> str:
    """Table of the rows of a daily source from before the first partition day."""
    return f"{source.name}_history"


def set_aside_table(source: Source) -> str:
    """Table of rows that are good by themselves but whose unit an earlier day has."""
    return f"{source.name}_set_aside"


def raw_columns(source: Source) -> dict[str, str]:
    """Column -> SQL type of a source's raw table."""
    typed = {column.canonical: SQL_TYPES[column.type] for column in source.expanded_columns}
    return typed | dict(PROVENANCE) | (dict(RAW_TEXT) if source.has_units else {})


def unique_columns(source: Source) -> tuple[Column, ...]:
    return tuple(column for column in source.expanded_columns if column.unique)


class RawTables:
    """A source's raw table, its history, what is set aside of it, and its part of the quarantine."""

    def __init__(self, session: Session, use_case: UseCase, source: Source) -> None:
        self.session, self.use_case, self._source = session, use_case, source
        schema, self._columns = use_case.raw_schema, raw_columns(source)
        self._main, self._aside = qualified(schema, source.name), qualified(schema, set_aside_table(source))
        self._quarantine, self._history = qualified(schema, "quarantine"), qualified(schema, history_table(source))
        self._has_history = bool(has_columns(session, schema, history_table(source)))
        units = [column.canonical for column in unique_columns(source)]
        for table in (source.name, *([history_table(source)] if self._has_history else [])):
            session.apply(Replacement((schema, table), self._columns, (), where={}, sought=units))
        session.apply(Replacement((schema, set_aside_table(source)), self._columns, (), where={}))

    def shared(self, column: str, loaded: Sequence[dt.date]) -> dict[str, list[Delivered]]:
        """Value -> its rows, for the values that several rows have of which one was loaded now or is set aside."""
        tables = [self._main, self._aside, *([self._history] if self._has_history else [])]
        name = quoted(column)
        # The keys of the day come first and the tables are asked for these alone: 11,000 among 10M, not 10M by group.
        touched = [
            f"select {name} as value from {self._main} where source_day = any(cast(? as date[]))",
            f"select {name} from {self._aside}",
            *([f"select {name} from {self._history}"] if self._has_history and HISTORY in loaded else []),
        ]
        every = " union all ".join(
            f"select {name} as value, coalesce(source_day, cast(? as date)) as source_day, source_file, source_line "
            f"from {table} where {name} in (select value from touched)"
            for table in tables
        )
        found = self.session.columns(
            f"with touched as ({' union '.join(touched)}), every as ({every}), "
            "shared as (select value from every group by value having count(*) > 1) "
            "select cast(value as varchar) as value, source_day, source_file, source_line from every "
            "where value in (select value from shared)",
            [list(loaded), *[HISTORY for _ in tables]],
        )
        out: dict[str, list[Delivered]] = defaultdict(list)
        for text, *place in zip(*found.values(), strict=True):
            out[text].append(Delivered(*place))
        return out

    def aside(self) -> dict[dt.date, set[Delivered]]:
        """Day -> its rows that are set aside."""
        found = self.session.columns(f"select source_day, source_file, source_line from {self._aside}")
        out: dict[dt.date, set[Delivered]] = defaultdict(set)
        for place in zip(*found.values(), strict=True):
            out[place[0]].add(Delivered(*place))
        return out

    def put_back(self, day: dt.date) -> None:
        """Everything that is set aside of a day goes back to the raw table."""
        self._carry(self._aside, self._main, "source_day = ?", [day])

    def set_aside(self, day: dt.date, rows: Sequence[Delivered] | None) -> None:
        """Set these rows of a day aside, or, with None, the whole day."""
        if rows is None:
            self._carry(self._main, self._aside, "source_day = ?", [day])
            return
        for file in sorted({row.file for row in rows}):
            lines = [row.line for row in rows if row.file == file]
            condition = "source_day = ? and source_file = ? and source_line in (select unnest(cast(? as bigint[])))"
            self._carry(self._main, self._aside, condition, [day, file, lines])

    def forget_repeats(self, day: dt.date) -> None:
        """Take what the quarantine says of the rows that are set aside now out of it."""
        self.session.execute(
            f"delete from {self._quarantine} where source = ? and source_day = ? and rule = 'unique' and exists "
            f"(select 1 from {self._aside} as aside where aside.source_day = {self._quarantine}.source_day "
            f"and aside.source_file = {self._quarantine}.source_file "
            f"and aside.source_line = {self._quarantine}.source_line)",
            [self._source.name, day],
        )

    def name_repeats(self, day: dt.date, losers: Mapping[Delivered, list[tuple[str, str, Delivered]]]) -> None:
        """Put these rows, all of them set aside, into the quarantine, with the file that has their unit."""
        if not losers:
            return
        found = self.session.columns(
            f"select source_file, source_line, raw_text from {self._aside} where source_day = ?", [day]
        )
        texts = {Delivered(day, file, line): text for file, line, text in zip(*found.values(), strict=True)}
        headers = {column.canonical: column.name for column in self._source.expanded_columns}
        rows = [
            (self._source.name, day, row.file, row.line, headers[column], "unique", value,
             f"a value not delivered before; {first.file} has it", texts[row])
            for row, repeated in losers.items() for column, value, first in repeated
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(QUARANTINE))
        self.session.apply(Replacement((self.use_case.raw_schema, "quarantine"), QUARANTINE, frame, where={}))

    def refusal(self, day: dt.date, bad: int, total: int) -> str:
        """Why a day that lost so many rows is refused."""
        listed = ", ".join(QUARANTINE)
        first = self.session.frame(
            f"select {listed} from {self._quarantine} where source = ? and source_day = ? "
            "order by source_line, column_name, rule limit 1",
            [self._source.name, day],
        )
        return too_many_bad(self._source, first, bad=bad, total=total)

    def _carry(self, origin: str, goal: str, condition: str, parameters: list[object]) -> None:
        listed = ", ".join(quoted(column) for column in self._columns)
        self.session.execute(
            f"insert into {goal} ({listed}) select {listed} from {origin} where {condition}", parameters
        )
        self.session.execute(f"delete from {origin} where {condition}", parameters)
