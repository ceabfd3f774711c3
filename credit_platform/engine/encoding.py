"""SQL values of the features to the float32 matrix of the forest, and what a reader should be warned of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_platform.contracts.release import Feature
from credit_platform.engine.vectors import Vector

_LARGEST = float(np.finfo(np.float32).max)
_SHOWN = 60


@dataclass(frozen=True)
class Encoded:
    """matrix: float32 (n, k), C order, NaN for missing; warnings: one tuple a row."""

    matrix: np.ndarray
    warnings: tuple[tuple[str, ...], ...]


def encode(values: Sequence[Vector], *, features: tuple[Feature, ...], size: int) -> Encoded:
    """Categories become their position, unseen ones missing with a warning; numbers become float32.

    A number beyond float32 is held at its largest finite value: no split lies further out, and XGBoost refuses
    infinity. A number outside the training range is used and warned of; a null never is.
    """
    matrix = np.empty((size, len(features)), dtype=np.float32)
    warnings: list[list[str]] = [[] for _ in range(size)]
    for position, (feature, vector) in enumerate(zip(features, values, strict=True)):
        encode_one = _category if feature.kind == "category" else _numeric
        matrix[:, position] = encode_one(vector, feature, warnings)
    return Encoded(matrix=matrix, warnings=tuple(tuple(row) for row in warnings))


def _category(vector: Vector, feature: Feature, warnings: list[list[str]]) -> np.ndarray:
    codes = {category: float(code) for code, category in enumerate(feature.categories)}
    out = np.full(len(vector.null), np.nan, dtype=np.float32)
    for row in np.flatnonzero(~vector.null):
        code = codes.get(vector.values[row])
        if code is None:
            warnings[row].append(f"{feature.name}: {_shown(vector.values[row])} was not seen in training")
        else:
            out[row] = code
    return out


def _shown(category: str) -> str:
    return repr(category if len(category) <= _SHOWN else category[:_SHOWN] + "...")


def _numeric(vector: Vector, feature: Feature, warnings: list[list[str]]) -> np.ndarray:
    numbers = np.clip(vector.values.astype(np.float64), -_LARGEST, _LARGEST).astype(np.float32)
    out = np.where(vector.null, np.float32(np.nan), numbers)
    # In float32 on both sides, so that the training sample itself never warns.
    low = np.float32(-np.inf if feature.minimum is None else feature.minimum)
    high = np.float32(np.inf if feature.maximum is None else feature.maximum)
    for row in np.flatnonzero((out < low) | (out > high)):
        warnings[row].append(
            f"{feature.name}: {vector.values[row]:.6g} is out of training range [{low:.6g}, {high:.6g}]"
        )
    return out
