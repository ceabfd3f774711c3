"""Signs that a feature was written after the outcome."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from credit_platform.modelling.sample import Sample
from credit_platform.statistics.discrimination import auc


@dataclass(frozen=True)
class SignTest:
    """Entities with goods and bads, by whether the mean value is higher on their bads: ties are left out.

    ``share`` is that of the larger side, ``p_value`` two-sided against a fair coin.
    """

    entities: int
    share: float
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
    added after a default is higher on nearly every bad. Needs ``sample.entity``.
    """
    if sample.entity is None:
        raise ValueError("post-outcome test: the sample has no entity; it compares the units of one entity")
    frame = pd.DataFrame({"entity": sample.entity, "label": sample.label, "value": sample.matrix[:, position]}).dropna(
        subset=["value"]
    )
    means = frame.groupby(["entity", "label"])["value"].mean().unstack("label").reindex(columns=[0, 1]).dropna()
    difference: NDArray[np.float64] = (means[1] - means[0]).to_numpy(dtype=np.float64)
    higher, lower = int((difference > 0).sum()), int((difference < 0).sum())
    count = higher + lower
    if not count:
        return SignTest(entities=0, share=0.5, p_value=1.0)
    p_value = float(binomtest(max(higher, lower), count, 0.5).pvalue)
    return SignTest(entities=count, share=max(higher, lower) / count, p_value=p_value)
