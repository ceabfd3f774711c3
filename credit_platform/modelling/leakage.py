"""Signs that a feature was written after the outcome."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from credit_platform.modelling.sample import Sample
from credit_platform.statistics.discrimination import auc


@dataclass(frozen=True)
class SignTest:
    """Entities with goods and bads, by whether the mean value is higher on their bads: ties are left out.

    ``share`` is that of the larger side, ``p_value`` two-sided against a fair coin. ``control_share``: how often the
    value moves to that side from one good to the entity's next good (.5 where no dates are known).
    """

    entities: int
    share: float
    control_share: float
    p_value: float


def single_feature_auc(sample: Sample, position: int) -> float:
    """AUC of one column alone, in the better direction, missing taken as lowest or as highest: .5 to 1."""
    column = sample.matrix[:, position].astype(np.float64)
    missing = np.isnan(column)
    seen = column[~missing]
    if not seen.size:
        return 0.5
    fills = (seen.min() - 1, seen.max() + 1) if missing.any() else (0.0,)
    found = [auc(sample.label, np.where(missing, fill, column), weight=sample.weight) for fill in fills]
    return max(max(value, 1 - value) for value in found)


def post_outcome_test(sample: Sample, position: int) -> SignTest:
    """Within one entity, does the value tell its bads from its goods? (Dixon and Mood 1946, sign test)

    What an application says differs little between the good and the bad loans of one customer; a charge that is
    added after a default is higher on nearly every bad. A counter of earlier loans is higher on bads as well, but
    only because the bad loan tends to be the last: ``control_share`` tells it apart, as it moves the same way from
    one good to the next. Needs ``sample.entity``.
    """
    if sample.entity is None:
        raise ValueError("post-outcome test: the sample has no entity; it compares the units of one entity")
    frame = pd.DataFrame({"entity": sample.entity, "label": sample.label, "value": sample.matrix[:, position]})
    if sample.decided is not None:
        frame = frame.iloc[np.argsort(sample.decided, kind="stable")]
    frame = frame.dropna(subset=["value"])
    means = frame.groupby(["entity", "label"])["value"].mean().unstack("label").reindex(columns=[0, 1]).dropna()
    higher, lower = _signs(means[1] - means[0])
    count = higher + lower
    if not count:
        return SignTest(entities=0, share=0.5, control_share=0.5, p_value=1.0)
    goods = frame[frame["label"] == 0]
    up, down = _signs(goods.groupby("entity")["value"].diff()) if sample.decided is not None else (0, 0)
    control = (up if higher >= lower else down) / (up + down) if up + down else 0.5
    p_value = float(scipy.stats.binomtest(max(higher, lower), count, 0.5).pvalue)
    return SignTest(entities=count, share=max(higher, lower) / count, control_share=control, p_value=p_value)


def _signs(differences: pd.Series) -> tuple[int, int]:
    return int((differences > 0).sum()), int((differences < 0).sum())
