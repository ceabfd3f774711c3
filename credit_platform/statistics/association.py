"""How strongly two columns go together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, labels, same_length
from credit_platform.statistics.histograms import MISSING, place, reference_histogram


@dataclass(frozen=True)
class WoeBin:
    """One bin: its rows, bads, weight of evidence and its part of the information value."""

    name: str
    rows: int
    bads: int
    woe: float
    contribution: float


@dataclass(frozen=True)
class WoeTable:
    """Bins in order, missing last, and their information value."""

    bins: tuple[WoeBin, ...]
    information_value: float


def weight_of_evidence(values: AnyArray | pd.Series, label: ArrayLike, *, bins: int = 10) -> WoeTable:
    """WoE = ln(share of goods / share of bads) in each quantile bin or level, IV = sum of (difference of shares) * WoE.

    Source: Siddiqi 2006, Credit Risk Scorecards, chapter 6. Half a count is added to goods and bads of each bin, so an
    empty cell stays finite; missing values are a bin of their own.
    """
    histogram = reference_histogram(values, bins=bins)
    y, where = labels(label), place(histogram, values)
    same_length(values=where, label=y)
    names = histogram.names
    slot = np.where(where == MISSING, len(names), where)
    rows = np.bincount(slot, minlength=len(names) + 1)
    bads = np.bincount(slot, weights=y, minlength=len(names) + 1)
    held = rows > 0
    rows, bads = rows[held], bads[held]
    goods_share = (rows - bads + 0.5) / (rows - bads + 0.5).sum()
    bads_share = (bads + 0.5) / (bads + 0.5).sum()
    woe = np.log(goods_share / bads_share)
    part = (goods_share - bads_share) * woe
    shown = [name for name, is_held in zip((*names, "missing"), held, strict=True) if is_held]
    table = zip(shown, rows.tolist(), bads.tolist(), woe.tolist(), part.tolist(), strict=True)
    return WoeTable(tuple(WoeBin(n, r, int(b), w, c) for n, r, b, w, c in table), float(part.sum()))


def information_value(values: AnyArray | pd.Series, label: ArrayLike, *, bins: int = 10) -> float:
    """IV of a column; by Siddiqi's rule below .02 is unpredictive, .1 to .3 medium, above .5 worth a leakage check."""
    return weight_of_evidence(values, label, bins=bins).information_value


def cramers_v(first: ArrayLike, second: ArrayLike) -> float:
    """Bias-corrected Cramer's V of two categories, 0 to 1 (Bergsma 2013); rows missing either are left out."""
    table = pd.crosstab(np.asarray(first), np.asarray(second)).to_numpy(dtype=np.float64)
    return corrected_v(table)


def corrected_v(table: Floats) -> float:
    """Bias-corrected Cramer's V of a contingency table without empty margins (Bergsma 2013), 0 for one row."""
    n = table.sum()
    if n < 2 or min(table.shape) < 2:
        return 0.0
    r, k = table.shape
    phi2 = chi_square(table) / n
    phi2 = max(0.0, phi2 - (k - 1) * (r - 1) / (n - 1))
    r, k = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi2 / max(min(r, k) - 1, 1e-12)))


def chi_square(table: Floats) -> float:
    """Pearson's X^2 = sum of (observed - expected)^2 / expected of a contingency table without empty margins."""
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    return float(((table - expected) ** 2 / expected).sum())
