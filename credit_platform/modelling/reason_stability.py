"""Would another sample of the same customers have given the same reasons? Refits on bootstrapped entities tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from credit_platform.contracts.score import MOST_REASONS, Reason
from credit_platform.modelling.bulk_reasons import bulk_contributions
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Indices, Matrix, Sample
from credit_platform.statistics.bootstrap import entity_codes


@dataclass(frozen=True)
class ReasonStability:
    """Over ``refits`` models and ``rows`` rows, against the reasons of the model itself.

    same_top: share of rows with the same main reason, a refit each; overlap: mean share of a row's adverse reasons, of
    at most four, that the refit gives as well.
    """

    refits: int
    rows: int
    same_top: tuple[float, ...]
    overlap: tuple[float, ...]


def reason_stability(
    forest: Forest,
    refit: Callable[[Sample], Forest],
    training: Sample,
    rows: Matrix,
    *,
    reference: Matrix,
    reasons: Sequence[Reason],
    count: int,
    seed: int,
    threads: int = 1,
) -> ReasonStability:
    """Refit on ``count`` samples of as many entities drawn with replacement, and explain the same rows (n, k).

    Every model is explained from the same reference (m, k), so that only the model differs. ValueError for a reason
    over a column that the sample does not have.
    """
    columns = [[training.names.index(name) for name in reason.features] for reason in reasons]

    def given(model: Forest) -> Floats:
        values, _ = bulk_contributions(model, reference, rows, threads=threads)
        return np.stack([values[:, place].sum(axis=1) for place in columns], axis=1)

    own = given(forest)
    generator = np.random.default_rng(seed)
    entity = entity_codes(training.entity, rows=len(training))
    same, overlap = [], []
    for _ in range(count):
        other = given(refit(training.take(_drawn(entity, generator))))
        same.append(float((_main(own) == _main(other)).mean()))
        overlap.append(_overlap(_adverse(own), _adverse(other)))
    return ReasonStability(count, len(rows), tuple(same), tuple(overlap))


def _drawn(entity: Indices, generator: np.random.Generator) -> Indices:
    """Rows of as many entities as there are, drawn with replacement."""
    order = np.argsort(entity, kind="stable")
    sizes = np.bincount(entity)
    ends = np.cumsum(sizes)
    chosen = generator.integers(0, sizes.size, sizes.size)
    return np.concatenate([order[ends[one] - sizes[one] : ends[one]] for one in chosen])


def _main(sums: Floats) -> Indices:
    """Place of each row's main reason (n,), -1 where none is adverse."""
    return np.where(sums.max(axis=1) > 0, sums.argmax(axis=1), -1)


def _adverse(sums: Floats) -> np.ndarray:
    """Whether each reason is among the adverse ones that are given, (n, r)."""
    rank = np.argsort(np.argsort(-sums, axis=1, kind="stable"), axis=1, kind="stable")
    return (sums > 0) & (rank < MOST_REASONS)


def _overlap(own: np.ndarray, other: np.ndarray) -> float:
    """Mean over the rows that have an adverse reason; nan where none has."""
    held = own.sum(axis=1)
    with_reasons = held > 0
    if not with_reasons.any():
        return float("nan")
    return float(((own & other).sum(axis=1)[with_reasons] / held[with_reasons]).mean())
