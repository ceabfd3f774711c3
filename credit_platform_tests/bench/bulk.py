"""All rows of the lending files scored by one forest, against the members through their own libraries."""

from collections.abc import Iterator

from credit_platform.engine.forest import load_forest
from credit_platform.modelling.fold import to_xgboost
from credit_platform.modelling.forest import combine
from credit_platform_tests.bench.lending import lending
from credit_platform_tests.bench.own_members import own_members
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import side_by_side

SEED, THREADS, REFERENCE_ROWS = 5, 2, 5_000


def benchmarks() -> Iterator[Record]:
    """Rows a second."""
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
