"""What a decision knows is what had happened on strictly earlier days: recounted row by row, and poisoned."""

import shutil

import pandas as pd
import pytest

from credit_platform_tests.warehouse.conftest import Built
from credit_platform_tests.warehouse.lending_book import events, raw_frames

COUNTS = ["prior_loans", "prior_lenders", "recent_loans", "open_loans", "matured_loans", "matured_bads"]
AMOUNTS = ["prior_amount", "open_amount", "matured_amount", "matured_amount_to_repay"]
DATES = ["first_disbursement_date", "last_disbursement_date", "last_outcome_date", "last_bad_date"]
LENDER = ["lender_prior_fundings", "lender_matured_fundings", "lender_matured_bads"]


def recounted(rows: pd.DataFrame, customer: str, lender: str, today: pd.Timestamp) -> dict[str, object]:
    """History of one decision, by plain filters over every funding."""
    known = rows[(rows["customer_id"] == customer) & (rows["disbursement_date"] < today)]
    loans = known.sort_values("funding_id").drop_duplicates("loan_id")
    final = known[known["final"] < today]
    matured = final.sort_values("funding_id").drop_duplicates("loan_id")
    bad = final[final["target"] == 1]
    still_open = loans[loans["due_date"] + pd.Timedelta(days=1) >= today]
    book = rows[(rows["lender_id"] == lender) & (rows["disbursement_date"] < today)]
    book_final = rows[(rows["lender_id"] == lender) & (rows["final"] < today)]
    return {
        "prior_loans": len(loans),
        "prior_lenders": known["lender_id"].nunique(),
        "recent_loans": int((loans["disbursement_date"] >= today - pd.Timedelta(days=30)).sum()),
        "open_loans": len(still_open),
        "matured_loans": len(matured),
        "matured_bads": bad["loan_id"].nunique(),
        "prior_amount": loans["total_amount"].sum(),
        "open_amount": still_open["total_amount"].sum(),
        "matured_amount": matured["total_amount"].sum(),
        "matured_amount_to_repay": matured["total_amount_to_repay"].sum(),
        "first_disbursement_date": loans["disbursement_date"].min(),
        "last_disbursement_date": loans["disbursement_date"].max(),
        "last_outcome_date": final.groupby("loan_id")["final"].min().max() if len(final) else pd.NaT,
        "last_bad_date": bad.groupby("loan_id")["final"].min().max() if len(bad) else pd.NaT,
        "lender_prior_fundings": len(book),
        "lender_matured_fundings": len(book_final),
        "lender_matured_bads": int((book_final["target"] == 1).sum()),
    }


def test_states_equal_a_brute_force_recount(built: Built) -> None:
    inputs = built.star.read("int_loan_application_inputs", ["funding_id"]).sample(200, random_state=1)
    inputs = inputs.reset_index(drop=True)
    rows = events(built.frames)
    keys = zip(inputs["customer_id"], inputs["lender_id"], inputs["disbursement_date"], strict=True)
    expected = pd.DataFrame([recounted(rows, *key) for key in keys])
    assert int((expected["matured_bads"] > 0).sum()) > 60
    for column in COUNTS + LENDER:
        assert inputs[column].fillna(0).astype(int).tolist() == expected[column].tolist(), column
    for column in AMOUNTS:
        assert inputs[column].fillna(0).to_numpy() == pytest.approx(expected[column].to_numpy(), abs=1e-6), column
    for column in DATES:
        found = inputs[column].astype("datetime64[ns]")
        assert found.equals(pd.to_datetime(expected[column])), column


def test_a_first_loan_has_no_state_at_all(built: Built) -> None:
    inputs = built.star.read("int_loan_application_inputs", ["funding_id"])
    first = built.rows.groupby("customer_id")["disbursement_date"].transform("min") == built.rows["disbursement_date"]
    found = inputs[inputs["funding_id"].isin(built.rows.loc[first, "funding_id"])]
    assert len(found) >= 60
    assert bool(found[COUNTS + AMOUNTS + DATES].isna().all(axis=None))


def rebuilt(built: Built, rows: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Features of an altered book whose rows arrive in another order; the shared warehouse is put back afterwards."""
    frames = {name: frame.sample(frac=1, random_state=seed) for name, frame in raw_frames(rows).items()}
    untouched = shutil.copy(built.star.database, built.star.scratch / "untouched.duckdb")
    built.star.load(frames)
    assert set(built.star.dbt("run").values()) == {"success"}
    altered = built.star.read("ftr_loan_applications", ["funding_id"])
    shutil.copy(untouched, built.star.database)
    return altered


@pytest.mark.parametrize("cut", ["2022-12-03"])
def test_poison_after_a_cut_and_another_order_of_rows_change_no_feature_before_it(built: Built, cut: str) -> None:
    features = built.star.read("ftr_loan_applications", ["funding_id"])
    day = pd.Timestamp(cut)
    rows = built.rows.copy()
    later = rows.index[rows["disbursement_date"] >= day]
    unlabelled = rows.index[(rows["disbursement_date"] < day) & (rows["due_date"] + pd.Timedelta(days=1) >= day)]
    rows.loc[later[::3], "total_amount"] *= 17
    rows.loc[unlabelled, "target"] = 1 - rows.loc[unlabelled, "target"]
    rows = rows.drop(index=later[1::3])
    added = rows.loc[later[::3]].copy()
    added["loan_id"] = "added" + added["loan_id"]
    added["funding_id"] = "added" + added["funding_id"]
    altered = rebuilt(built, pd.concat([rows, added], ignore_index=True), seed=6)
    before = features[features["disbursement_date"] < day].reset_index(drop=True)
    kept = altered[altered["disbursement_date"] < day].reset_index(drop=True)
    assert len(before) > 300 and len(added) >= 6
    pd.testing.assert_frame_equal(kept, before, check_exact=True)
    assert not altered[altered["disbursement_date"] >= day].equals(features[features["disbursement_date"] >= day])
