"""Contributions of the folded forest without walking it: each leaf is solved once for every way past its columns.

At a leaf whose path reads d columns the game is a product: v * prod(o_j) over the columns that are known * prod(r_j)
over the others, where o_j says whether the row passes every split on column j and r_j is the share of the covers that
does. Its Shapley value (path-dependent TreeSHAP; Lundberg et al. 2020, algorithm 2, in closed form) is

    v * (o_j - r_j) * integral over t from 0 to 1 of prod over k != j of (t * o_k + (1 - t) * r_k),

a polynomial of degree d - 1 that Gauss and Legendre integrate exactly with d / 2 points. It depends on the row by d
bits alone, so 2^d answers a leaf are all there are: they are computed when a release is loaded, and a row looks its
own up (as in Nadel and Wettenstein 2025, "From Decision Trees to Boolean Logic", arXiv 2511.09376). XGBoost walks every
path of every tree anew instead: some four times the processor time for a row of 724 trees and 18,148 leaves.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from credit_platform.engine.errors import ReleaseError

if TYPE_CHECKING:
    import xgboost

MOST_CELLS = 16_000_000
"""Answers kept, 4 bytes each. Leaves that read so many columns that theirs do not fit are solved for each row."""
_CELLS_AT_ONCE, _ROWS_AT_ONCE = 1_000_000, 16

Floats = NDArray[np.float64]
Condition = tuple[int, float, float, bool]
"""Column, lowest value that passes, lowest value above that does not, whether a missing one passes."""


@dataclass(frozen=True)
class _Leaf:
    value: float
    conditions: tuple[Condition, ...]
    ratios: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class _Group:
    """All n leaves that read d columns: their conditions (d, n) by position, the columns (n * d,), and what each
    leaf gives its columns, solved (n * 2^d, d) or still to be."""

    conditions: NDArray[np.intp]
    columns: NDArray[np.intp]
    value: Floats
    ratios: Floats
    solved: NDArray[np.float32] | None

    def given(self, passed: NDArray[np.intp]) -> Floats | NDArray[np.float32]:
        """Contributions (n, rows, d) of rows that pass conditions or not (conditions, rows; 0 or 1)."""
        if self.solved is None:
            return _shapley(self.value, self.ratios, passed[self.conditions].transpose(1, 2, 0).astype(np.float64))
        depth, leaves = self.conditions.shape
        way = np.repeat(np.arange(leaves)[:, None] << depth, passed.shape[1], axis=1)
        for place in range(depth):
            way += passed[self.conditions[place]] << place
        return self.solved[way]


@dataclass(frozen=True, eq=False)
class Explainer:
    """Leaves of a whole forest by how many columns they read, and the distinct conditions that they ask."""

    groups: tuple[_Group, ...]
    column: NDArray[np.intp]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    takes_missing: NDArray[np.bool_]
    feature_count: int
    baseline: float

    def contributions(self, matrix: NDArray[np.float32]) -> Floats:
        """Log-odds (n, k + 1), the baseline last, of a float32 matrix (n, k) with NaN for missing.

        A row has the same bytes whatever rows it comes with: its sums are taken leaf by leaf, one row after another.
        """
        out = np.zeros((len(matrix), self.feature_count + 1))
        out[:, -1] = self.baseline
        for start in range(0, len(matrix), _ROWS_AT_ONCE):
            rows = matrix[start : start + _ROWS_AT_ONCE]
            passed = self._passed(rows)
            for group in self.groups:
                given = group.given(passed)
                for row in range(len(rows)):
                    found = np.bincount(group.columns, given[:, row].ravel(), minlength=self.feature_count)
                    out[start + row, :-1] += found
        return out

    def _passed(self, rows: NDArray[np.float32]) -> NDArray[np.intp]:
        value = np.ascontiguousarray(rows.T)[self.column]
        is_within = (value >= self.low[:, None]) & (value < self.high[:, None])
        return (is_within | (np.isnan(value) & self.takes_missing[:, None])).astype(np.intp)


def explainer_of(booster: "xgboost.Booster", *, feature_count: int) -> Explainer:
    """Every leaf of a booster of regression trees, solved.

    Raises ReleaseError where a node has no cover, for then nothing says what its columns are worth when unknown.
    """
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    leaves = [leaf for tree in model["trees"] for leaf in _leaves(tree)]
    conditions = {found: at for at, found in enumerate(sorted({c for leaf in leaves for c in leaf.conditions}))}
    by_depth: dict[int, list[_Leaf]] = {}
    for leaf in leaves:
        by_depth.setdefault(len(leaf.conditions), []).append(leaf)
    groups, cells = [], 0
    for depth in sorted(by_depth.keys() - {0}):
        cells += len(by_depth[depth]) * depth << depth
        groups.append(_group(by_depth[depth], conditions, is_solved=cells <= MOST_CELLS))
    column, low, high, takes_missing = zip(*conditions, strict=True) if conditions else ((), (), (), ())
    return Explainer(
        groups=tuple(groups),
        column=np.array(column, dtype=np.intp),
        low=np.array(low, dtype=np.float32),
        high=np.array(high, dtype=np.float32),
        takes_missing=np.array(takes_missing, dtype=np.bool_),
        feature_count=feature_count,
        baseline=float(sum(leaf.value * float(np.prod(leaf.ratios)) for leaf in leaves)),
    )


def _leaves(tree: dict[str, Any]) -> Iterator[_Leaf]:
    left, right, cover = tree["left_children"], tree["right_children"], tree["sum_hessian"]
    waiting: list[tuple[int, dict[int, Condition], dict[int, float]]] = [(0, {}, {})]
    while waiting:
        node, conditions, ratios = waiting.pop()
        if left[node] < 0:
            yield _Leaf(tree["split_conditions"][node], tuple(conditions.values()), tuple(ratios.values()))
            continue
        column, threshold = tree["split_indices"][node], tree["split_conditions"][node]
        _, low, high, takes_missing = conditions.get(column, (column, -np.inf, np.inf, True))
        missing_left = bool(tree["default_left"][node])
        below = (column, low, min(high, threshold), takes_missing and missing_left)
        above = (column, max(low, threshold), high, takes_missing and not missing_left)
        for child, condition in ((left[node], below), (right[node], above)):
            if cover[child] <= 0:
                raise ReleaseError(f"forest.ubj: tree {tree['id']}, node {child} has no cover; fold the forest again")
            share = cover[child] / cover[node] * ratios.get(column, 1.0)
            waiting.append((child, {**conditions, column: condition}, {**ratios, column: share}))


def _group(leaves: Sequence[_Leaf], conditions: dict[Condition, int], *, is_solved: bool) -> _Group:
    value = np.array([leaf.value for leaf in leaves])
    ratios = np.array([leaf.ratios for leaf in leaves])
    depth = ratios.shape[1]
    solved = None
    if is_solved:
        ways = (np.arange(1 << depth)[:, None] >> np.arange(depth) & 1).astype(np.float64)
        step = max(1, _CELLS_AT_ONCE // ways.size)
        parts = [
            _shapley(value[at : at + step], ratios[at : at + step], ways[None]).astype(np.float32)
            for at in range(0, len(leaves), step)
        ]
        solved = np.concatenate(parts).reshape(-1, depth)
    return _Group(
        conditions=np.array([[conditions[c] for c in leaf.conditions] for leaf in leaves], dtype=np.intp).T.copy(),
        columns=np.array([c[0] for leaf in leaves for c in leaf.conditions], dtype=np.intp),
        value=value,
        ratios=ratios,
        solved=solved,
    )


def _shapley(value: Floats, ratios: Floats, passed: Floats) -> Floats:
    """Shapley values (n, m, d) of leaves (n,) with ratios (n, d), for ways past them (n or 1, m, d) of 0 and 1."""
    points, weights = np.polynomial.legendre.leggauss((ratios.shape[1] + 1) // 2)
    share = ratios[:, None]
    total = np.zeros(np.broadcast_shapes(share.shape, passed.shape))
    for point, weight in zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        factor = point * passed + (1 - point) * share
        total += weight * np.multiply.reduce(factor, axis=-1, keepdims=True) / factor
    return value[:, None, None] * (passed - share) * total
