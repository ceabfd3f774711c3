"""One record that a release accepts, for its page of the documentation."""

import datetime as dt

from credit_platform.contracts.release import Feature, Release
from credit_platform.contracts.source import Column

Scalar = str | int | float | bool


def example_record(release: Release) -> dict[str, Scalar]:
    """A made-up record: the middle of the training range where a feature has the field's name, else a bound."""
    features = {feature.name: feature for feature in release.features}
    columns = [field.column for field in release.request_fields]
    return {column.name: _example(column, features.get(column.canonical), release.as_of) for column in columns}


def _example(column: Column, feature: Feature | None, day: dt.date) -> Scalar:
    if column.type == "boolean":
        return True
    if column.type == "date":
        return day.strftime(column.date_format)
    if column.type == "text":
        seen = feature.categories if feature is not None else ()
        return (column.allowed or seen or (f"{column.canonical}-1",))[0]
    number = _inside(column, _middle(feature))
    return round(number) if column.type == "integer" else round(number, 4)


def _middle(feature: Feature | None) -> float:
    if feature is None or feature.minimum is None or feature.maximum is None:
        return 1.0
    return float(round((feature.minimum + feature.maximum) / 2))


def _inside(column: Column, number: float) -> float:
    if column.maximum is not None:
        number = min(number, column.maximum)
    if column.minimum is not None:
        number = max(number, column.minimum)
    if column.above is not None and number <= column.above:
        ceiling = column.above + 2 if column.maximum is None else column.maximum
        number = (column.above + ceiling) / 2
    return number
