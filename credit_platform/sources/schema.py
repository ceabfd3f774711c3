"""The declared contract of a source as a pandera schema, and what breaks it as rows of (row, columns, rule)."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa
from pandera.config import ValidationDepth, config_context

from credit_platform.contracts.source import Column, RowRule, Source
from credit_platform.sources.conversion import DTYPES, typed
from credit_platform.sources.errors import SourceError

DAY = "source_day"
"""Column that carries the batch of a row: its day, null where a file is read once."""
BUILT_IN_RULES = frozenset(
    {"fields", "quoting", "encoding", "correction"}
    | {"type", "required", "minimum", "above", "maximum", "allowed", "unique", "day"}
)
"""Names in a quarantine's rule column that a row rule may not take."""

Judgement = Callable[[pd.DataFrame], pd.Series]
"""True for each good row."""


@dataclass(frozen=True)
class Failures:
    """Rows (index labels) that break one rule over these canonical columns."""

    columns: tuple[str, ...]
    rule: str
    rows: pd.Index


@dataclass(frozen=True)
class _RowCheck:
    columns: tuple[str, ...]
    rule: str
    holds: Judgement


def contract_schema(source: Source) -> pa.DataFrameSchema:
    """Schema of typed rows: the source's canonical columns plus ``source_day`` (datetime64[ns], null if read once).

    Nullability, ranges and allowed values by column; by row: unique within a day, the row rules (true for a good row,
    not judged where one of its columns is null), and a day column that equals ``source_day``. Raises SourceError if
    the contract itself makes no sense: a range on a text, a rule over an undeclared column.
    """
    checks = [pa.Check(check.holds, error=check.rule, ignore_na=False) for check in _row_checks(source)]
    return pa.DataFrameSchema(_columns(source), checks=checks, strict=True, name=source.name)


def failures_of(source: Source, rows: pd.DataFrame) -> list[Failures]:
    """Every rule of ``contract_schema`` that some rows break; an empty list if none.

    Pandera unstacks the frame that a row check failed on row by row: 68,654 rows with their dates swapped took two
    minutes. So row checks are put to it as checks of a column of row labels, which it reports as fast as any cell.
    """
    cells = _broken(pa.DataFrameSchema(_columns(source), strict=True), rows, source)
    found = [
        Failures((str(column),), "required" if check == "not_nullable" else str(check), _labels(group))
        for (check, column), group in cells.groupby(["check", "column"], sort=False)
    ]
    checks = {str(number): check for number, check in enumerate(_row_checks(source))}
    labels = pd.DataFrame({number: rows.index for number in checks}, index=rows.index)
    cases = _broken(pa.DataFrameSchema({n: _of_labels(check, rows) for n, check in checks.items()}), labels, source)
    named = cases.groupby("column", sort=False)
    return found + [Failures(checks[n].columns, checks[n].rule, _labels(group)) for n, group in named]


def _of_labels(check: _RowCheck, rows: pd.DataFrame) -> pa.Column:
    def holds(labels: pd.Series) -> pd.Series:
        return check.holds(rows.loc[labels.index])

    return pa.Column(checks=pa.Check(holds, error=check.rule, ignore_na=False))


def _broken(schema: pa.DataFrameSchema, rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    try:
        # An environment variable can switch pandera off; a gate that can vanish silently is none.
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(rows, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        unplaced = cases[cases["index"].isna()]
        if len(unplaced):
            told = "; ".join(unplaced["check"].astype(str) + ": " + unplaced["failure_case"].astype(str))
            raise SourceError(
                f"source {source.name!r}: its contract cannot be evaluated: found {told}; expected every rule to be an "
                "expression over its own columns that is true or false; correct the rule"
            ) from error
        return cases
    return pd.DataFrame(columns=["check", "column", "index"])


def _labels(cases: pd.DataFrame) -> pd.Index:
    return pd.Index(cases["index"].astype("int64")).unique()


def _columns(source: Source) -> dict[str, pa.Column]:
    columns = {column.canonical: _column(column, source) for column in source.expanded_columns}
    return columns | {DAY: pa.Column(DTYPES["date"], nullable=True)}


def _row_checks(source: Source) -> list[_RowCheck]:
    unique = [column.canonical for column in source.expanded_columns if column.unique]
    return [
        *(_RowCheck((name,), "unique", _unique(name)) for name in unique),
        *(_RowCheck(rule.columns, rule.name, _row_rule(rule, source)) for rule in source.rules),
        *([_RowCheck((source.day_column,), "day", _same_day(source.day_column, source))] if source.day_column else []),
    ]


def _column(column: Column, source: Source) -> pa.Column:
    bounds = (column.minimum, column.above, column.maximum)
    if any(bound is not None for bound in bounds) and column.type not in ("integer", "decimal"):
        raise SourceError(
            f"source {source.name!r} column {column.name!r}: found a range on a {column.type}, expected it on "
            "an integer or a decimal; remove minimum, above and maximum, or change the type"
        )
    checks = [
        *([pa.Check.ge(column.minimum, error="minimum")] if column.minimum is not None else []),
        *([pa.Check.gt(column.above, error="above")] if column.above is not None else []),
        *([pa.Check.le(column.maximum, error="maximum")] if column.maximum is not None else []),
        *([pa.Check.isin(_allowed(column, source), error="allowed")] if column.allowed else []),
    ]
    return pa.Column(DTYPES[column.type], checks=checks, nullable=not column.required)


def _allowed(column: Column, source: Source) -> list[object]:
    values = typed(pd.Series(column.allowed, dtype=object), column)
    if values.values.isna().any():
        raise SourceError(
            f"source {source.name!r} column {column.name!r}: found allowed values {list(column.allowed)}, expected "
            f"each to be of type {column.type}; correct the list or the type"
        )
    return list(values.values)


def _unique(column: str) -> Judgement:
    def first_of_its_day(rows: pd.DataFrame) -> pd.Series:
        return ~rows.duplicated([DAY, column]) | rows[column].isna()

    return first_of_its_day


def _row_rule(rule: RowRule, source: Source) -> Judgement:
    declared = {column.canonical for column in source.expanded_columns}
    unknown = sorted(set(rule.columns) - declared)
    if unknown or not rule.columns:
        raise SourceError(
            f"source {source.name!r} rule {rule.name!r}: found columns {list(rule.columns)}, expected some of "
            f"{sorted(declared)}; name the canonical columns that the expression reads"
        )

    if rule.name in BUILT_IN_RULES:
        raise SourceError(
            f"source {source.name!r}: found a rule named {rule.name!r}, expected none of {sorted(BUILT_IN_RULES)}, "
            "which the platform itself uses; rename it"
        )

    def holds(rows: pd.DataFrame) -> pd.Series:
        verdict = rows.eval(rule.expression, engine="python")
        known = rows[list(rule.columns)].notna().all(axis="columns")
        return (verdict.astype("boolean").fillna(True) | ~known).astype(bool)

    return holds


def _same_day(column: str, source: Source) -> Judgement:
    kinds = {c.canonical: c.type for c in source.expanded_columns}
    if kinds.get(column) != "date":
        raise SourceError(
            f"source {source.name!r}: found day_column {column!r} of type {kinds.get(column)}, expected a date column; "
            f"name one of {sorted(name for name, kind in kinds.items() if kind == 'date')}"
        )

    def on_its_day(rows: pd.DataFrame) -> pd.Series:
        return (rows[column].dt.normalize() == rows[DAY]) | rows[column].isna() | rows[DAY].isna()

    return on_its_day
