"""Principal reasons of a decision: contributions summed by reason group, adverse ones only, at most four."""

from collections.abc import Sequence

import numpy as np

from credit_platform.contracts.decision import ReasonGiven
from credit_platform.contracts.release import Feature
from credit_platform.contracts.score import MOST_REASONS, Reason
from credit_platform.engine.canonical import rounded


def reasons_given(
    contributions: np.ndarray, *, reasons: Sequence[Reason], features: Sequence[Feature]
) -> list[tuple[ReasonGiven, ...]]:
    """Reasons of every row, largest first, from contributions (n, k + 1) in log-odds of bad; ties in code order."""
    position = {feature.name: index for index, feature in enumerate(features)}
    places = [[position[name] for name in reason.features] for reason in reasons]
    return [_adverse(_sums(row, places), reasons) for row in contributions.tolist()]


def _sums(row: Sequence[float], places: Sequence[Sequence[int]]) -> list[float]:
    """One after the other, never ``sum``: from Python 3.12 on it compensates, and the bytes would be others."""
    found = list[float]()
    for own in places:
        total = 0.0
        for place in own:
            total += row[place]
        found.append(total)
    return found


def _adverse(sums: Sequence[float], reasons: Sequence[Reason]) -> tuple[ReasonGiven, ...]:
    found = [
        (-contribution, reason.code, reason.wording)
        for reason, total in zip(reasons, sums, strict=True)
        if total > 0 and (contribution := rounded(total)) > 0
    ]
    found.sort()
    return tuple(
        ReasonGiven(code=code, wording=wording, contribution=-own) for own, code, wording in found[:MOST_REASONS]
    )
