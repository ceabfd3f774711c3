"""The star schemas build, and their own tests hold."""

import hashlib
import uuid
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
    "a_customer_version_begins_on_the_day_of_its_event",
    "a_window_goes_on_from_the_version_in_force",
    "a_window_writes_the_days_from_the_first_changed_one_on",
    "a_lender_version_begins_on_the_day_of_its_event",
    "a_label_counts_on_the_day_on_which_it_is_final",
    "a_window_touches_what_its_days_name_and_what_they_named_before",
    "a_funding_that_moves_to_another_customer_touches_both",
    "a_history_differs_from_its_first_changed_day_on",
    "only_days_whose_figures_differ_are_touched",
    "a_changed_day_touches_only_later_decisions",
    "a_request_is_decided_anew_only_if_it_changed",
)


def test_every_model_data_test_and_unit_test_passes(built: Built) -> None:
    assert failed(built.statuses) == {}
    kinds = [node.split(".")[0] for node in built.statuses]
    assert {kind: kinds.count(kind) for kind in ("model", "test", "unit_test")} == {
        "model": 25,
        "test": 152,
        "unit_test": 24,
    }


@pytest.mark.parametrize("claim", UNIT_CLAIMS)
def test_a_unit_test_proves(built: Built, claim: str) -> None:
    assert [status for node, status in built.statuses.items() if node.endswith(f".{claim}")] == ["pass"]


def test_every_trained_or_scored_row_has_one_row_of_features(built: Built) -> None:
    features = built.star.read("ftr_loan_applications", ["funding_id"])
    wanted = built.rows[built.rows["role"] != "applications_history"]
    assert features["funding_id"].tolist() == sorted(wanted["funding_id"])
    assert int(features["scoring_day"].notna().sum()) == int((built.rows["role"] == "applications").sum()) > 0


def test_facts_point_at_the_version_that_their_own_day_opens(built: Built) -> None:
    fundings = built.star.read("fct_fundings", ["funding_id"])
    for dimension, entity in (("customer", "customer_id"), ("lender", "lender_id")):
        versions = built.star.read(f"dim_{dimension}", [entity, "valid_from"])
        joined = fundings.merge(versions, on=f"{dimension}_key", suffixes=("", "_of_version"))
        assert len(joined) == len(fundings)
        assert (joined[f"{entity}_of_version"] == joined[entity]).all()
        assert (joined["valid_from"] == joined["disbursement_date"]).all()
        assert (versions["is_current"] == versions["valid_to"].isna()).all()
        assert int(versions["is_current"].sum()) == versions[entity].nunique()


def test_a_macro_key_is_that_of_the_newest_year_published_before_the_decision(built: Built) -> None:
    fundings = built.star.read("fct_fundings", ["funding_id"])
    economies = built.star.read("dim_economy", ["country_id", "calendar_year"])
    joined = fundings.merge(economies, on=["economy_key", "country_id"])
    assert len(joined) == len(fundings)
    assert (joined["published_date"] < joined["disbursement_date"]).all()
    assert set(joined["calendar_year"]) == {2020, 2021}


def test_declared_features_and_states_exist_in_their_models(built: Built) -> None:
    case = built.star.case
    features = set(built.star.read(case.unit.features_model, [case.unit.key]).columns)
    inputs = set(built.star.read(case.unit.inputs_model, [case.unit.key]).columns)
    declared = {column for name in case.features.sets for column in case.features.columns_of(name)}
    assert declared == features - {case.unit.key, "disbursement_date", "scoring_day"}
    for state in case.states:
        assert {state.key, *state.columns, "valid_from", "valid_to"} <= set(built.star.read(state.model, [state.key]))
        assert {state.key, *state.columns} <= inputs


def test_a_surrogate_key_is_the_md5_of_its_parts_and_knows_where_they_end(built: Built) -> None:
    days = built.star.read("fct_product_days", ["product_day_key"])
    parts = zip(days["country_id"], days["loan_type"], days["event_date"].dt.strftime("%Y-%m-%d"), strict=True)
    texts = ["\x1f".join(each) for each in parts]
    assert days["product_day_key"].tolist() == [
        uuid.UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()) for text in texts
    ]


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
