"""What the page of explanations shows beside the served model's own importance, from the candidate's test rows."""

from typing import TYPE_CHECKING

import numpy as np

from credit_platform.builders.candidate import Candidate
from credit_platform.builders.explained import Explanations
from credit_platform.contracts.use_case import UseCase
from credit_platform.engine.forest import Forest
from credit_platform.modelling.cut_off import as_decided
from credit_platform.modelling.importance import Dependence, partial_dependence, permutation_importance
from credit_platform.modelling.local_surrogate import Agreement, agreement
from credit_platform.modelling.sample import Floats, Indices, Matrix
from credit_platform.statistics.arrays import expit

if TYPE_CHECKING:
    from credit_platform.explanation.figures import Case
    from credit_platform.explanation.page import Section

CURVES, CURVE_ROWS = 6, 300
PERMUTED, PERMUTED_ROWS, REPEATS = 15, 4_000, 2
"""15 columns of 4,000 rows, twice, take 2.5 s of 700 trees."""
SURROGATES = 30
FEWEST_OF_A_CATEGORY = 30
"""Explained rows that share a category before a single row is shown with it."""
_SERVED = "served model"


def further_sections(
    use_case: UseCase, candidate: Candidate, found: Explanations, served: Forest
) -> "tuple[list[Section], Agreement]":
    """Sections by algorithm, of three decisions, of effects, and the comparison with LIME."""
    from credit_platform.explanation.figures import Cost, Curve
    from credit_platform.explanation.reports import algorithm_section, case_section, effect_section, surrogate_section

    names = candidate.sample.names
    categories = {f.name: f.categories for f in candidate.sample.features if f.kind == "category"}
    parts = {_SERVED: found.values[found.panel], **{_said(n): values for n, values in found.algorithms.items()}}
    cases, by_algorithm = _cases(candidate, found, served)
    curves = [
        Curve(c.feature, c.grid, c.mean, c.low, c.high, _named(c, categories.get(c.feature, ())))
        for c in _dependences(found, served, names, categories)
    ]
    test = candidate.test
    permuted = np.linspace(0, len(test) - 1, min(PERMUTED_ROWS, len(test))).astype(np.int64)
    units = test.take(permuted)
    costs = permutation_importance(
        served.margin,
        units.matrix,
        units,
        columns=_most_used(found, PERMUTED),
        names=names,
        seed=use_case.seed,
        repeats=REPEATS,
    )
    lime = _surrogates(use_case, candidate, found, served)
    sections = [
        algorithm_section(parts, found.matrix[found.panel].astype(np.float64), names, categories),
        case_section(cases, by_algorithm),
        effect_section(
            curves,
            [Cost(c.feature, c.auc_drop, c.log_loss_rise) for c in costs],
            rows=min(CURVE_ROWS, len(found.matrix)),
            permuted=len(permuted),
        ),
        surrogate_section(
            rows=lime.rows,
            rank_correlation=lime.rank_correlation,
            same_top=lime.same_top,
            same_adverse=lime.same_adverse,
            fit=lime.explained,
        ),
    ]
    return sections, lime


def _said(name: str) -> str:
    return name.replace("_", " ")


def _named(curve: Dependence, categories: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(categories[int(code)] for code in curve.grid) if categories else ()


def _most_used(found: Explanations, count: int) -> Indices:
    """Columns that move the served model's score most, on average, largest first."""
    return np.argsort(-np.abs(found.values).mean(axis=0), kind="stable")[:count]


def _dependences(
    found: Explanations, served: Forest, names: tuple[str, ...], categories: dict[str, tuple[str, ...]]
) -> list[Dependence]:
    """Curves of the features that the served model uses most; a feature without two values has none."""
    rows = found.matrix[np.linspace(0, len(found.matrix) - 1, min(CURVE_ROWS, len(found.matrix))).astype(np.int64)]
    order = _most_used(found, CURVES)
    curves = [
        partial_dependence(
            served.margin,
            rows,
            int(i),
            name=names[i],
            codes=len(categories[names[i]]) if names[i] in categories else None,
        )
        for i in order
    ]
    return [curve for curve in curves if curve is not None]


def _surrogates(use_case: UseCase, candidate: Candidate, found: Explanations, served: Forest) -> Agreement:
    chosen = np.linspace(0, len(found.matrix) - 1, min(SURROGATES, len(found.matrix))).astype(np.int64)
    return agreement(
        served.margin,
        found.matrix[chosen],
        found.values[chosen],
        candidate.reference(use_case),
        is_category=np.array([feature.kind == "category" for feature in candidate.sample.features]),
        seed=use_case.seed,
    )


def _cases(candidate: Candidate, found: Explanations, served: Forest) -> "tuple[list[Case], dict[str, list[Case]]]":
    """A declined, a borderline and an approved row among those explained by every algorithm."""
    from credit_platform.explanation.figures import Case

    probability = as_decided(expit(served.margin(found.matrix[found.panel])))
    order = np.argsort(probability, kind="stable")
    declined = order[probability[order] >= candidate.cut_off]
    approved = order[probability[order] < candidate.cut_off]
    border = int(np.abs(probability - candidate.cut_off).argmin())
    chosen = {"borderline": border}
    if declined.size:
        chosen = {"declined": int(declined[declined.size // 2])} | chosen
    if approved.size:
        chosen |= {"approved": int(approved[approved.size // 2])}
    labels = {place: _labels(candidate, found.matrix, found.panel[place]) for place in chosen.values()}
    whole = [
        Case(
            f"{title}, PD {probability[place]:.1%}",
            found.base,
            found.values[found.panel[place]],
            labels[place],
        )
        for title, place in chosen.items()
    ]
    each = {
        title: [Case(_said(n), found.bases[n], values[place], labels[place]) for n, values in found.algorithms.items()]
        for title, place in chosen.items()
    }
    return whole, each


def _labels(candidate: Candidate, matrix: Matrix, row: int) -> tuple[str, ...]:
    """What each feature of a row is, as far as it singles nobody out: a number's tenth, a category that many share."""
    return tuple(
        f"{feature.name} ({_place(matrix[:, column], matrix[row, column], feature.categories)})"
        for column, feature in enumerate(candidate.sample.features)
    )


def _place(values: Floats | Matrix, value: float, categories: tuple[str, ...]) -> str:
    if np.isnan(value):
        return "missing"
    if categories:
        return categories[int(value)] if (values == value).sum() >= FEWEST_OF_A_CATEGORY else "rare"
    held = values[~np.isnan(values)]
    return f"{1 + int(9.999 * ((held < value).mean() + (held == value).mean() / 2))}/10"
