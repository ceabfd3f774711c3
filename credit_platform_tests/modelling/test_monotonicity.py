"""What the proof of a declared sign says is true of every input, and what it leaves open is walked."""

import itertools

import numpy as np
import pytest

from credit_platform.modelling import algorithms
from credit_platform.modelling.assembly import LARGEST, RawTree, assemble
from credit_platform.modelling.ensemble import stacked
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.monotonicity import TOLERANCE, monotone_breaches, steps_left_open
from credit_platform.modelling.sample import Sample
from credit_platform_tests.modelling.test_algorithms import SIGNS, SMALL

NAMES = ("a", "b")


def tree(*nodes: tuple[int, float, int] | float, missing_left: bool = False) -> RawTree:
    """Nodes (feature, threshold, left child; the right child follows it), or the value of a leaf."""
    inner = [node if isinstance(node, tuple) else (0, 0.0, -1) for node in nodes]
    left = np.array([node[2] for node in inner])
    return RawTree(
        feature=np.array([node[0] for node in inner]),
        threshold=np.array([node[1] for node in inner], dtype=np.float32),
        missing_left=np.full(len(nodes), missing_left),
        left=left,
        right=np.where(left < 0, -1, left + 1),
        value=np.array([0.0 if isinstance(node, tuple) else node for node in nodes]),
    )


def forest(*trees: RawTree) -> Forest:
    return assemble(trees, bias=0.0, width=2)


def random_tree(generator: np.random.Generator) -> RawTree:
    """Seven nodes over both features, half of their thresholds equal to those of other trees."""
    inner = [(int(generator.integers(2)), float(generator.integers(-3, 4)), left) for left in (1, 3, 5)]
    return tree(*inner, *generator.integers(-2, 3, 4).astype(float))


@pytest.mark.parametrize("name", list(SMALL))
def test_every_algorithm_leaves_no_step_against_a_declared_sign_to_any_input(name: str, sample: Sample) -> None:
    fitted = algorithms.fit(name, sample, params=SMALL[name], seed=1, threads=1, monotone=SIGNS)
    left_open = steps_left_open(fitted, names=sample.names, monotone=SIGNS)
    assert set(left_open) == set(SIGNS)
    assert max(left_open.values()) <= TOLERANCE
    free = algorithms.fit(name, sample, params=SMALL[name], seed=1, threads=1, monotone={})
    assert max(steps_left_open(free, names=sample.names, monotone=SIGNS).values()) > 0.01


def test_a_stack_of_proved_members_is_proved(sample: Sample) -> None:
    names = ("decision_tree", "lightgbm")
    fitted = {n: algorithms.fit(n, sample, params=SMALL[n], seed=1, threads=1, monotone=SIGNS) for n in names}
    ensemble = stacked({n: each.margin(sample.matrix) for n, each in fitted.items()}, sample.label, sample.weight)
    folded = ensemble.calibrated(slope=1.3, intercept=-0.2).fold(fitted)
    assert max(steps_left_open(folded, names=sample.names, monotone=SIGNS).values()) <= TOLERANCE


def test_the_bound_holds_for_every_input_of_random_forests() -> None:
    generator = np.random.default_rng(6)
    grid = np.arange(-4, 4, dtype=np.float32) + np.float32(0.5)
    square = np.array(list(itertools.product(grid, grid)), dtype=np.float32)
    proved = 0
    for _ in range(60):
        drawn = forest(*(random_tree(generator) for _ in range(int(generator.integers(1, 3)))))
        walked = drawn.margin(square).reshape(grid.size, grid.size)
        truth = float((np.maximum.accumulate(walked, axis=0) - walked).max())
        bound = steps_left_open(drawn, names=NAMES, monotone={"a": 1})["a"]
        assert truth <= bound + 1e-12
        proved += bound == 0.0
        found = monotone_breaches(drawn, square, names=NAMES, monotone={"a": 1})
        assert found == ({"a": pytest.approx(truth)} if truth > 0 else {})
    assert 5 < proved < 55


def test_a_breach_where_no_row_lies_is_left_open() -> None:
    """The two leaves in the wrong order are only reached with b below -1000."""
    hidden = forest(tree((1, -1000.0, 1), (0, 0.0, 3), 0.5, 0.4, 0.1))
    rows = np.zeros((50, 2), dtype=np.float32)
    assert monotone_breaches(hidden, rows, names=NAMES, monotone={"a": 1}) == {}
    assert steps_left_open(hidden, names=NAMES, monotone={"a": 1}) == {"a": pytest.approx(0.3)}


def test_one_wrong_step_among_hundreds_is_found() -> None:
    steps = [tree((0, float(cut), 1), 0.0, 0.05 if cut == 137 else -0.01) for cut in range(400)]
    found = monotone_breaches(forest(*steps), np.zeros((1, 2), dtype=np.float32), names=NAMES, monotone={"a": -1})
    assert found == {"a": pytest.approx(0.05)}


def test_a_leaf_that_only_missing_reaches_breaks_no_sign() -> None:
    apart = forest(tree((0, LARGEST, 1), (0, 0.0, 3), -9.0, 0.1, 0.2), tree((0, -LARGEST, 1), 9.0, 0.0))
    assert steps_left_open(apart, names=NAMES, monotone={"a": 1}) == {"a": 0.0}
