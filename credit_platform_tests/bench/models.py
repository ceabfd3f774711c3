"""One folded forest against its members, each asked through its own library."""

from collections.abc import Iterator

import numpy as np
import xgboost
from numpy.typing import NDArray

from credit_platform.engine.forest import load_forest
from credit_platform.modelling.sample import Matrix
from credit_platform_tests.bench.portfolio import FEATURES, THREADS, WEIGHT, Members, encoded, invented_inputs, members
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import side_by_side

BULK, EXPLAINED = 20_000, 100
MEMBERS = "LightGBM + XGBoost + scikit-learn forest, one after another"


def benchmarks() -> Iterator[Record]:
    """Scoring in bulk and by the row, explaining, and what folding costs in precision."""
    trained = members()
    matrix = encoded(invented_inputs(BULK, seed=3))
    folded = load_forest(trained.folded, feature_count=len(FEATURES), threads=THREADS)
    bulk = side_by_side(lambda: folded.margin(matrix), peer=lambda: _by_members(trained, matrix), rounds=3)
    yield Record(
        name="models/bulk_score",
        value=BULK / bulk.ours,
        unit="rows/s",
        peer=MEMBERS,
        ratio=bulk.times_faster,
        goal=Goal(of="ratio", at_least=1.0),
    )
    one = matrix[:1]
    row = side_by_side(lambda: folded.margin(one), peer=lambda: _by_members(trained, one), rounds=30)
    yield Record(
        name="models/one_row_score",
        value=row.ours * 1e3,
        unit="ms",
        peer=MEMBERS,
        ratio=row.times_faster,
        goal=Goal(of="ratio", at_least=10.0),
    )
    yield _explaining(trained, matrix[:EXPLAINED])
    apart = folded.margin(matrix) - sum(WEIGHT * f.margin(matrix, threads=THREADS) for f in trained.forests.values())
    yield Record(
        name="models/fold_error",
        value=float(np.abs(apart).max()),
        unit="log-odds, worst row",
        goal=Goal(of="value", at_most=1e-3),
    )


def _by_members(trained: Members, matrix: Matrix) -> NDArray[np.float64]:
    odds = trained.bagged.predict_proba(trained.fill.apply(matrix))[:, 1].clip(1e-6, 1 - 1e-6)
    boosters = trained.gbm.predict(matrix, raw_score=True), trained.xgb.inplace_predict(matrix, predict_type="margin")
    return WEIGHT * (np.log(odds / (1 - odds)) + boosters[0] + boosters[1])


def _explaining(trained: Members, matrix: Matrix) -> Record:
    import shap

    folded = load_forest(trained.folded, feature_count=len(FEATURES), threads=THREADS)
    bagged = shap.TreeExplainer(trained.bagged)

    def by_members() -> None:
        bagged.shap_values(trained.fill.apply(matrix), check_additivity=False)
        trained.gbm.predict(matrix, pred_contrib=True)
        trained.xgb.predict(xgboost.DMatrix(matrix, nthread=THREADS), pred_contribs=True)

    both = side_by_side(lambda: folded.contributions(matrix), peer=by_members, rounds=2)
    return Record(
        name="models/contributions",
        value=len(matrix) / both.ours,
        unit="rows/s",
        peer="shap.TreeExplainer of the forest + LightGBM and XGBoost pred_contribs",
        ratio=both.times_faster,
        # No goal: batch and online share this path for equal bytes; reasons of a whole book are reasons/bulk.
        goal=Goal(of="ratio"),
    )
