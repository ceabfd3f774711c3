"""Which conditions of a forest's twigs a row passes, packed a twig: a condition asks one column for an interval.

Of a column nothing counts but how many thresholds are not above the value, its rank. For every 16th rank the packed
bits are kept, and what changes from one rank to the next is a list. So a row costs an addition of all words a column
and some changes, where to ask each condition took 75,000 comparisons for a forest of 725 trees.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from credit_platform.engine.twigs import Condition

Bytes = NDArray[np.uint8]
_KEPT_EVERY, _MOST_KEPT = 16, 8 * 2**20
"""Ranks from one that is kept to the next, and bytes of all that is: for more the ranks lie further apart."""


@dataclass(frozen=True, eq=False)
class _Column:
    """Of the conditions on one column: its thresholds, the changes up to each rank, and bits at the ranks kept."""

    column: int
    thresholds: tuple[float, ...]
    changes: tuple[int, ...]
    kept: Bytes
    when_missing: Bytes


@dataclass(frozen=True, eq=False)
class Passing:
    """A condition's bit is added where a rank begins to pass it and taken away where one no longer does."""

    columns: tuple[_Column, ...]
    every: int
    places: NDArray[np.intp]
    """Of each change, column by column in the order of ranks: its byte, and what is added to it modulo 256."""
    changes: Bytes
    width: int

    def of(self, row: Sequence[float]) -> Bytes:
        """The packed bits (width,) of a row with NaN for missing."""
        out = np.zeros(self.width, dtype=np.uint8)
        places, changes = [self.places[:0]], [self.changes[:0]]
        for each in self.columns:
            value = row[each.column]
            if isnan(value):
                out += each.when_missing
                continue
            rank = bisect_right(each.thresholds, value)
            block = rank // self.every
            out += each.kept[block]
            begin, end = each.changes[block * self.every], each.changes[rank]
            if begin != end:
                places.append(self.places[begin:end])
                changes.append(self.changes[begin:end])
        np.add.at(out, np.concatenate(places), np.concatenate(changes))
        return out


def passing_of(
    conditions: Sequence[Condition], places: NDArray[np.intp], bits: NDArray[np.intp], width: int
) -> Passing:
    """For conditions with the byte and the bit (0 to 7) of each among ``width`` bytes."""
    column = np.array([each[0] for each in conditions], dtype=np.intp)
    low, high = (np.array([each[side] for each in conditions], dtype=np.float32) for side in (1, 2))
    takes_missing = np.array([each[3] for each in conditions], dtype=np.bool_)
    bit = (1 << bits).astype(np.uint8)
    found, change_places, changes, begun = list[_Column](), list[NDArray[np.intp]](), list[Bytes](), 0
    own = {int(each): np.flatnonzero(column == each) for each in np.unique(column)}
    thresholds = {each: _finite(low[at], high[at]) for each, at in own.items()}
    every = _KEPT_EVERY
    while sum(len(each) // every + 1 for each in thresholds.values()) * width > _MOST_KEPT and every < 2**20:
        every *= 2
    for name, at in own.items():
        ranks = _Ranks(thresholds[name], low[at], high[at])
        order = np.argsort(ranks.of_changes, kind="stable")
        change_places.append(np.tile(places[at], 2)[order])
        changes.append(np.concatenate([bit[at], 0 - bit[at]]).astype(np.uint8)[order])
        count = np.searchsorted(ranks.of_changes[order], np.arange(len(thresholds[name]) + 1), side="right")
        kept = [_packed(places[at], bit[at], ranks.passed(rank), width) for rank in range(0, len(count), every)]
        found.append(
            _Column(
                column=name,
                thresholds=tuple(thresholds[name].tolist()),
                changes=tuple((count + begun).tolist()),
                kept=np.array(kept),
                when_missing=_packed(places[at], bit[at], takes_missing[at], width),
            )
        )
        begun += len(order)
    nothing = np.empty(0, dtype=np.intp)
    return Passing(
        columns=tuple(found),
        every=every,
        places=np.concatenate([nothing, *change_places]),
        changes=np.concatenate([nothing.astype(np.uint8), *changes]),
        width=width,
    )


class _Ranks:
    """The first rank that passes each condition of a column and the first one after it that does not."""

    def __init__(self, thresholds: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32]) -> None:
        self.first = np.searchsorted(thresholds, low, side="right")
        # Above every threshold there is one rank more.
        last = np.where(np.isinf(high), len(thresholds) + 1, np.searchsorted(thresholds, high, side="right"))
        # An interval that ends before it begins holds nothing.
        self.last = np.maximum(self.first, last)

    @property
    def of_changes(self) -> NDArray[np.intp]:
        return np.concatenate([self.first, self.last])

    def passed(self, rank: int) -> NDArray[np.bool_]:
        return (self.first <= rank) & (rank < self.last)


def _finite(*bounds: NDArray[np.float32]) -> NDArray[np.float32]:
    found = np.unique(np.concatenate(bounds))
    return found[np.isfinite(found)]


def _packed(places: NDArray[np.intp], bit: Bytes, is_set: NDArray[np.bool_], width: int) -> Bytes:
    return np.bincount(places[is_set], bit[is_set], minlength=width).astype(np.uint8)
