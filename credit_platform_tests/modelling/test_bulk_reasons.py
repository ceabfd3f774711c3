"""Contributions in bulk are XGBoost's own of the folded model, additive to the last digits, the same row by row."""

import numpy as np
import pytest

from credit_platform.engine.forest import load_forest
from credit_platform.modelling import algorithms
from credit_platform.modelling.assembly import RawTree, assemble
from credit_platform.modelling.bulk_reasons import MOST_BITS, bulk_contributions
from credit_platform.modelling.fold import baseline, to_xgboost
from credit_platform.modelling.forest import Forest, combine
from credit_platform.modelling.sample import Floats, Matrix, Sample

SMALL = {"random_forest": {"n_estimators": 10}, "lightgbm": {"num_iterations": 20}, "xgboost": {"num_boost_round": 20}}


@pytest.fixture(scope="module")
def forest(sample: Sample) -> Forest:
    members = [
        algorithms.fit(name, sample, params=SMALL.get(name, {}), seed=1, threads=1, monotone={})
        for name in algorithms.ALGORITHMS
    ]
    return combine([(member, 0.2) for member in members], bias=-0.4)


def served(forest: Forest, reference: Matrix, matrix: Matrix) -> Floats:
    names = tuple(f"f{number}" for number in range(forest.width))
    return load_forest(to_xgboost(forest, names, reference), feature_count=forest.width).contributions(matrix)


def test_bulk_reasons_are_those_of_the_served_model(forest: Forest, sample: Sample, blanked: Matrix) -> None:
    for matrix in (sample.matrix[:400], blanked[:400]):
        values, base = bulk_contributions(forest, sample.matrix, matrix)
        expected = served(forest, sample.matrix, matrix)
        assert np.abs(values - expected[:, :-1]).max() <= 1e-5
        assert base == pytest.approx(expected[0, -1], abs=1e-5)


def test_every_row_adds_up_to_its_margin_from_the_mean_of_the_reference(
    forest: Forest, sample: Sample, blanked: Matrix
) -> None:
    values, base = bulk_contributions(forest, sample.matrix, blanked)
    assert np.abs(base + values.sum(axis=1) - forest.margin(blanked)).max() <= 1e-12
    assert base == pytest.approx(baseline(forest, sample.matrix), abs=1e-5)


def test_one_row_has_the_bytes_that_it_has_in_bulk(forest: Forest, sample: Sample, blanked: Matrix) -> None:
    bulk, _ = bulk_contributions(forest, sample.matrix, blanked)
    for row in (0, 700, 1499):
        alone, _ = bulk_contributions(forest, sample.matrix, blanked[row : row + 1])
        assert alone.tobytes() == bulk[row : row + 1].tobytes()


def chain(columns: int) -> Forest:
    """One tree: node after node asks whether the next column is below 0, and leaves where it is not."""
    nodes = 2 * columns + 1
    is_inner = np.arange(nodes) % 2 == 0
    is_inner[-1] = False
    place = np.arange(nodes)
    tree = RawTree(
        feature=np.where(is_inner, place // 2, 0),
        threshold=np.zeros(nodes, dtype=np.float32),
        missing_left=is_inner & (place // 2 % 2 == 0),
        left=np.where(is_inner, place + 2, -1),
        right=np.where(is_inner, place + 1, -1),
        value=np.where(is_inner, 0.0, np.cos(place)),
    )
    return assemble([tree], bias=0.0, width=columns)


def test_a_path_longer_than_any_table_is_explained_as_well() -> None:
    columns = MOST_BITS + 8
    generator = np.random.default_rng(3)
    matrix = generator.normal(loc=-1.3, size=(300, columns)).astype(np.float32)
    matrix[generator.random(matrix.shape) < 0.05] = np.nan
    values, _ = bulk_contributions(chain(columns), matrix, matrix)
    assert np.abs(values - served(chain(columns), matrix, matrix)[:, :-1]).max() <= 1e-4
    assert (np.abs(values[:, -1]) > 1e-4).any()


def test_a_path_of_more_columns_than_an_integer_has_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 62 columns"):
        bulk_contributions(chain(64), np.zeros((1, 64), np.float32), np.full((1, 64), -1, np.float32))


def test_a_forest_of_no_tree_explains_nothing() -> None:
    values, base = bulk_contributions(combine([(chain(2), 0.0)], bias=0.5), np.zeros((1, 2), np.float32), chain_rows())
    assert (values.tolist(), base) == ([[0.0, 0.0]] * 3, 0.5)


def chain_rows() -> Matrix:
    return np.zeros((3, 2), dtype=np.float32)
