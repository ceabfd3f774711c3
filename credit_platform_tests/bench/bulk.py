"""All rows of the lending files scored and explained by one forest, against the members through their own libraries."""

from collections.abc import Iterator, Mapping

import numpy as np
import shap

from credit_platform.engine.forest import load_forest
from credit_platform.modelling.bulk_reasons import bulk_contributions
from credit_platform.modelling.fold import to_xgboost
from credit_platform.modelling.forest import combine
from credit_platform.modelling.sample import Matrix
from credit_platform_tests.bench.lending import lending
from credit_platform_tests.bench.own_members import Own, own_members
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import seconds, side_by_side

SEED, THREADS, REFERENCE_ROWS = 5, 2, 5_000
PEER_ROWS = 5_000
"""shap takes as long for each row as for the one before; minutes for all of them would tell no more."""


def benchmarks() -> Iterator[Record]:
    """Rows a second, how far reasons are from adding up, and how far their baseline is from the reference's mean."""
    what, sample = lending()
    matrix, reference = sample.matrix, sample.matrix[:REFERENCE_ROWS]
    found = own_members(sample, params={}, seed=SEED, threads=THREADS)
    whole = combine([(own.forest, 1 / len(found)) for own in found.values()], bias=0.0)
    folded = to_xgboost(whole, sample.names, reference, threads=THREADS)
    served = load_forest(folded, feature_count=len(sample.names), threads=THREADS)
    bulk = side_by_side(
        lambda: served.margin(matrix), peer=lambda: [own.predict(matrix) for own in found.values()], rounds=5
    )
    yield Record(
        name="bulk/score",
        value=len(matrix) / bulk.ours,
        unit=f"rows/s, {len(matrix):,} {what}",
        peer="sum of the five members' own predict",
        ratio=bulk.times_faster,
        goal=Goal(of="ratio", at_least=1 / 1.3),
    )
    yield from _reasons(found, matrix, reference, margin=served.margin(matrix), expected=served.margin(reference))


def _reasons(
    found: Mapping[str, Own], matrix: Matrix, reference: Matrix, *, margin: np.ndarray, expected: np.ndarray
) -> Iterator[Record]:
    whole = combine([(own.forest, 1 / len(found)) for own in found.values()], bias=0.0)
    trees = {name: own for name, own in found.items() if name != "logistic_regression"}
    explainers = {name: shap.TreeExplainer(own.model) for name, own in trees.items()}
    asked = {name: own.prepared(matrix[:PEER_ROWS]) for name, own in trees.items()}
    theirs = seconds(lambda: [explainers[n].shap_values(asked[n], check_additivity=False) for n in trees])
    ours = seconds(lambda: bulk_contributions(whole, reference, matrix, threads=THREADS))
    yield Record(
        name="bulk/reasons",
        value=len(matrix) / ours,
        unit=f"rows/s, {len(matrix):,} rows",
        peer=f"shap.TreeExplainer of the four tree members, {PEER_ROWS:,} of the rows",
        ratio=(len(matrix) / ours) / (PEER_ROWS / theirs),
        goal=Goal(of="ratio", at_least=5.0),
    )
    values, base = bulk_contributions(whole, reference, matrix, threads=THREADS)
    yield Record(
        name="bulk/reasons_additive",
        value=float(np.abs(values.sum(axis=1) + base - margin).max()),
        unit="log-odds to the served margin, worst row",
        goal=Goal(of="value", at_most=1e-3),
    )
    yield Record(
        name="bulk/reasons_baseline",
        value=float(abs(base - expected.mean())),
        unit="log-odds to the mean served of the reference",
        goal=Goal(of="value", at_most=1e-3),
    )
