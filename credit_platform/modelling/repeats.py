"""Rows that count several times: copies on both sides of a split, and several rows of one decision."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from credit_platform.modelling.sample import Indices, Sample

RARE_ROWS = 5
"""A value that no more rows hold tells a copy from a chance: rows of common values alone are often equal."""


@dataclass(frozen=True)
class Copies:
    """Test rows whose features are those of a training row: ``distinctive`` of them hold a value that is rare."""

    rows: int
    distinctive: int


@dataclass(frozen=True)
class SameDecision:
    """Rows that share entity and decision day with another row, and the pairs of them.

    ``expected_pairs`` is their number if the days of an entity had been drawn from those of the whole sample;
    ``p_value`` of so many pairs or more (Poisson), ``agreement`` the share of pairs with one label.
    """

    rows: int
    pairs: int
    expected_pairs: float
    p_value: float
    agreement: float


def copies_across(sample: Sample, train: Indices, test: Indices) -> Copies:
    """Copies of training rows among the test rows, labels and keys aside."""
    frame = pd.DataFrame(sample.matrix)
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    is_copy = np.isin(rows[test], rows[train])
    # A row copied ten times would make its own values common: rarity is counted over distinct rows.
    distinct = frame[~pd.Series(rows).duplicated().to_numpy()]
    is_rare = np.zeros(len(test), dtype=bool)
    for column in frame:
        count = frame[column].iloc[test].map(distinct[column].value_counts())
        is_rare |= (count <= RARE_ROWS).to_numpy()
    return Copies(rows=int(is_copy.sum()), distinctive=int((is_copy & is_rare).sum()))


def same_decision(sample: Sample) -> SameDecision:
    """Several rows of one decision, such as the two lenders' parts of a loan. ValueError without entity or dates."""
    if sample.entity is None or sample.decided is None:
        raise ValueError("same decision: the sample has no entity or no decision dates; it compares rows by both")
    frame = pd.DataFrame({"entity": sample.entity, "day": sample.decided, "bad": sample.label})
    groups = frame.groupby(["entity", "day"])["bad"].agg(["size", "sum"])
    size, bads = groups["size"].to_numpy(), groups["sum"].to_numpy()
    pairs, mixed = int((size * (size - 1)).sum()) // 2, int((bads * (size - bads)).sum())
    per_entity = frame.groupby("entity").size().to_numpy()
    chance = float((frame["day"].value_counts(normalize=True) ** 2).sum())
    expected = float((per_entity * (per_entity - 1) / 2).sum()) * chance
    return SameDecision(
        rows=int(size[size > 1].sum()),
        pairs=pairs,
        expected_pairs=expected,
        p_value=float(scipy.stats.poisson.sf(pairs - 1, expected)) if pairs else 1.0,
        agreement=(pairs - mixed) / pairs if pairs else 1.0,
    )
