"""Reasons of refits: the same model gives the same ones, another model others, and entities are drawn whole."""

from collections.abc import Callable

import numpy as np
import pytest

from credit_platform.contracts.score import MOST_REASONS, Reason
from credit_platform.modelling import algorithms
from credit_platform.modelling.bulk_reasons import bulk_contributions
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


def test_refits_on_other_customers_are_counted_row_by_row(sample: Sample) -> None:
    """By hand: the largest sum, and the adverse sums among the four largest, of the model and of each refit."""
    forests: list[Forest] = []

    def remember(drawn: Sample) -> Forest:
        forests.append(fitted(drawn))
        return forests[-1]

    stable = found(sample, remember, count=2)

    def given(model: Forest) -> list[list[int]]:
        values, _ = bulk_contributions(model, sample.matrix, sample.matrix[:300])
        return [[int(at) for at in np.argsort(-row)[:MOST_REASONS] if row[at] > 0] for row in values]

    own, others = given(fitted(sample)), [given(model) for model in forests]
    same = [np.mean([one[:1] == two[:1] for one, two in zip(own, other, strict=True)]) for other in others]
    assert stable.same_top == pytest.approx(same)
    again = [
        np.mean([len(set(one) & set(two)) / len(one) for one, two in zip(own, other, strict=True) if one])
        for other in others
    ]
    assert stable.overlap == pytest.approx(again)
    assert 0.5 < max(same) < 1.0 and 0.5 < max(again) < 1.0
    assert stable == found(sample, fitted, count=2)


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
