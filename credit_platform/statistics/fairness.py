"""Whether decisions treat the groups of a protected attribute alike. Accepted (favourable) = probability < cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import (
    AnyArray,
    Floats,
    OneClassError,
    labels,
    probabilities,
    same_length,
    weights,
)
from credit_platform.statistics.bootstrap import Interval, entity_bootstrap, entity_codes
from credit_platform.statistics.histograms import kind_of, place, reference_histogram

FOUR_FIFTHS = 0.8
"""Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D): below it is evidence of adverse impact."""
SMALL_GROUP = 30
UNKNOWN = "unknown"
"""The group of rows without a value: compared with the others, and they with it only where all of them are small."""
_MOST_DISTINCT = 10


@dataclass(frozen=True)
class GroupFairness:
    """One group against the others.

    selection_ratio: acceptance rate / that of the group with the highest one (four-fifths rule), so that a majority
    that is treated worse is seen too. equal_opportunity_gap: difference of the acceptance rates of goods from those of
    the reference, the largest group (Hardt, Price and Srebro 2016). calibration_gap: bad rate - mean probability.
    is_small: fewer than 30 rows, or rows of fewer than 30 entities.
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

    @property
    def is_adverse(self) -> bool:
        """Evidence of adverse impact."""
        return self.breaks_four_fifths and not self.is_small

    @property
    def has_goods_enough(self) -> bool:
        """Whether the goods alone are a group that can be judged."""
        return round(self.rows * (1 - self.bad_rate)) >= SMALL_GROUP


@dataclass(frozen=True)
class FairnessTable:
    """All groups of one attribute, the reference group first, then by size."""

    attribute: str
    cut_off: float
    groups: tuple[GroupFairness, ...]

    @property
    def reference(self) -> str:
        return self.groups[0].group

    @property
    def favoured(self) -> str:
        """The group whose acceptance rate the others' are measured by."""
        is_small = np.array([group.is_small for group in self.groups])
        rates, names = (np.array([getattr(each, of) for each in self.groups]) for of in ("selection_rate", "group"))
        return self.groups[_favoured(rates, is_small, names == UNKNOWN)].group


def as_groups(values: pd.Series, *, bands: int = 4) -> pd.Series:
    """Groups as text: levels, quantile bands of a number with more than ten values (ages), unknown where missing.

    Groups stay as they are, so bands of many rows can be cut once and looked at in some of them.
    """
    if kind_of(values) == "numeric" and values.nunique() > _MOST_DISTINCT:
        histogram = reference_histogram(values, bins=bands)
        names = dict(enumerate(histogram.names))
        return pd.Series(place(histogram, values), index=values.index).map(names).fillna(UNKNOWN)
    return values.astype(object).map(str, na_action="ignore").fillna(UNKNOWN)


def fairness(
    attribute: str,
    group: pd.Series,
    label: ArrayLike,
    probability: ArrayLike,
    *,
    cut_off: float,
    seed: int,
    entity: AnyArray | Sequence[object] | None = None,
    weight: ArrayLike | None = None,
    count: int = 200,
    level: float = 0.95,
) -> FairnessTable:
    """Compare the groups of an attribute (n,): acceptance with the most accepted, outcomes with the largest.

    Intervals by entity bootstrap. The most accepted group is the one of these rows in every resample; small groups are
    not asked. A gap is nan where a group has no goods. Rates count rows by ``weight`` (n,). Needs two groups, else
    ValueError.
    """
    y, p = labels(label), probabilities(probability)
    w = weights(weight, rows=y.size)
    same_length(group=group.to_numpy(), label=y, probability=p)
    found = as_groups(group)
    names = _in_order(found, entity_codes(entity, rows=y.size))
    if len(names) < 2:
        raise ValueError(f"fairness of {attribute!r}: found the group(s) {names}, expected at least two to compare")
    code = found.map({name: i for i, name in enumerate(names)}).to_numpy(dtype=np.int64)
    accepted = (p < cut_off).astype(np.float64)

    rows = np.bincount(code)
    held, bads, selected = (np.bincount(code, weights=w * each) for each in (np.ones(y.size), y, accepted))
    entities = pd.Series(entity_codes(entity, rows=code.size)).groupby(code).nunique().to_numpy()
    is_small = np.minimum(rows, entities) < SMALL_GROUP
    favoured = _favoured(selected / held, is_small, np.array(names) == UNKNOWN)

    def statistics(g: AnyArray, y: AnyArray, p: AnyArray, a: AnyArray, w: AnyArray) -> dict[str, float]:
        return _statistics(g, y, p, a, w, groups=len(names), favoured=favoured)

    intervals = entity_bootstrap(statistics, (code, y, p, accepted, w), entity, count=count, seed=seed, level=level)
    return FairnessTable(
        attribute,
        cut_off,
        tuple(
            GroupFairness(
                group=name,
                rows=int(rows[i]),
                bad_rate=float(bads[i] / held[i]),
                selection_rate=float(selected[i] / held[i]),
                selection_ratio=intervals[f"ratio {i}"],
                equal_opportunity_gap=intervals[f"opportunity {i}"],
                calibration_gap=intervals[f"calibration {i}"],
                is_small=bool(is_small[i]),
            )
            for i, name in enumerate(names)
        ),
    )


def _in_order(group: pd.Series, entity: AnyArray) -> list[str]:
    """Names of groups, the largest first; unknown last, unless every other is small.

    What others are compared with has to be in every resample: of two rows there is none in an eighth of them.
    """
    rows = group.value_counts()
    sizes = np.minimum(rows, pd.Series(entity, index=group.index).groupby(group).nunique().reindex(rows.index))
    is_last = bool((sizes.drop(UNKNOWN, errors="ignore") >= SMALL_GROUP).any())
    return sorted(rows.index, key=lambda name: (is_last and name == UNKNOWN, -rows[name], name))


def _favoured(selection: AnyArray, is_small: AnyArray, is_unknown: AnyArray) -> int:
    """Place of the highest acceptance rate among known groups that are not small, else unknown, else among all."""
    ways = (~is_small & ~is_unknown, ~is_small, np.ones(len(selection), dtype=bool))
    return int(np.argmax(np.where(next(asked for asked in ways if asked.any()), selection, -np.inf)))


def _statistics(
    group: AnyArray, y: AnyArray, p: AnyArray, accepted: AnyArray, weight: AnyArray, *, groups: int, favoured: int
) -> dict[str, float]:
    def summed(values: AnyArray) -> AnyArray:
        return np.bincount(group, weights=weight * values, minlength=groups)

    rows = summed(np.ones(group.size))
    if rows[0] == 0 or rows[favoured] == 0:
        raise OneClassError("fairness: found no row of the groups that others are compared with in a sample")
    selection = _share(summed(accepted), rows)
    opportunity = _share(summed(accepted * (1 - y)), summed(1 - y))
    calibration = _share(summed(y - p), rows)
    ratio = _share(selection, np.full(groups, selection[favoured]))
    named = {"ratio": ratio, "opportunity": opportunity - opportunity[0], "calibration": calibration}
    return {f"{name} {i}": float(value) for name, values in named.items() for i, value in enumerate(values)}


def _share(part: AnyArray, whole: AnyArray) -> Floats:
    """part / whole, nan where whole is 0."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=np.asarray(whole) > 0)
