"""Whether decisions treat the groups of a protected attribute alike. Accepted (favourable) = probability < cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, OneClassError, labels, probabilities, same_length
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap
from credit_platform.statistics.histograms import kind_of, place, reference_histogram

FOUR_FIFTHS = 0.8
"""Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D): below it is evidence of adverse impact."""
_SMALL_GROUP = 30
_MOST_DISTINCT = 10


@dataclass(frozen=True)
class GroupFairness:
    """One group against the reference group (the largest); gaps are group minus reference.

    selection_ratio: acceptance rate / that of the reference (four-fifths rule). equal_opportunity_gap: difference of
    the acceptance rates of goods (Hardt, Price and Srebro 2016). calibration_gap: bad rate - mean probability.
    """

    group: str
    rows: int
    bad_rate: float
    selection_rate: float
    selection_ratio: Interval
    equal_opportunity_gap: Interval
    calibration_gap: Interval
    is_small: bool

    @property
    def breaks_four_fifths(self) -> bool:
        """Only where the whole interval lies below .8: a small group alone is no evidence."""
        return self.selection_ratio.high < FOUR_FIFTHS


@dataclass(frozen=True)
class FairnessTable:
    """All groups of one attribute, the reference group first, then by size."""

    attribute: str
    cut_off: float
    groups: tuple[GroupFairness, ...]

    @property
    def reference(self) -> str:
        return self.groups[0].group


def as_groups(values: pd.Series, *, bands: int = 4) -> pd.Series:
    """Groups as text: levels, quantile bands of a number with more than ten values (ages), "unknown" where missing."""
    if kind_of(values) == "numeric" and values.nunique() > _MOST_DISTINCT:
        histogram = reference_histogram(values, bins=bands)
        names = dict(enumerate(histogram.names))
        return pd.Series(place(histogram, values), index=values.index).map(names).fillna("unknown")
    return values.astype(object).map(str, na_action="ignore").fillna("unknown")


def fairness(
    attribute: str,
    group: pd.Series,
    label: ArrayLike,
    probability: ArrayLike,
    *,
    cut_off: float,
    seed: int,
    entity: AnyArray | Sequence[object] | None = None,
    count: int = 200,
    level: float = 0.95,
) -> FairnessTable:
    """Compare every group of an attribute (n,) with its largest; intervals by entity bootstrap.

    A gap is nan where a group has no goods. Needs two groups, else ValueError.
    """
    y, p = labels(label), probabilities(probability)
    same_length(group=group.to_numpy(), label=y, probability=p)
    sizes = as_groups(group).value_counts()
    names = sorted(sizes.index, key=lambda name: (-sizes[name], name))
    if len(names) < 2:
        raise ValueError(f"fairness of {attribute!r}: found the group(s) {names}, expected at least two to compare")
    code = as_groups(group).map({name: i for i, name in enumerate(names)}).to_numpy(dtype=np.int64)
    accepted = (p < cut_off).astype(np.float64)

    def statistics(g: AnyArray, y: AnyArray, p: AnyArray, a: AnyArray) -> dict[str, float]:
        return _statistics(g, y, p, a, groups=len(names))

    found = entity_bootstrap(statistics, (code, y, p, accepted), entity, count=count, seed=seed, level=level)
    rows = np.bincount(code)
    bads, selected = np.bincount(code, weights=y), np.bincount(code, weights=accepted)
    return FairnessTable(
        attribute,
        cut_off,
        tuple(
            GroupFairness(
                group=name,
                rows=int(rows[i]),
                bad_rate=float(bads[i] / rows[i]),
                selection_rate=float(selected[i] / rows[i]),
                selection_ratio=found[f"ratio {i}"],
                equal_opportunity_gap=found[f"opportunity {i}"],
                calibration_gap=found[f"calibration {i}"],
                is_small=bool(rows[i] < _SMALL_GROUP),
            )
            for i, name in enumerate(names)
        ),
    )


def _statistics(group: AnyArray, y: AnyArray, p: AnyArray, accepted: AnyArray, *, groups: int) -> dict[str, float]:
    rows = np.bincount(group, minlength=groups)
    if rows[0] == 0:
        raise OneClassError("fairness: found no row of the reference group in a sample")
    selection = _share(np.bincount(group, weights=accepted, minlength=groups), rows)
    goods = np.bincount(group, weights=1 - y, minlength=groups)
    opportunity = _share(np.bincount(group, weights=accepted * (1 - y), minlength=groups), goods)
    calibration = _share(np.bincount(group, weights=y - p, minlength=groups), rows)
    ratio = _share(selection, np.full(groups, selection[0]))
    named = {"ratio": ratio, "opportunity": opportunity - opportunity[0], "calibration": calibration}
    return {f"{name} {i}": float(value) for name, values in named.items() for i, value in enumerate(values)}


def _share(part: AnyArray, whole: AnyArray) -> Floats:
    """part / whole, nan where whole is 0."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=np.asarray(whole) > 0)
