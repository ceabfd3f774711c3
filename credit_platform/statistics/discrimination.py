"""How well a score separates bads from goods. Higher score = more likely bad, everywhere in this package."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit_platform.statistics.arrays import AnyArray, Floats, Ranked, dot, labels, ranked, same_length, weights


@dataclass(frozen=True)
class RocCurve:
    """Shares called bad when score >= threshold, from strictest to laxest; arrays of shape (d + 1,)."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats


def auc_of(sample: Ranked) -> float:
    """AUC = P(score of a bad > score of a good) + P(tie) / 2 (Hanley and McNeil 1982, eq. 1)."""
    goods_below = np.cumsum(sample.good) - sample.good
    wins = dot(sample.bad, goods_below + sample.good / 2)
    return wins / (sample.bads * sample.goods)


def ks_of(sample: Ranked) -> float:
    """KS = max over scores of |F_bad - F_good| (two-sample Kolmogorov-Smirnov distance)."""
    gap = np.cumsum(sample.bad) / sample.bads - np.cumsum(sample.good) / sample.goods
    return float(np.abs(gap).max())


def average_precision_of(sample: Ranked) -> float:
    """AP = sum over thresholds of (R_k - R_k-1) P_k, no interpolation (Manning et al. 2008, section 8.4)."""
    bad, good = sample.bad[::-1], sample.good[::-1]
    found = np.cumsum(bad)
    called = found + np.cumsum(good)
    has_weight = called > 0
    return dot(bad[has_weight], found[has_weight] / called[has_weight]) / sample.bads


def auc(label: ArrayLike, score: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Area under the ROC curve of labels (n,) by scores (n,); ties count half. Raises OneClassError.

    >>> auc([0, 1, 0, 1], [.1, .4, .35, .8])
    1.0
    """
    return auc_of(ranked(label, score, weight=weight))


def gini(label: ArrayLike, score: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Gini = 2 AUC - 1 (Somers' D of score given label; Engelmann, Hayden and Tasche 2003)."""
    return 2 * auc(label, score, weight=weight) - 1


def ks(label: ArrayLike, score: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Largest distance between the score distributions of bads and goods, 0 to 1."""
    return ks_of(ranked(label, score, weight=weight))


def average_precision(label: ArrayLike, score: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Area under the precision-recall steps; a random score has the bad rate."""
    return average_precision_of(ranked(label, score, weight=weight))


def f1(label: ArrayLike, prediction: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """F1 = 2 TP / (2 TP + FP + FN) of 0/1 predictions (van Rijsbergen 1979); 0 when nothing is bad or called bad."""
    y, called = labels(label), labels(prediction)
    same_length(label=y, prediction=called)
    w = weights(weight, rows=y.size)
    hits, total = float((w * y * called).sum()), float((w * (y + called)).sum())
    return 2 * hits / total if total else 0.0


def roc_curve(label: ArrayLike, score: ArrayLike, *, weight: ArrayLike | None = None) -> RocCurve:
    """Every threshold of a score, with (0, 0) at threshold +inf first."""
    sample = ranked(label, score, weight=weight)
    return RocCurve(
        false_positive_rate=np.concatenate(([0.0], np.cumsum(sample.good[::-1]) / sample.goods)),
        true_positive_rate=np.concatenate(([0.0], np.cumsum(sample.bad[::-1]) / sample.bads)),
        threshold=np.concatenate(([np.inf], sample.score[::-1])),
    )


def placements(is_bad: AnyArray, score: Floats, weight: Floats | None = None) -> Floats:
    """Of each bad the share of goods below it, of each good the share of bads above it; ties count half (n,).

    The structural components of the AUC (DeLong, DeLong and Clarke-Pearson 1988, eq. 4), shares by ``weight`` (n,)
    where rows weigh; both classes must be there.
    """
    w, share = np.ones(score.size) if weight is None else weight, np.empty(score.size)
    share[is_bad] = _below(score[~is_bad], w[~is_bad], score[is_bad])
    share[~is_bad] = 1 - _below(score[is_bad], w[is_bad], score[~is_bad])
    return share


def _below(others: Floats, weight: Floats, score: Floats) -> Floats:
    """Share of the weight of ``others`` (m,) below each score, ties as half."""
    order = np.argsort(others, kind="stable")
    ordered, summed = others[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    left, right = (summed[np.searchsorted(ordered, score, side=side)] for side in ("left", "right"))
    return np.asarray((left + right) / (2 * summed[-1]), dtype=np.float64)
