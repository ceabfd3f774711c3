"""Rows and columns that say the same thing twice."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_platform.statistics.arrays import AnyArray

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Repeats:
    """Rows that equal an earlier row in every column, and groups of columns with the same values in every row."""

    rows: int
    columns: tuple[tuple[str, ...], ...]


def repeats(frame: pd.DataFrame) -> Repeats:
    """Of a frame (n, k), by 64-bit hashes: two unequal rows of a million collide with probability 3e-8."""
    rows: AnyArray = np.zeros(len(frame), dtype=np.uint64)
    held: dict[bytes, list[str]] = {}
    for name in frame:
        hashed = pd.util.hash_pandas_object(frame[name], index=False).to_numpy()
        held.setdefault(hashlib.sha256(hashed.tobytes()).digest(), []).append(str(name))
        # Multiplied before the next is added: the same values in two other columns give another row.
        rows = (rows ^ hashed) * _MULTIPLIER
        rows ^= rows >> np.uint64(29)
    twice = tuple(tuple(names) for names in held.values() if len(names) > 1)
    return Repeats(int(len(rows) - np.unique(rows).size) if len(held) else 0, twice)
