"""A daily source of invented units, loaded day by day into a real warehouse without a graph around it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from credit_platform.builders.ledger import Verdict
from credit_platform.builders.loading import load, loaded_so_far
from credit_platform.builders.raw_tables import history_table
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.use_case import UseCase
from credit_platform.resources.warehouse import Warehouse
from credit_platform.sources import contract_sha256, read_before, read_days
from credit_platform_tests.sources.samples import DAILY, rows, write

FIRST = dt.date(2022, 12, 2)
DAYS = [dt.date(2022, 12, day) for day in (2, 3, 4)]
TABLES = ("requests", "requests_history", "requests_set_aside", "quarantine", "verdicts")
BOOK = UseCase.model_construct(name="book", sources=(DAILY,))
"""Only these two fields say what is loaded; a whole use case would be forty lines of something else."""


def deliver(folder: Path, day: dt.date, *units: range, header: str | None = None) -> Path:
    """The file of a day with these units."""
    lines = [line for numbers in units for line in rows(len(numbers), start=numbers.start, opened=str(day))]
    return write(folder, f"new_{day:%Y%m%d}.csv", lines, **({"header": header} if header else {}))


@dataclass(frozen=True)
class Loaded:
    """A landing folder and the warehouse that its files go to."""

    folder: Path
    warehouse: Warehouse

    def history(self) -> Mapping[dt.date | None, Verdict]:
        return self._load(history_table(DAILY), [read_before(DAILY, str(self.folder), FIRST)])

    def days(self, *days: dt.date) -> Mapping[dt.date | None, Verdict]:
        return self._load(DAILY.name, read_days(DAILY, str(self.folder), days))

    def ledger(self) -> Mapping[dt.date | None, Verdict]:
        """The verdicts on the daily table."""
        return loaded_so_far(BOOK, self.warehouse, DAILY.name)

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table in a fixed order, without the time of recording."""
        return {name: self.rows(name) for name in TABLES if self.warehouse.has_table("book", "book_raw", name)}

    def rows(self, table: str) -> list[tuple[object, ...]]:
        found = self.warehouse.columns("book", f"select * from book_raw.{table}")
        found.pop("recorded_at", None)
        return sorted(zip(*found.values(), strict=True), key=repr)

    def units(self, day: dt.date, table: str = "requests") -> list[int]:
        found = self.warehouse.columns("book", f"select loan_id from book_raw.{table} where source_day = ?", [day])
        return sorted(int(number) for number in found["loan_id"])

    def _load(self, table: str, batches: list) -> Mapping[dt.date | None, Verdict]:
        contract = contract_sha256(DAILY, first_day=FIRST)
        return load(BOOK, self.warehouse, DAILY, table, batches, contract_sha256=contract)


def new_warehouse(home: Path, folder: Path) -> Loaded:
    return Loaded(folder, Warehouse(Settings(home=home)))
