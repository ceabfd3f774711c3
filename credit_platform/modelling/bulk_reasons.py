"""Contributions of many rows at once: the same path-dependent TreeSHAP as a served answer's, tree by tree.

At a leaf whose path reads d columns the game is a product: v * prod(o_j) over the columns that are known * prod(r_j)
over the others, where o_j says whether the row passes every split on column j and r_j is the share of the reference
that does. Its Shapley value (Lundberg et al. 2020, algorithm 2, in closed form) is

    v * (o_j - r_j) * integral over t from 0 to 1 of prod over k != j of (t * o_k + (1 - t) * r_k),

a polynomial of degree d - 1 that Gauss and Legendre integrate exactly with d / 2 points. A row matters only by its
o's, so each part of a tree is solved once for every way through it that occurs, and rows look their answer up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from credit_platform.modelling.fold import covers
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Floats, Indices, Matrix

CHUNK_ROWS = 262_144
"""Rows explained at once: tables are made anew for each chunk, and 36 columns of it take 75 MB."""
MOST_BITS = 12
"""Columns read above a part of a tree plus splits in it: 4,096 ways through it, of which some hundred occur."""
MOST_COLUMNS = 62
"""Distinct columns of one path, which are the bits of one integer."""


@dataclass(frozen=True, eq=False)
class _Tree:
    """One tree's slice of a forest, with the share of its parent's reference rows that each node keeps."""

    feature: list[int]
    threshold: NDArray[np.float32]
    missing_left: list[bool]
    left: list[int]
    value: list[float]
    share: list[float]
    splits: list[int]
    """Inner nodes at and below each node."""


@dataclass(frozen=True, eq=False)
class _Path:
    """The way to a node: its columns in the order of their first split, the reference's share through each one's
    splits, and of each row (or way through a part) the bits of the columns whose splits it passes."""

    node: int
    columns: tuple[int, ...]
    ratios: tuple[float, ...]
    bits: Indices


def bulk_contributions(forest: Forest, reference: Matrix, matrix: Matrix, *, threads: int = 1) -> tuple[Floats, float]:
    """Contributions (n, k) in log-odds of bad and the baseline, of a float32 matrix (n, k) with NaN = missing.

    baseline + row sum = margin; the baseline is the mean log-odds of the reference (m, k), whose rows count the
    covers. A row has the same bytes whatever rows it comes with. Raises ValueError where a path reads more than
    ``MOST_COLUMNS`` columns.
    """
    cover = covers(forest, reference, threads=threads)
    trees = [_tree(forest, number, cover) for number in range(forest.trees)]
    values = np.zeros((forest.width, len(matrix)))
    for start in range(0, len(matrix), CHUNK_ROWS):
        columns = np.ascontiguousarray(matrix[start : start + CHUNK_ROWS].T)
        for tree in trees:
            _explain(tree, columns, into=values[:, start : start + CHUNK_ROWS])
    return values.T, forest.bias + sum(_expected(tree) for tree in trees)


def _tree(forest: Forest, number: int, cover: Floats) -> _Tree:
    nodes = slice(int(forest.offsets[number]), int(forest.offsets[number + 1]))
    left, own = forest.left[nodes], cover[nodes]
    share, splits = np.ones(len(left)), (left >= 0).astype(np.int64)
    # Children come after their parents.
    for node in np.flatnonzero(left >= 0)[::-1].tolist():
        children = [left[node], left[node] + 1]
        share[children] = own[children] / own[node]
        splits[node] += splits[children].sum()
    return _Tree(
        feature=forest.feature[nodes].tolist(),
        threshold=forest.threshold[nodes],
        missing_left=forest.missing_left[nodes].tolist(),
        left=left.tolist(),
        value=forest.value[nodes].tolist(),
        share=share.tolist(),
        splits=splits.tolist(),
    )


def _expected(tree: _Tree) -> float:
    """Mean value of the reference's leaves."""
    mean = list(tree.value)
    for node in range(len(mean) - 1, -1, -1):
        left = tree.left[node]
        if left >= 0:
            mean[node] = tree.share[left] * mean[left] + tree.share[left + 1] * mean[left + 1]
    return mean[0]


