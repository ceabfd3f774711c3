"""The folded forest: one XGBoost ensemble whose margin is the served log-odds of bad (design 6.6)."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.explainer import Explainer, explainer_of
from credit_platform.engine.routes import Routes, routes_of

if TYPE_CHECKING:
    import xgboost

_OBJECTIVE = "reg:squarederror"
_ROWS_WORTH_WALKING = 16
"""Up to here all trees are walked at once; XGBoost's preparations are worth it for more."""
_ROWS_WORTH_THREADS = 512
"""Below it threads only wait for each other: a row on two busy cores took 23 ms with two threads, 1 ms with one."""


@dataclass(frozen=True)
class Forest:
    """Verified boosters of the same trees; safe to share between threads, for prediction changes nothing in them."""

    serial: "xgboost.Booster"
    parallel: "xgboost.Booster"
    feature_count: int
    threads: int

    def margin(self, matrix: np.ndarray) -> np.ndarray:
        """Log-odds of bad, float64 (n,), of a float32 matrix (n, k) with NaN for missing; the same in any batch."""
        if not len(matrix):
            return np.empty(0)
        rows = np.ascontiguousarray(matrix, dtype=np.float32)
        if self.is_prepared and len(rows) <= _ROWS_WORTH_WALKING:
            return self.routes.margin(rows).astype(np.float64)
        booster = self.serial if len(rows) < _ROWS_WORTH_THREADS else self.parallel
        return _predicted(booster, rows).astype(np.float64)

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """TreeSHAP in log-odds, float64 (n, k + 1), the baseline last: a row sums to its margin within 1e-3.

        Path-dependent, by the covers stored in the forest (Lundberg et al. 2020, Nature Machine Intelligence 2), the
        same in any batch. The first call of a forest solves its leaves; ``prepare`` does it beforehand.
        """
        return self.explainer.contributions(np.ascontiguousarray(matrix, dtype=np.float32))

    def prepare(self) -> None:
        """Solves the leaves and lays out the routes now, so that no request waits for it. Raises ReleaseError."""
        _ = self.explainer, self.routes

    @property
    def is_prepared(self) -> bool:
        """Whether contributions and routes are at hand."""
        return "explainer" in self.__dict__ and "routes" in self.__dict__

    @cached_property
    def explainer(self) -> Explainer:
        """Every leaf solved, on demand: a second that whoever gives no reasons need not spend."""
        return explainer_of(self.serial, feature_count=self.feature_count)

    @cached_property
    def routes(self) -> Routes:
        """The way of few rows. Raises ReleaseError where it does not end at the bytes that XGBoost gives."""
        found = routes_of(self.serial)
        rows = _probes(found, self.feature_count)
        if found.margin(rows).tobytes() != _predicted(self.serial, rows).tobytes():
            raise ReleaseError("forest.ubj: this version of XGBoost adds its trees up otherwise than the engine does")
        return found


def _predicted(booster: "xgboost.Booster", rows: NDArray[np.float32]) -> NDArray[np.float32]:
    found = booster.inplace_predict(rows, predict_type="margin", missing=np.nan, validate_features=False)
    return np.asarray(found, dtype=np.float32).reshape(len(rows))


def _probes(routes: Routes, width: int) -> NDArray[np.float32]:
    """Rows (64, k) that lie on thresholds of the forest, an eighth of their cells missing."""
    drawn = np.random.default_rng(64)
    rows = np.full((64, width), np.nan, dtype=np.float32)
    for each in routes.columns:
        rows[:, each.column] = drawn.choice(each.thresholds, 64)
    rows[drawn.random(rows.shape) < 0.125] = np.nan
    return rows


def load_forest(data: bytes, *, feature_count: int, threads: int = 1) -> Forest:
    """A forest from UBJSON bytes. Raises ReleaseError unless its margin is what the trees alone add up to."""
    serial = _booster(data, threads=1)
    _refuse_other_models(serial, feature_count=feature_count)
    parallel = serial if threads == 1 else _booster(data, threads=threads)
    return Forest(serial=serial, parallel=parallel, feature_count=feature_count, threads=threads)


def _booster(data: bytes, *, threads: int) -> "xgboost.Booster":
    import xgboost  # with what it imports in its turn 1.3 s, which commands that serve nothing need not wait for

    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(data))
    except xgboost.core.XGBoostError as error:
        raise ReleaseError(f"forest.ubj: XGBoost cannot read it: {error}; write the release again") from error
    booster.set_param({"nthread": threads})
    return booster


def _refuse_other_models(booster: "xgboost.Booster", *, feature_count: int) -> None:
    learner = json.loads(booster.save_config())["learner"]
    base_score = [float(part) for part in learner["learner_model_param"]["base_score"].strip("[]").split(",")]
    found = {
        "features": booster.num_features(),
        "objective": learner["objective"]["name"],
        "base score": base_score,
        "booster": learner["gradient_booster"]["name"],
    }
    expected = {"features": feature_count, "objective": _OBJECTIVE, "base score": [0.0], "booster": "gbtree"}
    if found != expected:
        raise ReleaseError(f"forest.ubj: found {found}, expected {expected}; fold the forest again")
