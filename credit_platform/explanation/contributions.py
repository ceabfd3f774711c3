"""Additive contributions of the served model: TreeSHAP of the folded forest, on the log-odds scale."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ADDITIVE = 1e-3


def contributions(
    booster: bytes, matrix: ArrayLike, *, names: Sequence[str] | None = None
) -> tuple[NDArray[np.float64], float]:
    """Contributions (n, k) and base of a forest given as UBJSON bytes, for a float32 matrix (n, k) with NaN = missing.

    base + row sum = margin (log-odds of bad), n >= 1; path-dependent TreeSHAP (Lundberg, Erion and Lee
    2018, algorithm 2) with the forest's covers. ValueError where the widths differ or the sum is more than 1e-3 off.
    """
    import xgboost

    model = xgboost.Booster()
    model.load_model(bytearray(booster))
    data = np.asarray(matrix, dtype=np.float32)
    if data.ndim != 2 or data.shape[0] == 0 or data.shape[1] != model.num_features():
        raise ValueError(f"matrix: found shape {data.shape}, expected (n >= 1, {model.num_features()})")
    named = model.feature_names or (list(names) if names else None)
    if names is not None and model.feature_names is not None and list(names) != model.feature_names:
        raise ValueError(f"features: found {list(names)}, the forest was built on {model.feature_names} in this order")
    cells = xgboost.DMatrix(data, missing=np.nan, feature_names=named)
    parts = np.asarray(model.predict(cells, pred_contribs=True, strict_shape=True), dtype=np.float64)[:, 0, :]
    margin = np.asarray(model.predict(cells, output_margin=True), dtype=np.float64)
    gap = float(np.abs(parts.sum(axis=1) - margin).max(initial=0.0))
    if gap > _ADDITIVE:
        raise ValueError(f"contributions miss the margin by {gap:.2g}, expected at most {_ADDITIVE}; check the covers")
    return parts[:, :-1], float(parts[0, -1])
