"""Two samples, column by column: do they come from one distribution? A warning for people; drift alarms are elsewhere.

Rows are taken as independent, so p-values are too small where entities repeat; the effect size is what to read first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from credit_platform.statistics.histograms import Kind, kind_of
from credit_platform.statistics.multiplicity import adjusted_p_values
from credit_platform.statistics.two_sample.registry import USUAL, named

_OF_A_CHANGED_TYPE = ("missing_rate", "type_change")


@dataclass(frozen=True)
class DistributionCheck:
    """One test of one column. ``adjusted_p_value`` is Benjamini-Hochberg over the whole comparison."""

    column: str
    kind: Kind
    test: str
    statistic: float
    p_value: float
    effect: str
    effect_size: float
    reference_rows: int
    current_rows: int
    material: float
    """Effect size from which a difference matters."""
    adjusted_p_value: float = 1.0
    is_different: bool = False


def compare(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    *,
    level: float = 0.05,
    tests: Mapping[Kind, Sequence[str]] = USUAL,
) -> list[DistributionCheck]:
    """Every named test of every column that both frames hold, in column order; dates are left out.

    ``is_different`` needs an adjusted p below ``level`` and an effect of material size. A column whose type changed is
    compared by its type and its missing values alone. ValueError for an empty frame or columns of the reference that
    the current sample lacks, KeyError for a test that does not exist.
    """
    absent = [str(name) for name in reference if name not in current]
    if absent or reference.empty or current.empty:
        raise ValueError(
            f"compare: found {len(reference)} reference rows, {len(current)} current rows and columns {absent} missing "
            "from the current sample; expected rows in both and every reference column"
        )
    checks = [
        check
        for name in reference
        if (kind := kind_of(reference[name])) is not None
        for check in _checks(reference[name], current[name], kind, tests[kind])
    ]
    adjusted = adjusted_p_values([check.p_value for check in checks])
    return [
        replace(c, adjusted_p_value=float(q), is_different=bool(q < level and abs(c.effect_size) > c.material))
        for c, q in zip(checks, adjusted, strict=True)
    ]


def _checks(reference: pd.Series, current: pd.Series, kind: Kind, names: Sequence[str]) -> list[DistributionCheck]:
    rows, out = (int(reference.count()), int(current.count())), []
    is_same_type = kind_of(current) == kind
    for name in names if is_same_type else [n for n in names if n in _OF_A_CHANGED_TYPE]:
        test = named(kind, name)
        found = test.run(reference, current)
        measured = found.statistic, found.p_value, test.effect, found.effect_size
        out.append(DistributionCheck(str(reference.name), kind, name, *measured, *rows, test.material))
    return out
