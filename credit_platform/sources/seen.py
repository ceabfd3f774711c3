"""Unique values across the chunks of a batch, exactly, in eight bytes a row.

Nearly no file repeats a unit, so the first reading only keeps a 64-bit digest of every value. If one occurs in two
chunks (or two values share a digest), the batch is read again, and now those few values themselves are remembered.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from credit_platform.contracts.source import Source
from credit_platform.sources.batch import Batch
from credit_platform.sources.errors import SourceError
from credit_platform.sources.schema import DAY

_ONE_DAY = np.uint64(0x9E3779B97F4A7C15)


class Seen:
    """What the chunks so far hold in the unique columns of a source.

    ``by_day``: two days may hold the same value; else it may occur once in the whole batch.
    """

    def __init__(self, source: Source, *, by_day: bool, watched: np.ndarray | None = None) -> None:
        self._columns = [column.canonical for column in source.expanded_columns if column.unique]
        self._by_day, self._watched = by_day, watched
        self._digests: list[np.ndarray] = []
        self._first: dict[tuple[str, object, object], str] = {}

    def before(self, rows: pd.DataFrame) -> dict[str, pd.Series]:
        """Canonical column -> place of the first row with its value in an earlier chunk, for the rows that have one."""
        out = {}
        for column in self._columns if self._first else ():
            keys = [(column, *scoped) for scoped in zip(self._scope(rows), rows[column], strict=True)]
            places = pd.Series([self._first.get(key) for key in keys], index=rows.index, dtype=object)
            out[column] = places[places.notna()]
        return out

    def add(self, rows: pd.DataFrame, *, file: str, lines: pd.Series) -> None:
        """Rows of a chunk that break no other rule, with the line of each."""
        for position, column in enumerate(self._columns):
            known = rows[rows[column].notna()]
            scope = self._scope(known)
            digests = _digests(known[column], scope, position)
            if self._watched is None:
                self._digests.append(_distinct(digests))
                continue
            for place in np.flatnonzero(np.isin(digests, self._watched)):
                key = (column, scope[place], known[column].iloc[place])
                self._first.setdefault(key, f"file {file} line {lines.loc[known.index[place]]}")

    def repeated(self) -> np.ndarray:
        """Digests that two chunks have in common."""
        if len(self._digests) < 2:
            return np.array([], dtype="uint64")
        found = np.concatenate(self._digests)
        found.sort()
        return _distinct(found[1:][found[1:] == found[:-1]])

    def _scope(self, rows: pd.DataFrame) -> np.ndarray:
        days = rows[DAY].to_numpy().astype("int64")
        return days if self._by_day else np.zeros_like(days)


def read_telling_repeats(source: Source, read: Callable[[Seen], list[Batch]], *, by_day: bool) -> list[Batch]:
    """What ``read`` makes of its chunks when every repetition of a unique value is told apart."""
    seen = Seen(source, by_day=by_day)
    found = read(seen)
    repeated = seen.repeated()
    if not len(repeated):
        return found
    again = read(Seen(source, by_day=by_day, watched=repeated))
    if [batch.sha256 for batch in found] != [batch.sha256 for batch in again]:
        names = ", ".join(sorted({batch.file for batch in found}))
        raise SourceError(f"source {source.name!r}: {names} changed while being read, expected it whole; read it again")
    return again


def _digests(values: pd.Series, scope: np.ndarray, position: int) -> np.ndarray:
    hashed = pd.util.hash_array(values.to_numpy(dtype=object), categorize=False)
    return hashed ^ (scope.astype("uint64") * _ONE_DAY) ^ np.uint64(position)


def _distinct(digests: np.ndarray) -> np.ndarray:
    """Sorted, each once; numpy's own ``unique`` hashes first and takes ten times as long."""
    found = np.sort(digests)
    return found[np.append(True, found[1:] != found[:-1])] if len(found) else found
