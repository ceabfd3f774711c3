"""The folded forest against every member's own library, on every row of the lending files in the landing root.

That root is the committed simulated portfolio, or the published files where ``CREDIT_PLATFORM_DATA_DIR`` names them.
"""

from collections.abc import Iterator

import numpy as np

from credit_platform.engine.forest import load_forest
from credit_platform.modelling.fold import to_xgboost
from credit_platform.modelling.forest import combine
from credit_platform.modelling.sample import Matrix
from credit_platform_tests.bench.lending import lending
from credit_platform_tests.bench.own_members import misrouted, own_members
from credit_platform_tests.bench.records import Goal, Record

BLANKED, SEED, THREADS = 0.2, 5, 2


def blanked(matrix: Matrix) -> Matrix:
    """The matrix with a fifth of all its cells missing, in columns that never were as well."""
    holes = np.random.default_rng(SEED).random(matrix.shape) < BLANKED
    return np.where(holes, np.float32(np.nan), matrix)


def benchmarks() -> Iterator[Record]:
    """Worst margin and wrong leaves over all rows, as they are and with a fifth of the cells blanked."""
    what, sample = lending()
    found = own_members(sample, params={}, seed=SEED, threads=THREADS)
    weight = 1 / len(found)
    whole = combine([(own.forest, weight) for own in found.values()], bias=0.0)
    folded = to_xgboost(whole, sample.names, sample.matrix[:5_000], threads=THREADS)
    served = load_forest(folded, feature_count=len(sample.names), threads=THREADS)
    for cells, matrix in (("as_they_are", sample.matrix), ("a_fifth_blanked", blanked(sample.matrix))):
        expected = sum((weight * own.margin(matrix) for own in found.values()), np.zeros(len(matrix)))
        yield Record(
            name=f"parity/margin/{cells}",
            value=float(np.abs(served.margin(matrix) - expected).max()),
            unit=f"log-odds, worst of {len(matrix):,} {what}",
            goal=Goal(of="value", at_most=1e-3),
        )
        yield Record(
            name=f"parity/wrong_leaves/{cells}",
            value=sum(misrouted(own, matrix, threads=THREADS) for own in found.values()),
            unit=f"of {len(matrix) * whole.trees:,} routes through {whole.trees} trees",
            goal=Goal(of="value", at_most=0),
        )
