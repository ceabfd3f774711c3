"""A small invented portfolio with a release of its own: three members, folded, ready to decide."""

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import lightgbm
import numpy as np
import xgboost
from sklearn.ensemble import RandomForestClassifier

from credit_platform.contracts.release import Feature, Member, Release, RequestField
from credit_platform.contracts.score import Band, Reason, ScoreScale
from credit_platform.contracts.source import Column, ColumnType
from credit_platform.engine.columns import build_table
from credit_platform.engine.feature_program import compile_program
from credit_platform.engine.forest import load_forest
from credit_platform.engine.releases import LoadedRelease
from credit_platform.modelling import algorithms
from credit_platform.modelling.algorithms import lightgbm as boosted
from credit_platform.modelling.algorithms import random_forest as bagged
from credit_platform.modelling.algorithms import xgboost as levelled
from credit_platform.modelling.fold import baseline, to_xgboost
from credit_platform.modelling.forest import Forest, combine
from credit_platform.modelling.missing_fill import MissingFill
from credit_platform.modelling.sample import Matrix, Sample

ROWS, AMOUNTS, SEED = 4_000, 12, 11
THREADS = 1
"""On a shared machine two threads mostly measure who waits for whom; ratios are per core."""
WEIGHT = 1 / 3
NAMES = tuple(f"amount_{number:02d}" for number in range(AMOUNTS))
RATIOS = tuple(f"{left} / nullif({right}, 0) as {left}_share" for left, right in itertools.pairwise(NAMES))
PROGRAM = f"select unit_id, {', '.join(NAMES)}, {', '.join(RATIOS)} from inputs"
FEATURES = tuple(Feature(name=name, kind="numeric") for name in (*NAMES, *(f"{name}_share" for name in NAMES[:-1])))
TYPES: dict[str, ColumnType] = {"unit_id": "text", **dict.fromkeys(NAMES, "decimal")}


@dataclass(frozen=True, eq=False, kw_only=True)
class Members:
    """The libraries' own models, the forest that each became, and their equally weighted sum folded."""

    sample: Sample
    gbm: lightgbm.Booster
    xgb: xgboost.Booster
    bagged: RandomForestClassifier
    fill: MissingFill
    forests: Mapping[str, Forest]
    folded: bytes
    baseline: float


def invented_inputs(rows: int, *, seed: int) -> dict[str, list[object]]:
    """Amounts by input name, 5% of them missing, as the Python values that a request holds."""
    generator = np.random.default_rng(seed)
    columns: dict[str, list[object]] = {"unit_id": [f"unit-{number}" for number in range(rows)]}
    for name in NAMES:
        values = generator.lognormal(4, 1, rows).round(2)
        absent = generator.random(rows) < 0.05
        columns[name] = [None if gone else float(value) for value, gone in zip(values, absent, strict=True)]
    return columns


def encoded(inputs: Mapping[str, list[object]]) -> Matrix:
    """The float32 matrix (n, k) of the program's features."""
    program = compile_program(PROGRAM, FEATURES, inputs=TYPES)
    return program.encoded(build_table(inputs, types=program.inputs, size=len(inputs["unit_id"]))).matrix


def _labelled() -> Sample:
    matrix = encoded(invented_inputs(ROWS, seed=SEED))
    known = np.nan_to_num(np.log1p(np.abs(matrix[:, :AMOUNTS])), nan=4.0) - 4
    log_odds = -2.5 + known @ np.linspace(-0.8, 0.8, AMOUNTS)
    bad = np.random.default_rng(SEED + 1).random(ROWS) < 1 / (1 + np.exp(-log_odds))
    return Sample(
        key=np.arange(ROWS), label=bad.astype(np.int8), weight=np.ones(ROWS), matrix=matrix, features=FEATURES
    )


@cache
def members() -> Members:
    """Trained once a process with the platform's default parameters: 700 trees."""
    sample = _labelled()
    recipes = {
        name: algorithms.recipe(name, sample, {}, SEED, THREADS, {})
        for name in ("lightgbm", "xgboost", "random_forest")
    }
    gbm, xgb = boosted.train(sample, recipes["lightgbm"]), levelled.train(sample, recipes["xgboost"])
    forest, fill = bagged.train(sample, recipes["random_forest"])
    forests = {
        "lightgbm": boosted.to_forest(gbm),
        "xgboost": levelled.to_forest(xgb),
        "random_forest": bagged.fit(sample, recipes["random_forest"]),
    }
    whole = combine([(part, WEIGHT) for part in forests.values()], bias=0.0)
    return Members(
        sample=sample,
        gbm=gbm,
        xgb=xgb,
        bagged=forest,
        fill=fill,
        forests=forests,
        folded=to_xgboost(whole, sample.names, sample.matrix[:2_000], threads=THREADS),
        baseline=baseline(whole, sample.matrix[:2_000], threads=THREADS),
    )


def loaded_release(*, threads: int) -> LoadedRelease:
    """The folded members as the release that a scorer would have loaded."""
    trained = members()
    names = [Column(name="unit_id", type="text"), *(Column(name=name, type="decimal") for name in NAMES)]
    release = Release(
        use_case="invented",
        release_id="bench",
        as_of=dt.date(2022, 12, 1),
        algorithm="stacked",
        members=tuple(Member(algorithm=name, weight=WEIGHT) for name in trained.forests),
        feature_set="all",
        population="invented",
        key="unit_id",
        decision_date=None,
        request_fields=tuple(RequestField(column=column, is_used=True) for column in names),
        states=(),
        feature_program=PROGRAM,
        features=FEATURES,
        scale=ScoreScale(bands=(Band(name="A", minimum=600), Band(name="B"))),
        cut_off=0.2,
        reasons=tuple(Reason(code=f"R{n:02d}", wording=f.name, features=(f.name,)) for n, f in enumerate(FEATURES)),
        baseline=trained.baseline,
        notes=(),
        training_fingerprint="invented",
        package_versions={},
    )
    return LoadedRelease(
        release=release,
        program=compile_program(PROGRAM, FEATURES, inputs=TYPES),
        forest=load_forest(trained.folded, feature_count=len(FEATURES), threads=threads),
        manifest_sha256="",
        model_sha256="",
        grade="dev",
        reference_histograms={},
        metrics={},
        gates={},
    )
