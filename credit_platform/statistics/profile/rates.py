"""Rows and bads of bins, levels, months or patterns, with the interval of each rate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import Integers
from credit_platform.statistics.proportions import wilson_interval


@dataclass(frozen=True)
class RateBin:
    """Rows of one bin, level or month, and their bad rate with a 95% Wilson interval (None without labels).

    ``woe`` and ``contribution`` (to the information value) are there for the bins of a labelled column.
    """

    name: str
    rows: int
    bads: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    woe: float | None = None
    contribution: float | None = None


def rates(slot: Integers, y: ArrayLike | None, names: Sequence[str]) -> tuple[RateBin, ...]:
    """One bin a name that any row falls into; ``slot`` (n,) holds its position, negative to leave a row out."""
    counted = slot >= 0
    rows = np.bincount(slot[counted], minlength=len(names))
    if y is None:
        return tuple(RateBin(n, int(r)) for n, r in zip(names, rows, strict=True) if r)
    bads = np.bincount(slot[counted], weights=np.asarray(y)[counted], minlength=len(names))
    low, high = wilson_interval(bads, rows)
    return tuple(
        RateBin(name, int(r), int(b), float(b / r), float(lo), float(hi))
        for name, r, b, lo, hi in zip(names, rows, bads, low, high, strict=True)
        if r
    )


def with_evidence(bins: Sequence[RateBin]) -> tuple[tuple[RateBin, ...], float]:
    """The bins with their weight of evidence and part of the information value, and that value.

    WoE = ln(share of goods / share of bads), IV = sum of (difference of shares) * WoE, half a count added to goods and
    bads of every bin (Siddiqi 2006, Credit Risk Scorecards, chapter 6).
    """
    bads = np.array([b.bads for b in bins], dtype=np.float64) + 0.5
    goods = np.array([b.rows for b in bins], dtype=np.float64) - bads + 1.0
    goods_share, bads_share = goods / goods.sum(), bads / bads.sum()
    woe = np.log(goods_share / bads_share)
    part = (goods_share - bads_share) * woe
    filled = (replace(b, woe=float(w), contribution=float(p)) for b, w, p in zip(bins, woe, part, strict=True))
    return tuple(filled), float(part.sum())
