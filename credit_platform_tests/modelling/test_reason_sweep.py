"""A reason never says the opposite of what was declared: contributions that move against their sign are not given."""

import numpy as np
import pytest

from credit_platform.contracts.score import Reason
from credit_platform.modelling import algorithms
from credit_platform.modelling.monotonicity import monotone_breaches
from credit_platform.modelling.reason_sweep import Swept, sweep_contributions, without_offenders
from credit_platform.modelling.sample import Matrix, Sample
from credit_platform_tests.modelling.test_algorithms import SIGNS, SMALL
from credit_platform_tests.modelling.test_monotonicity import NAMES, forest, tree

REASONS = (Reason(code="R1", wording="both", features=NAMES), Reason(code="R2", wording="a alone", features=("a",)))


def correlated() -> Matrix:
    """Rows where b is high exactly where a is low."""
    a = np.repeat(np.array([-1, 1], dtype=np.float32), 50)
    return np.stack([a, np.where(np.arange(100) % 10 == 0, a, -a)], axis=1)


def test_a_model_that_keeps_its_sign_may_have_a_contribution_that_does_not() -> None:
    """All else equal a higher a is one worse; but b weighs ten, and rows of low a have high b."""
    model = forest(tree((0, 0, 1), (1, 0, 3), (1, 0, 5), 0.0, 10.0, 1.0, 11.0))
    rows = correlated()
    assert monotone_breaches(model, rows, names=NAMES, monotone={"a": 1}) == {}
    (found,) = sweep_contributions(model, rows, rows, names=NAMES, monotone={"a": 1})
    # Half of the two games' differences: 1 where b is known, 2 - 9 where its mean stands in.
    assert found.against == pytest.approx((7 - 1) / 2)
    assert (found.feature, found.sign, found.is_proved, found.values, found.rows) == ("a", 1, False, 2, 100)
    assert found.is_offender
    assert without_offenders(REASONS, [found]) == (Reason(code="R1", wording="both", features=("b",)),)


def test_the_sweep_takes_the_largest_move_back_of_the_whole_way_and_not_the_last_step() -> None:
    steps = forest(tree((0, 0, 1), 5.0, (0, 1, 3), 4.9995, (0, 2, 5), 4.999, 4.9985))
    rows = np.zeros((3, 2), dtype=np.float32)
    (found,) = sweep_contributions(steps, rows, rows, names=NAMES, monotone={"a": 1})
    assert found.values == 4
    assert found.against == pytest.approx(0.0015)
    assert found.is_offender


def test_contributions_of_a_proved_sign_are_never_swept_into_a_move_back(sample: Sample) -> None:
    """The proof of the score's sign proves that of the contribution: the sweep of what it covers finds nothing."""
    fitted = [algorithms.fit(n, sample, params=SMALL[n], seed=1, threads=1, monotone=SIGNS) for n in SMALL]
    for each in fitted:
        arguments = (each, sample.matrix[:400], sample.matrix[400:460])
        proved = sweep_contributions(*arguments, names=sample.names, monotone=SIGNS)
        assert [(s.feature, s.is_proved, s.rows) for s in proved] == [(name, True, 0) for name in SIGNS]
        swept = sweep_contributions(*arguments, names=sample.names, monotone=SIGNS, with_proved=True)
        assert max(s.against for s in swept) <= 1e-9
        assert all(s.rows == 60 for s in swept)
    free = algorithms.fit("xgboost", sample, params=SMALL["xgboost"], seed=1, threads=1, monotone={})
    swept = sweep_contributions(free, sample.matrix[:400], sample.matrix[:60], names=sample.names, monotone=SIGNS)
    assert any(s.is_offender for s in swept)


def test_a_dictionary_that_would_be_left_without_a_reason_is_refused() -> None:
    offender = Swept("a", 1, is_proved=False, values=2, rows=1, against=0.5)
    with pytest.raises(ValueError, match=r"moves against its declared sign \(\['a'\]\)"):
        without_offenders(REASONS[1:], [offender])
