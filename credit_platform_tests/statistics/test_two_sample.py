"""Every two-sample test against scipy, statsmodels or a published value; then what each is there to see."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial import distance
from statsmodels.stats.proportion import proportion_effectsize

from credit_platform.statistics.distributions import compare
from credit_platform.statistics.histograms import Kind
from credit_platform.statistics.two_sample import distances, ranks, rates, spread, stability, tables
from credit_platform.statistics.two_sample.finding import counted, permuted_tables
from credit_platform.statistics.two_sample.registry import TESTS, named

GENERATOR = np.random.default_rng(0)
A, B = GENERATOR.gamma(2, 1, 400), GENERATOR.gamma(2, 1.15, 300)
TIED_A, TIED_B = np.round(A), np.round(B)
TABLE = np.array([[30, 20, 50], [20, 25, 30]])


@pytest.mark.filterwarnings("ignore:p-value floored")  # scipy's table of them ends there; only its statistic is asked
@pytest.mark.parametrize(("a", "b"), [(A, B), (TIED_A, TIED_B)])
def test_anderson_darling_is_the_midrank_statistic_of_scholz_and_stephens(a: np.ndarray, b: np.ndarray) -> None:
    found, expected = ranks.anderson_darling(a, b), stats.anderson_ksamp([a, b], variant="midrank")
    n = a.size + b.size
    # scipy gives (A^2 - 1) / sigma; sigma^2 by equation 4 of the paper with k = 2.
    h, big_h = np.sum(1 / np.arange(1, n)), 1 / a.size + 1 / b.size
    g = sum((1 / ((n - i) * np.arange(i + 1, n))).sum() for i in range(1, n - 1))
    c1 = (4 * g - 6) + (10 - 6 * g) * big_h
    c2 = (2 * g - 4) * 4 + 8 * h * 2 + (2 * g - 14 * h - 4) * big_h - 8 * h + 4 * g - 6
    c3 = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * big_h + 4 * h
    c4 = (2 * h + 6) * 4 - 4 * h * 2
    variance = (c1 * n**3 + c2 * n**2 + c3 * n + c4) / ((n - 1) * (n - 2) * (n - 3))
    assert (found.statistic - 1) / np.sqrt(variance) == pytest.approx(float(expected.statistic), rel=1e-9)


@pytest.mark.parametrize(("statistic", "p"), [(1.933, 0.10), (2.492, 0.05), (3.857, 0.01), (1.248, 0.25)])
def test_the_law_of_anderson_darling_has_the_published_critical_values(statistic: float, p: float) -> None:
    # D'Agostino and Stephens 1986, table 4.2, all parameters known.
    assert ranks._anderson_darling_tail(statistic) == pytest.approx(p, abs=5e-4)


def test_tests_of_ranks_equal_scipy() -> None:
    for ours, theirs in (
        (ranks.kolmogorov_smirnov(A, B), stats.ks_2samp(A, B, method="asymp")),
        (ranks.cramer_von_mises(A, B), stats.cramervonmises_2samp(A, B, method="asymptotic")),
        (ranks.mann_whitney(A, B), stats.mannwhitneyu(B, A, method="asymptotic")),
        (spread.levene(A, B), stats.levene(A, B, center="median")),
    ):
        assert (ours.statistic, ours.p_value) == pytest.approx((float(theirs.statistic), float(theirs.pvalue)))
    pairs = np.sign(np.subtract.outer(TIED_B, TIED_A)).mean()
    assert ranks.mann_whitney(TIED_A, TIED_B).effect_size == pytest.approx(pairs)
    assert ranks.kolmogorov_smirnov(TIED_A, TIED_B).effect_size == pytest.approx(pairs)


def test_wasserstein_equals_scipy_and_its_permutations_equal_shuffled_labels() -> None:
    found = distances.wasserstein(TIED_A, TIED_B)
    assert found.statistic == pytest.approx(stats.wasserstein_distance(TIED_A, TIED_B))
    assert found.effect_size == pytest.approx(found.statistic / TIED_A.std())
    both, shuffled = np.concatenate([TIED_A, TIED_B]), []
    for _ in range(999):
        GENERATOR.shuffle(both)
        shuffled.append(stats.wasserstein_distance(both[:400], both[400:]))
    expected = (1 + (np.array(shuffled) >= found.statistic).sum()) / 1_000
    assert found.p_value == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 999) + 0.002)


def test_wasserstein_of_many_values_is_within_a_cell_of_the_exact_one() -> None:
    a, b = GENERATOR.normal(size=20_000), GENERATOR.normal(0.2, 1.1, 10_000)
    assert distances.wasserstein(a, b).statistic == pytest.approx(stats.wasserstein_distance(a, b), abs=0.005)


def test_jensen_shannon_equals_scipy() -> None:
    p, q = TABLE / TABLE.sum(axis=1, keepdims=True)
    found = distances.jensen_shannon(TABLE)
    assert found.effect_size == pytest.approx(distance.jensenshannon(p, q, base=2))
    assert found.statistic == pytest.approx(distance.jensenshannon(p, q, base=2) ** 2)


@pytest.mark.parametrize(("ours", "power"), [(tables.chi_square, "pearson"), (tables.g_test, "log-likelihood")])
def test_tests_of_a_table_equal_scipy(ours: object, power: str) -> None:
    assert callable(ours)
    expected = stats.chi2_contingency(TABLE, correction=False, lambda_=power)
    found = ours(TABLE)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.effect_size == pytest.approx(stats.contingency.association(TABLE, method="cramer"))


def test_fisher_has_the_p_value_of_the_lady_tasting_tea_and_its_random_tables_that_of_all_tables() -> None:
    # Fisher 1935, chapter 2: 3 of 4 cups right, one-sided .2429, two-sided .4857.
    assert tables.fisher(np.array([[3, 1], [1, 3]])).p_value == pytest.approx(0.4857, abs=5e-5)
    table = np.array([[6, 1, 2], [2, 5, 3]])
    law = stats.multivariate_hypergeom(table.sum(axis=0), 9)
    every = [(i, j, 9 - i - j) for i in range(9) for j in range(7) if 0 <= 9 - i - j <= 5]
    chances = np.array([law.pmf(x) for x in every])
    exact = chances[chances <= law.pmf(table[0]) * (1 + 1e-9)].sum()
    assert tables.fisher(table).p_value == pytest.approx(exact, abs=0.03)


def test_permuted_tables_keep_the_margins() -> None:
    drawn = permuted_tables(TABLE, draws=50)
    assert (drawn.sum(axis=1) == 100).all()
    assert (drawn <= TABLE.sum(axis=0)).all()


def test_cohens_h_equals_statsmodels_and_a_missing_rate_that_grew_is_found() -> None:
    assert rates.cohens_h(0.05, 0.25) == pytest.approx(proportion_effectsize(0.25, 0.05))
    before, after = (pd.Series(np.where(np.arange(400) % 20 < gaps, np.nan, 1.0)) for gaps in (1, 5))
    found = rates.missing_rate(before, after)
    assert (found.statistic, found.effect_size) == pytest.approx((0.20, 0.5963), abs=5e-4)
    assert found.p_value < 1e-12
    assert rates.missing_rate(before, before).p_value == 1.0


def test_points_shift_is_the_change_of_the_mean_score() -> None:
    # Shares .2/.3/.5 and .3/.4/.3 at 10, 20 and 40 points: mean 28 and 23.
    assert stability.points_shift([2e5, 3e5, 5e5], [3e5, 4e5, 3e5], [10, 20, 40]) == pytest.approx(-5, abs=1e-3)
    with pytest.raises(ValueError, match="one of each for every bin"):
        stability.points_shift([1, 2], [1, 2], [10, 20, 30])


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in TESTS for name in TESTS[kind]])
def test_no_test_rejects_halves_of_one_sample_more_often_than_its_level(kind: Kind, name: str) -> None:
    generator = np.random.default_rng(3)
    rejected = 0
    for _ in range(40):
        values = pd.Series(generator.normal(size=200) if kind == "numeric" else generator.choice(list("abcd"), 200))
        rejected += named(kind, name).run(values[:120], values[120:]).p_value < 0.05
    assert rejected <= 6  # 6 of 40 at 5%: one chance in 70 of more


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in TESTS for name in TESTS[kind]])
def test_a_sample_without_values_is_no_difference_but_for_its_gaps(kind: Kind, name: str) -> None:
    values = pd.Series([1.0, 2.0, 3.0] if kind == "numeric" else ["a", "b", "a"])
    empty = pd.Series([np.nan] * 3) if kind == "numeric" else pd.Series([None] * 3, dtype=object)
    found = named(kind, name).run(values, empty)
    assert found.p_value == 1.0 or name in ("missing_rate", "jensen_shannon", "chi_square", "g_test", "fisher")
    constant = values.map(lambda _: values[0])
    assert named(kind, name).run(constant, constant).p_value == 1.0


def test_a_column_that_became_text_is_a_change_of_type_and_nothing_else() -> None:
    before = pd.DataFrame({"amount": np.arange(50.0)})
    checks = compare(before, before.astype(str))
    assert [(c.test, c.is_different) for c in checks] == [("missing_rate", False), ("type_change", True)]


def test_new_levels_are_found_apart_from_rare_ones() -> None:
    before = pd.Series(["a"] * 500 + ["b"] * 490 + ["c"] * 10)
    after = pd.Series(["a"] * 100 + ["new"] * 5)
    assert rates.new_categories(before, after).effect_size == pytest.approx(5 / 105)
    assert rates.new_categories(before, after).p_value < 1e-6
    assert rates.new_categories(before, before[::2]).p_value == 1.0


def test_a_test_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(KeyError, match="no test 'ks' for a category column; there are"):
        named("category", "ks")


def test_all_tests_of_a_frame_run_by_name() -> None:
    frame = pd.DataFrame({"amount": A[:300], "kind": GENERATOR.choice(list("ab"), 300)})
    checks = compare(frame[:150], frame[150:], tests={kind: tuple(TESTS[kind]) for kind in TESTS})
    assert len(checks) == len(TESTS["numeric"]) + len(TESTS["category"])
    assert not any(c.is_different for c in checks)
    assert len({c.test for c in checks}) == len(set(TESTS["numeric"]) | set(TESTS["category"]))


def test_a_table_of_two_columns_holds_every_row_once() -> None:
    table = counted(pd.Series(["a", "b", None, "b"]), pd.Series(["b", "z", "z"]))
    assert table.sum(axis=1).tolist() == [4, 3]
