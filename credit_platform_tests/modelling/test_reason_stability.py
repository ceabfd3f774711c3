"""Reasons of refits: the same model gives the same ones, another model others, and entities are drawn whole."""

from collections.abc import Callable

import numpy as np
import pytest

from credit_platform.contracts.score import Reason
from credit_platform.modelling import algorithms
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.reason_stability import ReasonStability, reason_stability
from credit_platform.modelling.sample import Sample

REASONS = tuple(Reason(code=f"R{n}", wording=f"f{n}", features=(f"f{n}",)) for n in range(6))


def fitted(sample: Sample, *, trees: int = 30) -> Forest:
    params = {"num_boost_round": trees}
    return algorithms.fit("xgboost", sample, params=params, seed=1, threads=1, monotone={})


def found(sample: Sample, refit: Callable[[Sample], Forest], *, count: int) -> ReasonStability:
    return reason_stability(
        fitted(sample),
        refit,
        sample,
        sample.matrix[:300],
        reference=sample.matrix,
        reasons=REASONS,
        count=count,
        seed=3,
    )


def test_a_model_that_does_not_change_gives_every_reason_again(sample: Sample) -> None:
    kept = fitted(sample)
    stable = found(sample, lambda _: kept, count=2)
    assert stable == ReasonStability(2, 300, (1.0, 1.0), (1.0, 1.0))


def test_refits_on_other_customers_agree_in_most_rows_and_not_in_all(sample: Sample) -> None:
    stable = found(sample, fitted, count=4)
    assert len(stable.same_top) == len(stable.overlap) == 4
    assert 0.4 < float(np.mean(stable.same_top)) < 1.0
    assert float(np.mean(stable.overlap)) == pytest.approx(0.8, abs=0.15)
    assert stable == found(sample, fitted, count=4)


def test_entities_are_drawn_whole_and_with_replacement(sample: Sample) -> None:
    assert sample.entity is not None
    names, sizes = np.unique(sample.entity, return_counts=True)
    size = dict(zip(names.tolist(), sizes.tolist(), strict=True))
    seen: list[Sample] = []
    kept = fitted(sample)

    def remember(drawn: Sample) -> Forest:
        seen.append(drawn)
        return kept

    found(sample, remember, count=1)
    (drawn,) = seen
    assert drawn.entity is not None
    counts = dict(zip(*(part.tolist() for part in np.unique(drawn.entity, return_counts=True)), strict=True))
    assert all(count % size[name] == 0 for name, count in counts.items())
    assert len(counts) == pytest.approx(0.632 * len(names), abs=30)
