"""One decision, from request fields to reasons, against a plain scikit-learn pipeline that only predicts."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline

from credit_platform.contracts.decision import ReasonsWanted
from credit_platform.engine.decisions import decide
from credit_platform_tests.bench.portfolio import NAMES, SEED, invented_inputs, loaded_release, members
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.bench.timing import side_by_side

BULK, CALLS = 300, 20
PIPELINE = "scikit-learn pipeline (impute, random forest of 300 trees), probability only"


def benchmarks() -> Iterator[Record]:
    """One row without and with reasons (median of the calls), and many rows with them."""
    loaded, pipeline = loaded_release(threads=1), _pipeline()
    one = invented_inputs(1, seed=5)
    frame = _frame(one)
    cases: tuple[tuple[str, ReasonsWanted, float], ...] = (
        ("one_row", "none", 5.0),
        ("one_row_with_reasons", "all", 1.0),
    )
    for name, wanted, least in cases:
        both = side_by_side(
            partial(decide, loaded, one, reasons=wanted),
            peer=lambda: pipeline.predict_proba(frame),
            rounds=30,
        )
        yield Record(
            name=f"scorer/{name}",
            value=both.ours * 1e3,
            unit="ms, p50",
            peer=PIPELINE,
            ratio=both.times_faster,
            goal=Goal(of="ratio", at_least=least),
        )
    many = invented_inputs(BULK, seed=6)
    bulk = side_by_side(
        lambda: decide(loaded, many), peer=lambda: [decide(loaded, one) for _ in range(CALLS)], rounds=1
    )
    yield Record(
        name="scorer/bulk_with_reasons",
        value=BULK / bulk.ours,
        unit="rows/s",
        peer="the same rows one call each",
        ratio=(bulk.peer / CALLS) / (bulk.ours / BULK),
        goal=Goal(of="ratio", at_least=1.0),
    )


def _frame(inputs: dict[str, list[object]]) -> pd.DataFrame:
    return pd.DataFrame({name: inputs[name] for name in NAMES}).astype("float64")


def _pipeline() -> Pipeline:
    rows = len(members().sample)
    model = RandomForestClassifier(n_estimators=300, min_samples_leaf=15, random_state=SEED, n_jobs=1)
    return make_pipeline(SimpleImputer(), model).fit(
        _frame(invented_inputs(rows, seed=SEED)), np.asarray(members().sample.label)
    )
