"""One forest of plain arrays: what every algorithm is turned into, and what a release serves once folded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credit_platform.modelling.sample import Floats, Indices, Matrix
from credit_platform.modelling.xgboost_format import model_bytes

Integers = NDArray[np.int32]

CHUNK_ROWS = 16_384
"""Rows routed at once: 900 trees of leaf numbers take 60 MB."""
NODE_ARRAYS = ("feature", "threshold", "missing_left", "left", "value")


@dataclass(frozen=True, eq=False, kw_only=True)
class Forest:
    """Sum of trees plus a bias, in log-odds of bad. Nodes of all trees lie one after another.

    Tree ``t`` owns nodes ``offsets[t]:offsets[t + 1]``, its root first, every parent before its children. At an
    inner node, ``x[feature] < threshold`` goes to ``left``, NaN goes there when ``missing_left``, anything else to
    ``left + 1`` (ids count within the tree). A leaf has left -1 and adds its ``value``.
    """

    offsets: Indices
    feature: Integers
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    left: Integers
    value: Floats
    bias: float
    width: int
    """Number of columns of the matrix."""

    def __post_init__(self) -> None:
        nodes = int(self.offsets[-1])
        lengths = {name: len(getattr(self, name)) for name in NODE_ARRAYS}
        if any(length != nodes for length in lengths.values()):
            raise ValueError(f"forest: offsets end at {nodes} nodes but the node arrays hold {lengths}")
        if nodes and int(self.feature.max()) >= self.width:
            raise ValueError(f"forest: a node reads column {int(self.feature.max())} of a matrix of {self.width}")
        if not (np.isfinite(self.value).all() and np.isfinite(self.threshold).all() and np.isfinite(self.bias)):
            raise ValueError("forest: a leaf value, threshold or the bias is not finite; the member did not converge")

    @property
    def trees(self) -> int:
        return len(self.offsets) - 1

    def leaves(self, matrix: Matrix, *, threads: int = 1) -> Indices:
        """Node number (over all trees) of the leaf that each row reaches in each tree: (n, trees)."""
        self._require_shape(matrix)
        import xgboost

        booster = xgboost.Booster({"nthread": threads})
        booster.load_model(bytearray(model_bytes(self, names=None, cover=np.ones(int(self.offsets[-1])))))
        within = booster.predict(xgboost.DMatrix(matrix, missing=np.nan, nthread=threads), pred_leaf=True)
        return within.reshape(len(matrix), self.trees).astype(np.int64) + self.offsets[:-1]

    def margin(self, matrix: Matrix, *, threads: int = 1) -> Floats:
        """Log-odds of bad of each row, (n,) float64; the same for one row as in bulk."""
        self._require_shape(matrix)
        total = np.full(len(matrix), self.bias)
        if self.trees:
            for start in range(0, len(matrix), CHUNK_ROWS):
                rows = slice(start, start + CHUNK_ROWS)
                total[rows] += self.value[self.leaves(matrix[rows], threads=threads)].sum(axis=1)
        return total

    def scaled(self, weight: float) -> "Forest":
        """This forest with every leaf and the bias times ``weight``."""
        return replace(self, value=self.value * weight, bias=self.bias * weight)

    def trees_reading(self, column: int) -> "Forest":
        """Only the trees that split on a column, without the bias: all that its contributions come from."""
        splits = (self.feature == column) & (self.left >= 0)
        tree = np.repeat(np.arange(self.trees), np.diff(self.offsets))
        is_kept = np.bincount(tree[splits], minlength=self.trees) > 0
        kept = {name: getattr(self, name)[is_kept[tree]] for name in NODE_ARRAYS}
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.diff(self.offsets)[is_kept])])
        return replace(self, offsets=offsets, bias=0.0, **kept)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Arrays by name, for an ``.npz`` read with ``allow_pickle=False``."""
        arrays = {name: getattr(self, name) for name in ("offsets", *NODE_ARRAYS)}
        return arrays | {"bias": np.array(self.bias), "width": np.array(self.width)}

    def sha256(self) -> str:
        """SHA-256 (hex) of every array and the bias: equal forests, and no others, have equal ones."""
        digest = hashlib.sha256()
        for name, array in self.to_arrays().items():
            digest.update(f"{name} {array.dtype} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _require_shape(self, matrix: Matrix) -> None:
        if matrix.ndim != 2 or matrix.shape[1] != self.width:
            raise ValueError(f"forest: matrix has shape {matrix.shape}, expected (n, {self.width})")


def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> Forest:
    """The forest that ``to_arrays`` wrote; KeyError names an array that is absent."""
    return Forest(
        offsets=arrays["offsets"].astype(np.int64),
        feature=arrays["feature"].astype(np.int32),
        threshold=arrays["threshold"].astype(np.float32),
        missing_left=arrays["missing_left"].astype(np.bool_),
        left=arrays["left"].astype(np.int32),
        value=arrays["value"].astype(np.float64),
        bias=float(arrays["bias"].astype(np.float64)),
        width=int(arrays["width"].astype(np.int64)),
    )


def combine(members: Sequence[tuple[Forest, float]], *, bias: float) -> Forest:
    """Weighted sum of forests as one: leaf values times weight, biases times weight plus ``bias``.

    A member of weight 0 adds no tree. Raises ValueError for no member at all or members over different matrices.
    """
    widths = sorted({forest.width for forest, _ in members})
    if len(widths) != 1:
        raise ValueError(f"forest: members read matrices of widths {widths}, expected one width")
    kept = [forest.scaled(weight) for forest, weight in members if weight]
    starts = np.cumsum([0, *(int(forest.offsets[-1]) for forest in kept)])
    offsets = [forest.offsets[1:] + start for forest, start in zip(kept, starts[:-1], strict=True)]
    empty = _empty(widths[0])
    joined = {name: np.concatenate([getattr(forest, name) for forest in (empty, *kept)]) for name in NODE_ARRAYS}
    return Forest(
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), *offsets]),
        bias=bias + sum(forest.bias for forest in kept),
        width=widths[0],
        **joined,
    )


def _empty(width: int) -> Forest:
    return Forest(
        offsets=np.zeros(1, dtype=np.int64),
        feature=np.zeros(0, dtype=np.int32),
        threshold=np.zeros(0, dtype=np.float32),
        missing_left=np.zeros(0, dtype=np.bool_),
        left=np.zeros(0, dtype=np.int32),
        value=np.zeros(0),
        bias=0.0,
        width=width,
    )
