"""From a frame of features to the float32 matrix that is trained on and served.

A category becomes its position among the categories of training ordered by bad rate, so every algorithm sees
numbers only and every split of the folded forest is numeric. The engine applies the same coding to a request.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from credit_platform.contracts.release import Feature
from credit_platform.modelling.sample import Matrix

MINIMUM_CATEGORY_ROWS = 20
"""A category seen less often is coded as missing: its bad rate says nothing (at 20 rows the standard error of a
2% bad rate is 3 points), and a missing value is a case that every model knows how to route."""
PRIOR_ROWS = 20.0
"""Pseudo-rows at the overall bad rate that a category's own rate is shrunk by."""

NUMERIC_CONTENT = {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}
CATEGORY_CONTENT = {"string", "categorical"}


def fit_features(frame: pd.DataFrame, columns: tuple[str, ...], label: ArrayLike) -> tuple[Feature, ...]:
    """Learn the coding of ``columns`` from TRAINING rows alone: frame (n, ...), label (n,) of 0 and 1.

    Text becomes a category, ordered by smoothed bad rate (ties by name); anything numeric keeps its range.
    The order of categories uses every training label, folds included; with at least 20 rows a category that is
    the only thing that out-of-fold figures share with their fold. Raises ValueError naming a column that is
    absent, or that is neither number nor text.
    """
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise ValueError(f"features {absent} are not in the frame; it has {sorted(map(str, frame.columns))}")
    bad = np.asarray(label, dtype=np.float64)
    return tuple(_feature(frame[name], bad) for name in columns)


def encode(frame: pd.DataFrame, features: tuple[Feature, ...]) -> Matrix:
    """Code a frame into a float32 matrix (n, k) in the order of ``features``; null and unseen become NaN."""
    matrix = np.empty((len(frame), len(features)), dtype=np.float32)
    for position, feature in enumerate(features):
        if feature.name not in frame.columns:
            raise ValueError(f"feature {feature.name!r} is not in the frame; it has {sorted(map(str, frame.columns))}")
        matrix[:, position] = _coded(frame[feature.name], feature)
    return matrix


def _content(column: pd.Series) -> str:
    return "categorical" if isinstance(column.dtype, pd.CategoricalDtype) else pd.api.types.infer_dtype(column)


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    return np.asarray(column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))


def _feature(column: pd.Series, bad: NDArray[np.float64]) -> Feature:
    name, content = str(column.name), _content(column)
    if content in CATEGORY_CONTENT:
        return Feature(name=name, kind="category", categories=_ordered_categories(column, bad))
    if content not in NUMERIC_CONTENT:
        raise ValueError(
            f"feature {name!r} holds {content} values; a feature is a number or text: turn it into one in the "
            "features model (a date into days before the decision, for example)"
        )
    seen = _numbers(column)
    seen = seen[~np.isnan(seen)]
    if not seen.size:
        return Feature(name=name, kind="numeric")
    return Feature(name=name, kind="numeric", minimum=float(seen.min()), maximum=float(seen.max()))


def _ordered_categories(column: pd.Series, bad: NDArray[np.float64]) -> tuple[str, ...]:
    known = column.notna().to_numpy()
    by_category = pd.Series(bad[known]).groupby(column[known].astype(str).to_numpy())
    table = by_category.agg(["sum", "count"])
    table = table[table["count"] >= MINIMUM_CATEGORY_ROWS]
    rate = (table["sum"] + PRIOR_ROWS * bad.mean()) / (table["count"] + PRIOR_ROWS)
    return tuple(sorted(rate.index, key=lambda category: (rate[category], category)))


def _coded(column: pd.Series, feature: Feature) -> NDArray[np.float64]:
    if feature.kind == "numeric":
        return _numbers(column)
    text = column.astype("object").where(column.notna(), None).map(str, na_action="ignore")
    codes = pd.Categorical(text, categories=list(feature.categories)).codes.astype(np.float64)
    codes[codes < 0] = np.nan
    return codes
