"""Contributions looked up twig by twig are XGBoost's own, add up, and do not depend on the neighbours of a row."""

import json

import numpy as np
import pytest
import xgboost

from credit_platform.engine import explainer
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.explainer import explainer_of
from credit_platform.engine.passing import passing_of
from credit_platform.engine.twigs import twigs_of
from credit_platform_tests.engine import tiny

WIDTH = len(tiny.FEATURES)


@pytest.fixture(scope="module")
def booster() -> xgboost.Booster:
    found = xgboost.Booster()
    found.load_model(bytearray(tiny.forest_bytes()))
    return found


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    rng = np.random.default_rng(3)
    found = (rng.uniform(-0.2, 1.4, (200, WIDTH)) * [1000, 500, 90, 2, 5, 1]).astype(np.float32)
    found[rng.random(found.shape) < 0.2] = np.nan
    return found


def test_contributions_are_those_of_xgboost(booster: xgboost.Booster, rows: np.ndarray) -> None:
    expected = booster.predict(xgboost.DMatrix(rows), pred_contribs=True)
    found = explainer_of(booster, feature_count=WIDTH).contributions(rows)
    assert np.abs(found - expected).max() < 1e-5
    assert np.abs(found).max() > 0.1


def test_a_value_on_a_threshold_goes_where_the_forest_sends_it(booster: xgboost.Booster) -> None:
    made = explainer_of(booster, feature_count=WIDTH)
    thresholds = next(each.thresholds for each in made.passing.columns if each.column == 0)
    rows = np.full((len(thresholds), WIDTH), np.nan, dtype=np.float32)
    rows[:, 0] = thresholds
    margin = booster.inplace_predict(rows, predict_type="margin")
    assert len(thresholds) > 20
    assert np.abs(made.contributions(rows).sum(axis=1) - margin).max() < 1e-5


def test_leaves_too_many_to_be_kept_solved_are_solved_for_each_row(
    booster: xgboost.Booster, rows: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = explainer_of(booster, feature_count=WIDTH)
    monkeypatch.setattr(explainer, "MOST_CELLS", 100)
    solved_anew = explainer_of(booster, feature_count=WIDTH)
    assert (len(kept.unsolved), len(kept.tables)) == (0, 4)
    assert 0 < len(solved_anew.tables) < 4
    assert sum(len(leaves.value) for leaves in solved_anew.unsolved) > 200
    assert np.abs(kept.contributions(rows) - solved_anew.contributions(rows)).max() < 1e-6


def test_one_row_has_the_bytes_that_it_has_among_others(booster: xgboost.Booster, rows: np.ndarray) -> None:
    made = explainer_of(booster, feature_count=WIDTH)
    bulk = made.contributions(rows)
    assert all(
        made.contributions(rows[at : at + 1]).tobytes() == bulk[at : at + 1].tobytes() for at in range(0, 200, 7)
    )


def test_a_crowd_has_the_bytes_of_a_few_rows_on_thresholds_and_where_values_are_missing() -> None:
    rng = np.random.default_rng(11)
    rows = rng.integers(0, 20, (300, 12)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    target = np.nansum(rows[:, :6], axis=1) + 5 * np.isnan(rows[:, 7]) + rng.normal(size=300)
    params = {"base_score": 0.0, "max_depth": 10, "min_child_weight": 0, "lambda": 0, "seed": 1, "nthread": 1}
    made = explainer_of(xgboost.train(params, xgboost.DMatrix(rows, target), 6), feature_count=12)
    assert {table.bits for table in made.tables} == {8, 16}
    few = np.concatenate([made.contributions(rows[at : at + 100]) for at in range(0, 300, 100)])
    assert made.contributions(rows).tobytes() == few.tobytes()
    assert made.contributions(np.tile(rows, (8, 1)))[-300:].tobytes() == few.tobytes()


def test_what_a_row_passes_is_what_each_condition_says(booster: xgboost.Booster, rows: np.ndarray) -> None:
    twigs = [twig for tree in json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
             for twig in twigs_of(tree)]  # fmt: skip
    conditions = [each for twig in twigs for each in twig.conditions] + [(0, 5.0, 2.0, False), (1, -np.inf, 3.0, True)]
    at = np.arange(len(conditions))
    made = passing_of(conditions, at // 8, at % 8, len(at) // 8 + 1)
    for row in rows[:40].tolist():
        expected = [low <= row[c] < high or (row[c] != row[c] and missing) for c, low, high, missing in conditions]
        assert np.unpackbits(made.of(row), bitorder="little")[: len(at)].astype(bool).tolist() == expected
    assert len(conditions) > 300


def test_a_forest_of_single_leaves_explains_nothing() -> None:
    target = np.array([1.0, 3.0], dtype=np.float32)
    params = {"objective": "reg:squarederror", "base_score": 0.0, "max_depth": 1, "gamma": 1e9, "lambda": 0, "eta": 1}
    booster = xgboost.train(params, xgboost.DMatrix(np.zeros((2, 2)), target), num_boost_round=1)
    found = explainer_of(booster, feature_count=2).contributions(np.zeros((1, 2), dtype=np.float32))
    assert found.tolist() == [[0.0, 0.0, 2.0]]


def test_a_node_without_cover_is_refused(booster: xgboost.Booster) -> None:
    data = tiny.forest_bytes()
    model = xgboost.Booster()
    model.load_model(bytearray(data))
    text = model.save_raw("json").decode()
    first = text.index('"sum_hessian":[') + len('"sum_hessian":[')
    second = text.index(",", first) + 1
    blank = text[:second] + "0E0" + text[text.index(",", second) :]
    broken = xgboost.Booster()
    broken.load_model(bytearray(blank.encode()))
    with pytest.raises(ReleaseError, match="tree 0, node 1 has no cover"):
        explainer_of(broken, feature_count=WIDTH)
