"""What fairness tables prove, one number a kind, for gates: how bad the worst group is beyond doubt."""

from collections.abc import Sequence

import numpy as np

from credit_platform.statistics.bootstrap import Interval
from credit_platform.statistics.fairness import FairnessTable, GroupFairness


def fairness_metrics(tables: Sequence[FairnessTable]) -> dict[str, float | None]:
    """The worst group over all attributes, by metric name; None where nothing could be compared.

    fairness_selection_ratio: lowest upper end of the ratios' intervals, so that a bound of .8 is broken only where a
    whole interval lies below four fifths. fairness_opportunity_gap and fairness_calibration_gap: largest distance
    between zero and an interval of a gap, 0 where every interval holds zero. Groups of fewer than 30 rows or entities
    (for the opportunity gap: goods) are not judged: each of them alone is no evidence.
    """
    judged = [group for table in tables for group in table.groups if not group.is_small]
    others = [group for table in tables for group in table.groups[1:] if not group.is_small]
    ratios = [group.selection_ratio.high for _, group in _accepted_less(tables)]
    ratios = [ratio for ratio in ratios if not np.isnan(ratio)]
    return {
        "fairness_selection_ratio": min(ratios) if ratios else None,
        "fairness_opportunity_gap": _worst([g.equal_opportunity_gap for g in others if g.has_goods_enough]),
        "fairness_calibration_gap": _worst([g.calibration_gap for g in judged]),
    }


def _worst(gaps: Sequence[Interval]) -> float | None:
    found = [max(gap.low, -gap.high, 0.0) for gap in gaps if not np.isnan(gap.low)]
    return max(found) if found else None


def worst_ratio(tables: Sequence[FairnessTable]) -> tuple[str, GroupFairness] | None:
    """Attribute and group with the lowest selection ratio among those judged, None where there is none."""
    others = _accepted_less(tables)
    return min(others, key=lambda each: each[1].selection_ratio.estimate) if others else None


def _accepted_less(tables: Sequence[FairnessTable]) -> list[tuple[str, GroupFairness]]:
    """Attribute and group, of every group but the small and the most accepted one."""
    return [
        (table.attribute, group)
        for table in tables
        for group in table.groups
        if group.group != table.favoured and not group.is_small
    ]