def _explain(tree: _Tree, columns: Matrix, *, into: Floats) -> None:
    """Add a tree's contributions (k, n) of rows given by column (k, n)."""
    waiting = [_Path(0, (), (), np.zeros(columns.shape[1], dtype=np.int64))]
    while waiting:
        path = waiting.pop()
        if tree.splits[path.node] == 0 or len(path.columns) + tree.splits[path.node] <= MOST_BITS:
            _explain_part(tree, path, columns, into=into)
            continue
        waiting += _children(tree, path, _goes_left(tree, path.node, columns))


def _goes_left(tree: _Tree, node: int, columns: Matrix) -> NDArray[np.bool_]:
    column, threshold = columns[tree.feature[node]], tree.threshold[node]
    # NaN is neither below nor above.
    return ~(column >= threshold) if tree.missing_left[node] else column < threshold


def _children(tree: _Tree, path: _Path, is_left: NDArray[np.bool_]) -> Iterator[_Path]:
    column, left = tree.feature[path.node], tree.left[path.node]
    is_new = column not in path.columns
    place = len(path.columns) if is_new else path.columns.index(column)
    if place >= MOST_COLUMNS:
        raise ValueError(f"reasons: a path reads more than {MOST_COLUMNS} columns; bound the depth of the trees")
    columns = (*path.columns, column) if is_new else path.columns
    for child, passes in ((left, is_left), (left + 1, ~is_left)):
        ratios = list(path.ratios) + [1.0] * is_new
        ratios[place] *= tree.share[child]
        bit = passes.astype(np.int64) << place
        bits = path.bits | bit if is_new else path.bits & (bit | ~(1 << place))
        yield _Path(child, columns, tuple(ratios), bits)


def _explain_part(tree: _Tree, path: _Path, columns: Matrix, *, into: Floats) -> None:
    """Solve everything below ``path`` for each way through it that occurs, then let every row look its own up."""
    nodes = _inner_nodes(tree, path.node)
    first = len(path.columns)
    code = path.bits.copy()
    for number, node in enumerate(nodes):
        code |= _goes_left(tree, node, columns).astype(np.int64) << (first + number)
    ways, way_of_row = _distinct(code, first + len(nodes))
    place = {node: first + number for number, node in enumerate(nodes)}
    found: dict[int, Floats] = {}
    waiting = [_Path(path.node, path.columns, path.ratios, ways & ((1 << first) - 1))]
    while waiting:
        at = waiting.pop()
        if tree.left[at.node] >= 0:
            waiting += _children(tree, at, (ways >> place[at.node] & 1).astype(np.bool_))
            continue
        masks, mask_of_way = _distinct(at.bits, len(at.columns))
        shapley = _at_leaf(tree.value[at.node], np.array(at.ratios), masks)
        for column, each in zip(at.columns, shapley, strict=True):
            here = found.setdefault(column, np.zeros(len(ways)))
            here += each[mask_of_way]
    for column, each in found.items():
        into[column] += each[way_of_row]


def _inner_nodes(tree: _Tree, root: int) -> list[int]:
    nodes, waiting = list[int](), [root]
    while waiting:
        node = waiting.pop()
        if tree.left[node] >= 0:
            nodes.append(node)
            waiting += [tree.left[node], tree.left[node] + 1]
    return nodes


def _distinct(code: Indices, bits: int) -> tuple[Indices, Indices]:
    """The values that occur, ascending, and the position of each code's own."""
    if bits > MOST_BITS:
        values, position = np.unique(code, return_inverse=True)
        return values, position
    is_there = np.zeros(1 << bits, dtype=np.bool_)
    is_there[code] = True
    values = np.flatnonzero(is_there)
    position = np.cumsum(is_there) - 1
    return values, position[code]


def _at_leaf(value: float, ratios: Floats, masks: Indices) -> Floats:
    """Shapley values (d, u) of a leaf's d columns for each of u masks of the columns that are passed."""
    columns = len(ratios)
    points, weights = _legendre((columns + 1) // 2)
    is_passed = (masks >> np.arange(columns)[:, None] & 1).astype(np.float64)
    total = np.zeros_like(is_passed)
    for point, weight in zip(points, weights, strict=True):
        factor = point * is_passed + ((1 - point) * ratios)[:, None]
        total += weight * np.multiply.reduce(factor, axis=0) / factor
    return value * (is_passed - ratios[:, None]) * total


@cache
def _legendre(points: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Points and weights on [0, 1], exact for polynomials of degree 2 * points - 1."""
    if not points:
        return (), ()
    places, weights = np.polynomial.legendre.leggauss(points)
    return tuple(((places + 1) / 2).tolist()), tuple((weights / 2).tolist())
