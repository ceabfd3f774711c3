"""The points scorecard: logistic regression on weight of evidence (Siddiqi 2006, chapters 6 and 7)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from credit_platform.contracts.release import Feature
from credit_platform.contracts.score import ScoreScale
from credit_platform.modelling.assembly import LARGEST, RawTree, assemble
from credit_platform.modelling.binning import Bins, fit_bins
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.logistic import LogisticFit, fit_logistic
from credit_platform.modelling.sample import Floats, Sample


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Log-odds of bad = intercept + sum over features of coefficient * evidence of the feature's bin."""

    features: tuple[Feature, ...]
    bins: tuple[Bins, ...]
    model: LogisticFit

    def to_forest(self) -> Forest:
        """One single-feature tree for every feature that the regression kept, the intercept as bias."""
        kept = [position for position, weight in enumerate(self.model.coefficient) if weight > 0]
        trees = [
            bin_tree(position, self.bins[position], self.model.coefficient[position] * self.bins[position].evidence)
            for position in kept
        ]
        return assemble(trees, bias=self.model.intercept, width=len(self.features))


def fit_scorecard(
    sample: Sample, *, signs: tuple[int, ...], most_bins: int, smallest_share: float, prior: float, ridge: float
) -> Scorecard:
    """Bin every feature, then regress on the evidence with coefficients >= 0.

    A negative coefficient would score a riskier bin as safer, against what the table shows (and against a declared
    sign); such a feature gets 0 and leaves the card.
    """
    bins = tuple(
        fit_bins(
            sample.matrix[:, position],
            sample.label,
            sample.weight,
            most=most_bins,
            smallest_share=smallest_share,
            prior=prior,
            sign=sign,
        )
        for position, sign in enumerate(signs)
    )
    evidence = np.stack([each.transform(sample.matrix[:, i]) for i, each in enumerate(bins)], axis=1)
    model = fit_logistic(evidence, sample.label, sample.weight, ridge=ridge, lower=0.0)
    return Scorecard(features=sample.features, bins=bins, model=model)


def scorecard_table(card: Scorecard, scale: ScoreScale) -> pd.DataFrame:
    """The card in points: one row a bin of a kept feature, and ``(base)``; a unit's points add up to its score.

    Columns feature, bin, rows (weight), bad_rate, evidence, coefficient, points. Points rise as risk falls.
    """
    factor = scale.points_to_double / np.log(2)
    base = scale.base_points - factor * (card.model.intercept + np.log(scale.base_odds))
    rows: list[dict[str, object]] = [{"feature": "(base)", "bin": "", "points": float(base)}]
    for feature, bins, coefficient in zip(card.features, card.bins, card.model.coefficient, strict=True):
        if coefficient <= 0:
            continue
        for number, name in enumerate(_bin_names(feature, bins)):
            weight = float(bins.weight[number])
            rows.append(
                {
                    "feature": feature.name,
                    "bin": name,
                    "rows": weight,
                    "bad_rate": float(bins.bad_weight[number]) / weight if weight else np.nan,
                    "evidence": float(bins.evidence[number]),
                    "coefficient": float(coefficient),
                    "points": float(-factor * coefficient * bins.evidence[number]),
                }
            )
    columns = ["feature", "bin", "rows", "bad_rate", "evidence", "coefficient", "points"]
    return pd.DataFrame(rows, columns=columns)


def _bin_names(feature: Feature, bins: Bins) -> list[str]:
    if feature.kind == "category":
        index = bins.index(np.arange(len(feature.categories), dtype=np.float32))
        held: list[list[str]] = [[] for _ in range(len(bins.cuts) + 1)]
        for category, number in zip(feature.categories, index.tolist(), strict=True):
            held[number].append(category)
        return [", ".join(names) for names in held] + ["missing or unseen"]
    edges = [-np.inf, *bins.cuts.tolist(), np.inf]
    return [f"[{low:.6g}, {high:.6g})" for low, high in pairwise(edges)] + ["missing"]


def bin_tree(feature: int, bins: Bins, value: Floats) -> RawTree:
    """A chain: the root sends missing right, then each node cuts one bin off to the left. ``value`` is by bin."""
    cuts = len(bins.cuts)
    inner = cuts + 1
    nodes = 2 * inner + 1
    # Node 0 is the root, 1 its missing leaf; then a node (or the last leaf) and the leaf that it follows, in turn.
    threshold = np.zeros(nodes, dtype=np.float32)
    left, right = np.full(nodes, -1), np.full(nodes, -1)
    leaf_value = np.zeros(nodes)
    threshold[0], left[0], right[0], leaf_value[1] = LARGEST, 2, 1, value[-1]
    for cut in range(cuts):
        node = 2 + 2 * cut
        threshold[node], left[node], right[node], leaf_value[node + 1] = bins.cuts[cut], node + 1, node + 2, value[cut]
    leaf_value[2 + 2 * cuts] = value[cuts]
    return RawTree(
        feature=np.full(nodes, feature, dtype=np.int64),
        threshold=threshold,
        missing_left=np.zeros(nodes, dtype=np.bool_),
        left=left.astype(np.int64),
        right=right.astype(np.int64),
        value=leaf_value,
    )
