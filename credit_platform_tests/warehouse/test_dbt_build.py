"""The star schemas build, and their own tests hold."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from credit_platform_tests.warehouse.conftest import Built
from credit_platform_tests.warehouse.dbt_runs import Star, failed, use_case

UNIT_CLAIMS = (
    "history_excludes_the_present_and_the_future",
    "outcomes_are_seen_only_the_day_after_they_are_final",
    "macro_figures_appear_only_once_published",
    "ratios_are_null_on_zero_denominators",
    "a_loan_of_two_lenders_counts_once",
)


def test_every_model_data_test_and_unit_test_passes(built: Built) -> None:
    assert failed(built.statuses) == {}
    kinds = [node.split(".")[0] for node in built.statuses]
    assert {kind: kinds.count(kind) for kind in ("model", "test", "unit_test")} == {
        "model": 18,
        "test": 97,
        "unit_test": 14,
    }


@pytest.mark.parametrize("claim", UNIT_CLAIMS)
def test_a_unit_test_proves(built: Built, claim: str) -> None:
    assert [status for node, status in built.statuses.items() if node.endswith(f".{claim}")] == ["pass"]


def test_every_trained_or_scored_row_has_one_row_of_features(built: Built) -> None:
    features = built.star.read("ftr_loan_applications", ["funding_id"])
    wanted = built.rows[built.rows["role"] != "applications_history"]
    assert features["funding_id"].tolist() == sorted(wanted["funding_id"])
    assert int(features["scoring_day"].notna().sum()) == int((built.rows["role"] == "applications").sum()) > 0


def test_declared_features_and_states_exist_in_their_models(built: Built) -> None:
    case = built.star.case
    features = set(built.star.read(case.unit.features_model, [case.unit.key]).columns)
    inputs = set(built.star.read(case.unit.inputs_model, [case.unit.key]).columns)
    declared = {column for name in case.features.sets for column in case.features.columns_of(name)}
    assert declared == features - {case.unit.key, "disbursement_date", "scoring_day"}
    for state in case.states:
        assert {state.key, *state.columns, "valid_from", "valid_to"} <= set(built.star.read(state.model, [state.key]))
        assert {state.key, *state.columns} <= inputs


def test_dim_date_covers_every_day_once(built: Built) -> None:
    dates = built.star.read("dim_date", ["calendar_date"])
    assert len(dates) == 4748
    assert (dates["calendar_date"].diff().dropna() == pd.Timedelta(days=1)).all()
    assert (dates["is_month_end"].to_numpy() == dates["calendar_date"].dt.is_month_end.to_numpy()).all()
    assert (dates["iso_week"].to_numpy() == dates["calendar_date"].dt.isocalendar().week.to_numpy(dtype=int)).all()


def test_the_database_is_free_again_after_dbt(built: Built) -> None:
    with duckdb.connect(str(built.star.database)) as connection:
        assert connection.sql("select 1").fetchall() == [(1,)]


def test_a_portfolio_without_time_or_entity_builds(tmp_path: Path) -> None:
    case = use_case("risk_classifier")
    star = Star(case, tmp_path / "warehouse.duckdb", tmp_path)
    rng = np.random.default_rng(3)
    measured = [column.canonical for column in case.requests.expanded_columns if column.type == "decimal"]
    rows = pd.DataFrame(rng.uniform(1, 2, (40, len(measured))), columns=measured)
    rows.insert(0, "sample_id", [f"s{number:02d}" for number in range(40)])
    past = rows[:30].assign(target=np.arange(30) % 2)
    star.load({"samples": past, "samples_to_score": rows[30:].assign(source_day=pd.Timestamp("2022-12-01"))})
    statuses = star.dbt("build")
    assert {node for node in failed(statuses) if not node.startswith("test.credit_star_schema.value_between")} == set()
    features = star.read("ftr_samples", ["sample_id"])
    assert len(features) == 40 and int(features["scoring_day"].notna().sum()) == 10
    assert set(case.features.columns_of("measurements")) == set(features.columns) - {"sample_id", "scoring_day"}
    assert len(star.read("fct_samples", ["sample_id"])) == 30
