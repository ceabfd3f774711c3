"""Contributions by reason code: what a reason adds to the log-odds is the sum of its features' contributions."""

from collections.abc import Sequence

import numpy as np

from credit_platform.contracts.score import Reason
from credit_platform.explanation.card_parts import ReasonsUsed, ReasonUsed
from credit_platform.statistics.arrays import Floats

ADDITIVE_LIMIT = 1e-3
"""Log-odds by which contributions may miss: they are float32 sums of some thousand leaves."""


def reason_sums(values: Floats, names: Sequence[str], reasons: Sequence[Reason]) -> Floats:
    """Contributions (n, r) of reasons from those of features (n, k); ValueError names features not explained."""
    place = {name: i for i, name in enumerate(names)}
    absent = sorted({f for reason in reasons for f in reason.features if f not in place})
    if absent:
        raise ValueError(f"reasons name features {absent} that were not explained; explained: {list(names)}")
    return np.column_stack([values[:, [place[f] for f in r.features]].sum(axis=1) for r in reasons])


def with_silent(sums: Floats, values: Floats, names: Sequence[str], silent: Sequence[str]) -> Floats:
    """Sums (n, r) and, where there are any, that of the features that no reason names (n, r + 1)."""
    if not silent:
        return sums
    return np.column_stack([sums, values[:, [list(names).index(name) for name in silent]].sum(axis=1)])


def main_shares(sums: Floats) -> Floats:
    """Share of units (r,) whose largest adverse contribution is each reason's; sums (n, r)."""
    top, units = sums.argmax(axis=1), np.arange(len(sums))
    is_adverse = sums[units, top] > 0
    return np.bincount(top[is_adverse], minlength=sums.shape[1]) / len(sums)


def reasons_used(
    sums: Floats, reasons: Sequence[Reason], *, silent: Sequence[str], margin: Floats, baseline: float
) -> ReasonsUsed:
    """What a model card says of contributions ``with_silent`` ones and the log-odds (n,) that they explain.

    ``reasons`` are those that the release gives: what no decision may name is the main reason of none.
    """
    mean, share = np.abs(sums).mean(axis=0), main_shares(sums[:, : len(reasons)])
    return ReasonsUsed(
        rows=len(sums),
        baseline=baseline,
        gap=float(np.abs(sums.sum(axis=1) + baseline - margin).max()),
        reasons=tuple(
            ReasonUsed(reasons[i].code, reasons[i].wording, float(mean[i]), float(share[i]))
            for i in np.argsort(-mean[: len(reasons)], kind="stable").tolist()
        ),
        silent=tuple(silent),
        silent_contribution=float(mean[-1]) if silent else 0.0,
    )
