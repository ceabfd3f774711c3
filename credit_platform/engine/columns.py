"""Python values to typed columns, by the types that a release declares for its inputs."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from credit_platform.contracts.release import Release
from credit_platform.contracts.source import ColumnType
from credit_platform.engine.errors import InputError, ReleaseError
from credit_platform.engine.vectors import BLANKS, DTYPES, Kind, Table, Vector

KINDS: dict[ColumnType, Kind] = {
    "text": "text",
    "integer": "integer",
    "decimal": "double",
    "date": "date",
    "boolean": "boolean",
}
_LARGEST = 2**63 - 1
_PLAIN: dict[ColumnType, type] = {"decimal": float, "text": str, "boolean": bool}
_FEW = 16


def input_types(release: Release) -> dict[str, ColumnType]:
    """Canonical input -> type: request fields first, then the columns of every entity state.

    Raises ReleaseError if two of them share a name, for then a feature would read one or the other by chance.
    """
    types: dict[str, ColumnType] = {}
    for field in release.request_fields:
        _declare(types, field.column.canonical, field.column.type, where="request fields")
    for state in release.states:
        for column in state.columns:
            if column.name != state.key:
                _declare(types, column.name, column.type, where=f"state {state.name!r}")
    return types


def _declare(types: dict[str, ColumnType], name: str, kind: ColumnType, *, where: str) -> None:
    if name in types:
        raise ReleaseError(f"input {name!r} is declared twice, again in {where}; give it one name in the use case")
    types[name] = kind


def build_table(inputs: Mapping[str, Sequence[object]], *, types: Mapping[str, ColumnType], size: int) -> Table:
    """Columns of ``types`` from sequences of ``size`` Python values (None is null); other inputs are left out.

    Raises InputError for a missing column, another length or a value of another type; the value is not quoted.
    """
    _refuse_misfits(inputs, types=types, size=size)
    return Table(columns={name: typed(inputs[name], kind=kind, name=name) for name, kind in types.items()}, size=size)


def build_rows(
    inputs: Mapping[str, Sequence[object]], *, types: Mapping[str, ColumnType], size: int
) -> list[dict[str, object]]:
    """The same row by row, as values that ``Node.one`` takes. Raises InputError as above."""
    _refuse_misfits(inputs, types=types, size=size)
    return [
        {name: _converted(inputs[name][row], kind=kind, name=name, row=row) for name, kind in types.items()}
        for row in range(size)
    ]


def _refuse_misfits(inputs: Mapping[str, Sequence[object]], *, types: Mapping[str, ColumnType], size: int) -> None:
    missing = sorted(types.keys() - inputs.keys())
    if missing:
        raise InputError(f"inputs {missing} are missing; the release reads {sorted(types)}")
    lengths = {name: len(inputs[name]) for name in types if len(inputs[name]) != size}
    if lengths:
        raise InputError(f"inputs have lengths {lengths}, expected {size}; every input holds one value per unit")


def typed(values: Sequence[object], *, kind: ColumnType, name: str) -> Vector:
    """One column; integers are accepted where decimals are declared, nothing else is converted."""
    vector_kind = KINDS[kind]
    plain = _PLAIN.get(kind)
    if plain is not None and len(values) > _FEW and set(map(type, values)) <= {plain, type(None)}:
        found = _plainly(values, vector_kind)
        if kind != "decimal" or bool(np.isfinite(found.values).all()):
            return found
    blank = BLANKS[vector_kind]
    out: np.ndarray = np.empty(len(values), dtype=DTYPES[vector_kind])
    null = np.zeros(len(values), dtype=np.bool_)
    for row, value in enumerate(values):
        converted = _converted(value, kind=kind, name=name, row=row)
        null[row] = converted is None
        out[row] = blank if converted is None else converted
    return Vector(out, null)


def _converted(value: object, *, kind: ColumnType, name: str, row: int) -> object:
    if value is None:
        return None
    converted = _CONVERT[kind](value)
    if converted is None:
        raise InputError(
            f"input {name!r}, row {row}: found a {_describe(value)}, expected {_EXPECTED[kind]} or None for null"
        )
    return converted


def _plainly(values: Sequence[object], kind: Kind) -> Vector:
    """Values that need no conversion, at once: in half of the time that they take one by one."""
    blank = BLANKS[kind]
    out: np.ndarray = np.empty(len(values), dtype=DTYPES[kind])
    out[:] = [blank if value is None else value for value in values]
    return Vector(out, np.fromiter((value is None for value in values), dtype=np.bool_, count=len(values)))


def _describe(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN or infinite float"
    return type(value).__name__


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: object) -> int | None:
    return value if type(value) is int and abs(value) <= _LARGEST else None


def _decimal(value: object) -> float | None:
    if type(value) is int:
        return float(value) if abs(value) <= _LARGEST else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _date(value: object) -> int | None:
    return value.toordinal() if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None


def _boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_CONVERT: dict[ColumnType, Callable[[object], object]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "boolean": _boolean,
}
_EXPECTED: dict[ColumnType, str] = {
    "text": "a str",
    "integer": "an int of 64 bits",
    "decimal": "a finite float or an int",
    "date": "a datetime.date",
    "boolean": "a bool",
}
