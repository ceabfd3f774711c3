"""What every statistic shares: array types, checked input, and the one sort that ranks a scored sample."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
AnyArray = NDArray[Any]


class OneClassError(ValueError):
    """A statistic needs goods and bads and the sample holds only one of them."""


@dataclass(frozen=True)
class Ranked:
    """A scored sample by distinct score, lowest first: weight of bads and of goods at each, all of shape (d,)."""

    score: Floats
    bad: Floats
    good: Floats

    @property
    def bads(self) -> float:
        return float(self.bad.sum())

    @property
    def goods(self) -> float:
        return float(self.good.sum())


def floats(values: ArrayLike, *, name: str) -> Floats:
    """A one-dimensional float64 array without NaN; ValueError says what was found instead."""
    out = np.asarray(values, dtype=np.float64)
    if out.ndim != 1:
        raise ValueError(f"{name}: found an array of shape {out.shape}, expected one dimension (n,)")
    if out.size == 0:
        raise ValueError(f"{name}: found no rows, expected at least one")
    missing = int(np.isnan(out).sum())
    if missing:
        raise ValueError(f"{name}: found {missing} missing values of {out.size}; drop or fill those rows first")
    return out


def labels(values: ArrayLike) -> Floats:
    """Labels as 0. (good) and 1. (bad); anything else is an error that names it."""
    out = floats(values, name="label")
    if not bool(((out == 0) | (out == 1)).all()):
        strange = np.unique(out[(out != 0) & (out != 1)])[:5].tolist()
        raise ValueError(f"label: found {strange}, expected only 0 (good) and 1 (bad)")
    return out


def weights(weight: ArrayLike | None, *, rows: int) -> Floats:
    """Row weights, ones when None; they must be finite, not negative and not all zero."""
    if weight is None:
        return np.ones(rows)
    out = floats(weight, name="weight")
    if out.size != rows or not np.isfinite(out).all() or (out < 0).any() or out.sum() == 0:
        raise ValueError(f"weight: expected {rows} finite weights >= 0, not all zero; found {out.size}: {out[:5]}")
    return out


def same_length(**arrays: AnyArray) -> None:
    """ValueError with every length when the arrays differ."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"arrays differ in length: {lengths}; every row needs one value of each")


def ranked(label: ArrayLike, score: ArrayLike, *, weight: ArrayLike | None = None) -> Ranked:
    """Sort once and add up ties; every rank statistic is then a cumulative sum. Raises OneClassError."""
    y, s = labels(label), floats(score, name="score")
    same_length(label=y, score=s)
    w = weights(weight, rows=y.size)
    order = np.argsort(s)
    s, bad, total = s[order], (y * w)[order], w[order]
    is_first = np.concatenate(([True], s[1:] != s[:-1]))
    if not is_first.all():
        starts = np.flatnonzero(is_first)
        s, bad, total = s[starts], np.add.reduceat(bad, starts), np.add.reduceat(total, starts)
    out = Ranked(s, bad, total - bad)
    if out.bads == 0 or out.goods == 0:
        raise OneClassError(
            f"label: found {out.bads:g} bads and {out.goods:g} goods in {y.size} rows, expected both; "
            "use a longer window or a larger sample"
        )
    return out


def probabilities(values: ArrayLike) -> Floats:
    """Probabilities in [0, 1]; a log-odds passed by mistake is named as such."""
    out = floats(values, name="probability")
    if (out < 0).any() or (out > 1).any():
        raise ValueError(
            f"probability: found values from {out.min():g} to {out.max():g}, expected 0 to 1; "
            "turn log-odds into probabilities first"
        )
    return out


def dot(first: Floats, second: Floats) -> float:
    """Sum of products, (n,) and (n,), without BLAS: on shared cores its threads cost eight times the work."""
    return float(np.einsum("i,i->", first, second))


def expit(log_odds: ArrayLike) -> Floats:
    """1 / (1 + exp(-x)), without overflow on either side."""
    x = np.asarray(log_odds, dtype=np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def logit(probability: ArrayLike, *, margin: float = 1e-15) -> Floats:
    """log(p / (1 - p)) with p held ``margin`` away from 0 and 1, as log-loss needs."""
    p = np.clip(np.asarray(probability, dtype=np.float64), margin, 1 - margin)
    return np.log(p) - np.log1p(-p)
