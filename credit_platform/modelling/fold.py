"""The served model: one forest folded into one XGBoost model whose covers come from one declared reference sample.

Contributions are path-dependent TreeSHAP over those covers (Lundberg et al. 2020, algorithm 2), so their baseline
is the mean log-odds of the reference sample. Covers of the members' own mix hessians with counts: with them the
baseline was 40 score points off.
"""

import numpy as np

from credit_platform.modelling.forest import CHUNK_ROWS, Forest
from credit_platform.modelling.sample import Floats, Indices, Matrix
from credit_platform.modelling.xgboost_format import model_bytes

UNREACHED = 0.01
"""Cover of a leaf that no reference row reaches: above 0, as TreeSHAP divides by it, and small against one row."""


def reference_rows(rows: int, *, size: int, seed: int) -> Indices:
    """Positions of the reference sample among ``rows`` training rows: at most ``size``, ascending, seeded."""
    if rows <= size:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, size=size, replace=False))


def covers(forest: Forest, reference: Matrix, *, threads: int = 1) -> Floats:
    """Reference rows that pass each node, (nodes,): at a leaf never below ``UNREACHED``, a parent sums its children."""
    count = np.zeros(int(forest.offsets[-1]))
    if not forest.trees:
        return count
    for start in range(0, len(reference), CHUNK_ROWS):
        reached = forest.leaves(reference[start : start + CHUNK_ROWS], threads=threads)
        count += np.bincount(reached.ravel(), minlength=count.size)
    is_leaf = forest.left < 0
    count = np.where(is_leaf, np.maximum(count, UNREACHED), 0.0)
    root = np.repeat(forest.offsets[:-1], np.diff(forest.offsets))
    left = root + forest.left
    # Children come after their parents, so one backward pass sums every subtree.
    for node in np.flatnonzero(~is_leaf)[::-1].tolist():
        count[node] = count[left[node]] + count[left[node] + 1]
    return count


def baseline(forest: Forest, reference: Matrix, *, threads: int = 1) -> float:
    """Mean log-odds of bad of the reference sample: what contributions are measured from."""
    return float(forest.margin(reference, threads=threads).mean())


def to_xgboost(forest: Forest, names: tuple[str, ...], reference_matrix: Matrix, *, threads: int = 1) -> bytes:
    """UBJSON for ``Booster.load_model(bytearray(...))``: margin and contributions are in log-odds of bad.

    ``names`` are the matrix's columns in order, ``reference_matrix`` (m, k) the sample that counts the covers.
    The same input gives the same bytes. Raises ValueError when names and matrix do not fit the forest.
    """
    if len(names) != forest.width or len(reference_matrix) == 0:
        raise ValueError(
            f"fold: {len(names)} names and {len(reference_matrix)} reference rows for a forest over {forest.width} "
            "columns; expected one name a column and at least one row"
        )
    document = model_bytes(forest, names=names, cover=covers(forest, reference_matrix, threads=threads))
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(bytearray(document))
    return bytes(booster.save_raw("ubj"))
