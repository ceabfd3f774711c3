"""Kind of column -> its tests by name. A further test is one line here."""

from credit_platform.statistics.histograms import Kind
from credit_platform.statistics.stability import MATERIAL_PSI, MATERIAL_RATE
from credit_platform.statistics.two_sample import distances, ranks, rates, spread, stability, tables
from credit_platform.statistics.two_sample.finding import TwoSampleTest, on_numbers, on_table

_DELTA, _V, _SD, _H = "Cliff's delta", "Cramer's V", "standard deviations", "Cohen's h"

_OF_ANY = (
    TwoSampleTest("psi", "PSI", MATERIAL_PSI, stability.psi),
    TwoSampleTest("missing_rate", _H, 0.20, rates.missing_rate),
    TwoSampleTest("type_change", "changed", 0.5, rates.type_change),
    TwoSampleTest("jensen_shannon", "Jensen-Shannon distance", 0.10, on_table(distances.jensen_shannon)),
)
_OF_NUMBERS = (
    TwoSampleTest("ks", _DELTA, 0.10, on_numbers(ranks.kolmogorov_smirnov)),
    TwoSampleTest("anderson_darling", _DELTA, 0.10, on_numbers(ranks.anderson_darling)),
    TwoSampleTest("cramer_von_mises", _DELTA, 0.10, on_numbers(ranks.cramer_von_mises)),
    TwoSampleTest("mann_whitney", _DELTA, 0.10, on_numbers(ranks.mann_whitney)),
    TwoSampleTest("levene", "ln ratio of spreads", 0.22, on_numbers(spread.levene)),
    TwoSampleTest("wasserstein", _SD, 0.10, on_numbers(distances.wasserstein)),
)
_OF_LEVELS = (
    TwoSampleTest("chi_square", _V, 0.10, on_table(tables.chi_square)),
    TwoSampleTest("g_test", _V, 0.10, on_table(tables.g_test)),
    TwoSampleTest("fisher", _V, 0.10, on_table(tables.fisher)),
    TwoSampleTest("new_categories", "share of rows", MATERIAL_RATE, rates.new_categories),
)
TESTS: dict[Kind, dict[str, TwoSampleTest]] = {
    "numeric": {test.name: test for test in (*_OF_NUMBERS, *_OF_ANY)},
    "category": {test.name: test for test in (*_OF_LEVELS, *_OF_ANY)},
}
USUAL: dict[Kind, tuple[str, ...]] = {
    "numeric": ("ks", "psi", "missing_rate", "type_change"),
    "category": ("chi_square", "psi", "missing_rate", "new_categories", "type_change"),
}
"""What ``compare`` runs unless told otherwise: one test for each way to differ, none by permutation."""


def named(kind: Kind, name: str) -> TwoSampleTest:
    """The test of that name for a kind of column; a KeyError names those that exist."""
    if name not in TESTS[kind]:
        raise KeyError(f"no test {name!r} for a {kind} column; there are {sorted(TESTS[kind])}")
    return TESTS[kind][name]
