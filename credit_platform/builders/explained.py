"""The candidate explained: contributions of the stack as the weighted sum of its members', and of every algorithm."""

from dataclasses import dataclass

import numpy as np

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.models import forests_of, load_models
from credit_platform.contracts.use_case import UseCase
from credit_platform.modelling.bulk_reasons import bulk_contributions
from credit_platform.modelling.sample import Floats, Indices, Matrix
from credit_platform.resources.workbench import Workbench

EXPLAINED_ROWS = 20_000
"""Above it the report would say the same: a mean over 20,000 rows is known to 1% where rows spread as far as they
are large. 700 trees take 5 s for any number of rows up to it."""
PANEL_ROWS = 1_000
"""Rows of the panels by algorithm, each of which draws some hundred dots."""


@dataclass(frozen=True, eq=False)
class Explanations:
    """Contributions in log-odds of bad of test rows ``rows`` (n,) with their ``matrix`` (n, k).

    ``values`` (n, k) and ``base`` are the served model's. ``algorithms`` holds each algorithm's own, on its own scale
    and unweighted, of ``panel`` (p,), positions among the n; ``bases`` their baselines. ``moved`` (n,) is how far each
    served member moves a row, after its weight.
    """

    rows: Indices
    matrix: Matrix
    values: Floats
    base: float
    panel: Indices
    algorithms: dict[str, Floats]
    bases: dict[str, float]
    moved: dict[str, Floats]


def explain(use_case: UseCase, candidate: Candidate, workbench: Workbench, *, threads: int) -> Explanations:
    """Explain the candidate on its test rows (a seeded sample of many) and every algorithm on some of them.

    Contributions are linear in the trees and all are measured from one reference, so a stack costs nothing beyond its
    members.
    """
    rows = explained_rows(candidate, seed=use_case.seed)
    matrix = candidate.test.matrix[rows]
    panel = np.linspace(0, len(rows) - 1, min(PANEL_ROWS, len(rows))).round().astype(np.int64)
    reference = candidate.reference(use_case)
    weight = {member.algorithm: member.weight for member in candidate.served.members}
    values, base = np.zeros(matrix.shape), candidate.served.bias
    algorithms, bases, moved = {}, {}, {}
    for name, forest in forests_of(load_models(workbench, use_case)).items():
        asked = matrix if name in weight else matrix[panel]
        found, bases[name] = bulk_contributions(forest, reference, asked, threads=threads)
        algorithms[name] = found[panel] if name in weight else found
        if name in weight:
            values += weight[name] * found
            base += weight[name] * bases[name]
            moved[name] = weight[name] * found.sum(axis=1)
    return Explanations(rows, matrix, values, base, panel, algorithms, bases, moved)


def explained_rows(candidate: Candidate, *, seed: int) -> Indices:
    """Positions of the test rows that the report explains: all, or a seeded sample of many."""
    rows = len(candidate.split.test)
    if rows <= EXPLAINED_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, EXPLAINED_ROWS, replace=False))
