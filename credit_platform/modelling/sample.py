"""What a model learns from: coded rows with their labels, dates and entities, and the fingerprint of all of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit_platform.contracts.release import Feature

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class Units:
    """Labelled units, one per row: everything about a row but its features. All arrays have shape (n,).

    ``label`` is 1 for bad, ``decided`` the day of the decision, ``final`` the first day on which the label is
    final; ``entity`` groups the units of one customer. None: the portfolio does not have it.
    """

    key: NDArray[Any]
    label: NDArray[np.int8]
    weight: Floats
    entity: NDArray[Any] | None = None
    decided: NDArray[np.datetime64] | None = None
    final: NDArray[np.datetime64] | None = None

    def __post_init__(self) -> None:
        rows = len(self.key)
        for name, values in (*_columns(self), ("label", self.label), ("weight", self.weight)):
            if len(values) != rows:
                raise ValueError(f"sample: {name} has {len(values)} rows, key has {rows}; all columns are row by row")
        if self.entity is not None and bool(pd.isna(self.entity).any()):
            raise ValueError("sample: some units have no entity; give such a unit an entity of its own, its key")
        if not np.isin(self.label, (0, 1)).all():
            raise ValueError(f"sample: labels are 0 or 1, found {np.unique(self.label)[:5].tolist()}")
        if not (np.isfinite(self.weight) & (self.weight > 0)).all():
            raise ValueError("sample: weights are finite and above zero; leave a row out instead of weighting it by 0")

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: Indices) -> Self:
        """The same record of the rows at positions ``rows`` (m,), in that order."""
        fields = dict(vars(self))
        taken = {name: value[rows] if isinstance(value, np.ndarray) else value for name, value in fields.items()}
        return type(self)(**taken)


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample(Units):
    """Units with their coded features: ``matrix`` float32 (n, k), missing is NaN, columns as in ``features``."""

    matrix: Matrix
    features: tuple[Feature, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        expected = (len(self.key), len(self.features))
        if self.matrix.dtype != np.float32 or self.matrix.shape != expected:
            raise ValueError(f"sample: matrix is {self.matrix.dtype} {self.matrix.shape}, expected float32 {expected}")
        infinite = np.flatnonzero(np.isinf(self.matrix).any(axis=0))
        if infinite.size:
            names = [self.features[position].name for position in infinite]
            raise ValueError(f"sample: features {names} hold infinite values; a missing value is NaN")

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in matrix order."""
        return tuple(feature.name for feature in self.features)


def _columns(units: Units) -> list[tuple[str, NDArray[Any]]]:
    dates = {"decided": units.decided, "final": units.final, "entity": units.entity}
    return [(name, values) for name, values in dates.items() if values is not None]


def fingerprint(
    sample: Sample, windows: Mapping[str, Indices], *, overlapping: Mapping[str, Indices] = MappingProxyType({})
) -> str:
    """SHA-256 (hex) of the sample's content and of the window of each row, the same whatever the order of its rows.

    Rows are taken in key order; every NaN counts as the same NaN and -0 as 0. Rows of no window count as well: they
    are part of what was there to learn from. Other dates of the windows are another fingerprint: other models. So are
    other ``overlapping`` sets of rows, those of folds; a row is in one window at most and in any number of these.
    """
    order = np.argsort(sample.key.astype(str), kind="stable")
    digest = hashlib.sha256()
    for feature in sample.features:
        digest.update(feature.model_dump_json().encode())
    matrix = np.where(np.isnan(sample.matrix), np.float32(np.nan), sample.matrix + np.float32(0))
    digest.update(np.ascontiguousarray(matrix[order]).tobytes())
    digest.update(sample.label[order].astype(np.int8).tobytes())
    digest.update(sample.weight[order].astype(np.float64).tobytes())
    window = np.full(len(sample), "none", dtype="U32")
    for name, rows in windows.items():
        window[rows] = name
    for name, values in [("key", sample.key), ("window", window), *_columns(sample)]:
        digest.update(name.encode())
        digest.update("\x1f".join(values[order].astype(str).tolist()).encode())
    for name, rows in overlapping.items():
        digest.update(name.encode())
        digest.update(np.packbits(np.isin(np.arange(len(sample)), rows)[order]).tobytes())
    return digest.hexdigest()
