"""Every metric that a gate may name, of one scored sample, from a single sort: bootstraps call it by the hundred."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import Ranked, expit, floats, labels, logit, probabilities, ranked
from credit_platform.statistics.calibration import error_of, in_the_large_of, recalibration_of, reliability_of
from credit_platform.statistics.discrimination import auc_of, average_precision_of, ks_of

LOWER_IS_BETTER = frozenset({"brier", "log_loss", "expected_calibration_error"})
"""Metrics where less is better; of the others slope is best at 1, intercept at 0, the rest high."""


@dataclass(frozen=True)
class Evaluation(Mapping[str, float]):
    """Metric name -> value, also by attribute. ``calibration_intercept`` is in the large (slope held at 1)."""

    auc: float
    gini: float
    ks: float
    brier: float
    log_loss: float
    f1: float
    average_precision: float
    calibration_slope: float
    calibration_intercept: float
    expected_calibration_error: float

    def __getitem__(self, name: str) -> float:
        if name not in METRICS:
            raise KeyError(f"no metric {name!r}; there are {METRICS}")
        return float(getattr(self, name))

    def __iter__(self) -> Iterator[str]:
        return iter(METRICS)

    def __len__(self) -> int:
        return len(METRICS)


METRICS: tuple[str, ...] = tuple(field.name for field in fields(Evaluation))


def evaluate(
    label: ArrayLike,
    prediction: ArrayLike,
    *,
    cut_off: float,
    is_log_odds: bool = False,
    decimals: int | None = None,
    weight: ArrayLike | None = None,
) -> Evaluation:
    """All metrics of labels (n,) and probabilities of bad (n,), or their log-odds when ``is_log_odds``.

    ``cut_off`` is always a probability: from it upwards a row is called bad, for F1. Where decisions compare rounded
    probabilities, ``decimals`` says to how many. Raises OneClassError where the labels hold one class and ValueError
    for anything that is not a probability.
    """
    if not 0 <= cut_off <= 1:
        raise ValueError(f"cut_off: found {cut_off}, expected a probability from 0 to 1 (also where rows are log-odds)")
    if is_log_odds:
        margin = floats(prediction, name="log_odds")
    else:
        margin = logit(probabilities(prediction))
    sample = ranked(labels(label), margin, weight=weight)
    return _evaluate(sample, cut_off=cut_off, decimals=decimals)


def _evaluate(sample: Ranked, *, cut_off: float, decimals: int | None) -> Evaluation:
    probability = expit(sample.score)
    by_probability = Ranked(probability, sample.bad, sample.good)
    compared = probability if decimals is None else np.round(probability, decimals)
    total = sample.bad + sample.good
    rows = float(total.sum())
    squares = sample.bad * (1 - probability) ** 2 + sample.good * probability**2
    loss = total * np.logaddexp(0, sample.score) - sample.bad * sample.score
    area = auc_of(sample)
    return Evaluation(
        auc=area,
        gini=2 * area - 1,
        ks=ks_of(sample),
        brier=float(squares.sum()) / rows,
        log_loss=float(loss.sum()) / rows,
        f1=_f1_at(Ranked(compared, sample.bad, sample.good), cut_off),
        average_precision=average_precision_of(sample),
        calibration_slope=recalibration_of(sample).slope,
        calibration_intercept=in_the_large_of(sample),
        expected_calibration_error=error_of(reliability_of(by_probability, bins=10)),
    )


def _f1_at(sample: Ranked, cut_off: float) -> float:
    """F1 of ``probability >= cut_off``; a rounding step of the logit and back must not flip a row on the cut-off."""
    called = sample.score >= cut_off * (1 - 1e-12)
    hits = float(sample.bad[called].sum())
    return 2 * hits / (hits + float(sample.good[called].sum()) + sample.bads)
