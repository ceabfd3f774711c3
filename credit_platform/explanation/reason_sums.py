"""Contributions by reason code: what a reason adds to the log-odds is the sum of its features' contributions."""

from collections.abc import Sequence

import numpy as np

from credit_platform.contracts.score import Reason
from credit_platform.explanation.card_parts import ReasonsUsed, ReasonUsed
from credit_platform.statistics.arrays import Floats


def reason_sums(values: Floats, names: Sequence[str], reasons: Sequence[Reason]) -> Floats:
    """Contributions (n, r) of reasons from those of features (n, k); ValueError names features not explained."""
    place = {name: i for i, name in enumerate(names)}
    absent = sorted({f for reason in reasons for f in reason.features if f not in place})
    if absent:
        raise ValueError(f"reasons name features {absent} that were not explained; explained: {list(names)}")
    return np.column_stack([values[:, [place[f] for f in r.features]].sum(axis=1) for r in reasons])


def main_shares(sums: Floats) -> Floats:
    """Share of units (r,) whose largest adverse contribution is each reason's; sums (n, r)."""
    top, units = sums.argmax(axis=1), np.arange(len(sums))
    is_adverse = sums[units, top] > 0
    return np.bincount(top[is_adverse], minlength=sums.shape[1]) / len(sums)


def reasons_used(sums: Floats, reasons: Sequence[Reason], *, margin: Floats, baseline: float) -> ReasonsUsed:
    """What a model card says of contributions by reason (n, r) and the log-odds (n,) that they explain."""
    mean, share = np.abs(sums).mean(axis=0), main_shares(sums)
    return ReasonsUsed(
        rows=len(sums),
        baseline=baseline,
        gap=float(np.abs(sums.sum(axis=1) + baseline - margin).max()),
        reasons=tuple(
            ReasonUsed(reasons[i].code, reasons[i].wording, float(mean[i]), float(share[i]))
            for i in np.argsort(-mean, kind="stable").tolist()
        ),
    )
