"""What a raw file must look like: the contract that ingest enforces and the scorer's request fields come from."""

import re
from typing import Literal

from pydantic import Field, model_validator

from credit_platform.contracts.base import Frozen

ColumnType = Literal["text", "integer", "decimal", "date", "boolean"]
Encoding = Literal["utf-8", "utf-16", "latin-1", "iso-8859-15", "cp1252", "cp1250"]
SourceRole = Literal["history", "requests", "outcomes", "reference"]
"""history: labelled past units; requests: units to score, without a label; outcomes: labels that
matured after scoring; reference: anything else that a feature needs."""


def snake_case(header: str) -> str:
    """Default canonical name of a file header: ``Some Header`` -> ``some_header``."""
    return re.sub(r"[^0-9a-z]+", "_", header.strip().lower()).strip("_")


class Column(Frozen):
    """One column of a file: its header, its canonical name in the warehouse, its type and range."""

    name: str
    as_: str | None = Field(default=None, alias="as")
    type: ColumnType
    required: bool = True
    unique: bool = False
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    date_format: str = "%Y-%m-%d"
    series: tuple[int, int] | None = None
    """First and last number of a repeated column whose name holds ``{}``: ``YR{}`` with [2001, 2023]."""

    @property
    def canonical(self) -> str:
        return self.as_ or snake_case(self.name)


class RowRule(Frozen):
    """A rule over several canonical columns of one row, as a pandas expression that is true for a good row."""

    name: str
    expression: str
    columns: tuple[str, ...]


class FileFormat(Frozen):
    """How a CSV file is written; the defaults are what the platform itself writes. Dates: ``Column.date_format``."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    """Around a field that holds a delimiter or a line end, doubled inside; empty: fields are never quoted."""
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'", "_"] = ""
    """Between groups of three digits; a number without it is read as well."""
    encoding: Encoding = "utf-8"
    header_line: int = Field(default=1, ge=1)
    """Line of the column names, counted from 1; what stands above it is not read."""

    @model_validator(mode="after")
    def _distinct(self) -> "FileFormat":
        marks = {"delimiter": self.delimiter, "quote": self.quote, "decimal": self.decimal, "thousands": self.thousands}
        clashes = [("delimiter", "quote"), ("decimal", "thousands"), ("quote", "decimal"), ("quote", "thousands")]
        for one, other in clashes:
            if marks[one] == marks[other]:
                raise ValueError(
                    f"format: {one} and {other} are both {marks[one]!r}; expected two different characters"
                )
        if self.delimiter in "\r\n\0" or self.quote in ("\r", "\n", "\0"):
            raise ValueError("format: found a line end as delimiter or quote, expected a character within a line")
        return self


class FileLayout(Frozen):
    """Where a source's rows are: one file; one file a day (``{day}`` is YYYYMMDD); or one file cut by a date column.

    A path that ends in ``.gz`` is read as gzip.
    """

    path: str
    cut_by: str | None = None
    format: FileFormat | None = None
    """Default: the format of the source."""

    @property
    def is_per_day(self) -> bool:
        return "{day}" in self.path


class Source(Frozen):
    """One raw source. A daily source may list several layouts, of which exactly one must be present."""

    name: str
    role: SourceRole
    cadence: Literal["once", "daily"] = "once"
    layouts: tuple[FileLayout, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)
    rules: tuple[RowRule, ...] = ()
    day_column: str | None = None
    """Canonical column that must equal the day of a per-day file."""
    optional: bool = False
    max_bad_share: float = Field(default=0.05, ge=0, lt=1)
    format: FileFormat = FileFormat()

    def format_of(self, layout: FileLayout) -> FileFormat:
        """How files of this layout are written."""
        return layout.format or self.format

    @property
    def has_units(self) -> bool:
        """Whether a row is a unit that no other day may deliver again. A report of an outcome may be repeated: the
        warehouse keeps the first."""
        return self.cadence == "daily" and self.role != "outcomes" and any(column.unique for column in self.columns)

    @property
    def expanded_columns(self) -> tuple[Column, ...]:
        """The columns with every series written out."""
        out: list[Column] = []
        for column in self.columns:
            if column.series is None:
                out.append(column)
                continue
            first, last = column.series
            for number in range(first, last + 1):
                fields = {"name": column.name.format(number), "as_": None, "series": None}
                out.append(column.model_copy(update=fields))
        return tuple(out)

    @model_validator(mode="after")
    def _layouts_fit_cadence(self) -> "Source":
        for layout in self.layouts:
            daily = layout.is_per_day or layout.cut_by is not None
            if daily != (self.cadence == "daily"):
                raise ValueError(
                    f"source {self.name!r}: layout {layout.path!r} does not fit cadence {self.cadence!r}; "
                    "a daily layout holds {day} in its path or names cut_by, any other is read once"
                )
        names = [column.canonical for column in self.expanded_columns]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"source {self.name!r}: columns {repeated} are declared twice")
        return self
