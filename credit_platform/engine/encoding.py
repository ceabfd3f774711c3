"""SQL values of the features to the float32 matrix of the forest, and what a reader should be warned of."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit_platform.contracts.release import Feature
from credit_platform.engine.vectors import Vector

_LARGEST = float(np.finfo(np.float32).max)
_SHOWN = 60
_Warning = tuple[int, int, str]
"""Row, position of the feature, and what is told."""


@dataclass(frozen=True)
class Encoded:
    """matrix: float32 (n, k), C order, NaN for missing; warnings: one tuple a row."""

    matrix: np.ndarray
    warnings: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Encoder:
    """What encoding needs of the features, worked out once a release: a row's 35 features took 0.4 ms without it."""

    features: tuple[Feature, ...]
    numbers: tuple[int, ...]
    """Positions of the numeric features, whose training ranges (k,) are float32."""
    low: np.ndarray
    high: np.ndarray
    codes: Mapping[int, Mapping[str, float]]

    def encode(self, values: Sequence[Vector], *, size: int) -> Encoded:
        """Categories become their position, unseen ones missing with a warning; numbers become float32.

        A number beyond float32 is held at its largest finite value: no split lies further out, and XGBoost refuses
        infinity. A number outside the training range is used and warned of; a null never is.
        """
        matrix = np.empty((size, len(self.features)), dtype=np.float32)
        told = list(self._numbers(values, matrix))
        for position in self.codes:
            told += self._categories(values[position], position, matrix)
        return Encoded(matrix=matrix, warnings=_by_row(told, size=size))

    def encode_rows(self, rows: Sequence[Sequence[Any]]) -> Encoded:
        """The same of rows of Python values, one a feature and None for null."""
        told = list[_Warning]()
        found = [self._row(values, number, told) for number, values in enumerate(rows)]
        matrix = np.array(found, dtype=np.float32).reshape(len(rows), len(self.features))
        told += self._outside(matrix.take(self.numbers, axis=1), lambda row, position: rows[row][position])
        return Encoded(matrix=matrix, warnings=_by_row(told, size=len(rows)))

    def _row(self, values: Sequence[Any], number: int, told: list[_Warning]) -> list[float]:
        found = [math.nan] * len(values)
        for position in self.numbers:
            value = values[position]
            if value is not None:
                # In this order NaN stays what it is.
                found[position] = min(max(value, -_LARGEST), _LARGEST)
        for position, codes in self.codes.items():
            text = values[position]
            code = None if text is None else codes.get(text)
            if code is not None:
                found[position] = code
            elif text is not None:
                told.append((number, position, self._unseen(position, text)))
        return found

    def _numbers(self, values: Sequence[Vector], matrix: np.ndarray) -> Iterator[_Warning]:
        if not self.numbers:
            return
        # Column by column: to stack them took as long as to compute them, for one row.
        found = np.empty((len(matrix), len(self.numbers)))
        null = np.empty(found.shape, dtype=np.bool_)
        for place, position in enumerate(self.numbers):
            found[:, place], null[:, place] = values[position].values, values[position].null
        out = np.minimum(np.maximum(found, -_LARGEST), _LARGEST).astype(np.float32)
        out[null] = np.nan
        matrix[:, self.numbers] = out
        yield from self._outside(out, lambda row, position: values[position].values[row])

    def _outside(self, out: np.ndarray, value_at: Callable[[int, int], Any]) -> Iterator[_Warning]:
        # In float32 on both sides, so that the training sample itself never warns.
        is_outside = (out < self.low) | (out > self.high)
        if not is_outside.any():
            return
        for row, place in zip(*np.nonzero(is_outside), strict=True):
            feature, number = self.features[self.numbers[place]], value_at(row, self.numbers[place])
            limits = f"[{self.low[place]:.6g}, {self.high[place]:.6g}]"
            text = f"{feature.name}: {number:.6g} is out of training range {limits}"
            yield int(row), self.numbers[place], text

    def _categories(self, vector: Vector, position: int, matrix: np.ndarray) -> Iterator[_Warning]:
        codes = self.codes[position]
        out = np.full(len(vector.null), np.nan, dtype=np.float32)
        for row in np.flatnonzero(~vector.null).tolist():
            code = codes.get(vector.values[row])
            if code is None:
                yield row, position, self._unseen(position, vector.values[row])
            else:
                out[row] = code
        matrix[:, position] = out

    def _unseen(self, position: int, text: str) -> str:
        return f"{self.features[position].name}: {_shown(text)} was not seen in training"


def _by_row(told: Sequence[_Warning], *, size: int) -> tuple[tuple[str, ...], ...]:
    if not told:
        return ((),) * size
    warnings: list[list[str]] = [[] for _ in range(size)]
    for row, _, text in sorted(told):
        warnings[row].append(text)
    return tuple(tuple(row) for row in warnings)


def encoder_of(features: tuple[Feature, ...]) -> Encoder:
    """The encoder of the features of a matrix, in order."""
    numbers = tuple(position for position, feature in enumerate(features) if feature.kind == "numeric")
    low = [features[position].minimum for position in numbers]
    high = [features[position].maximum for position in numbers]
    return Encoder(
        features=features,
        numbers=numbers,
        low=np.array([-np.inf if bound is None else bound for bound in low], dtype=np.float32),
        high=np.array([np.inf if bound is None else bound for bound in high], dtype=np.float32),
        codes={
            position: {category: float(code) for code, category in enumerate(feature.categories)}
            for position, feature in enumerate(features)
            if feature.kind == "category"
        },
    )


def _shown(category: str) -> str:
    return repr(category if len(category) <= _SHOWN else category[:_SHOWN] + "...")
