"""The simulated lender is one that a lender would recognise, and its truth is the truth."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from credit_platform_tests.simulation.portfolios import Portfolio


def _deviation(target: pd.Series, probability: pd.Series, loan: pd.Series) -> float:
    """Observed minus expected bads in standard errors; the rows of one loan share one outcome."""
    rows = loan.map(loan.value_counts())
    variance = (probability * (1 - probability) * rows).sum()
    return float((target - probability).sum() / np.sqrt(variance))


def test_the_bad_rate_is_the_mean_true_pd(portfolio: Portfolio) -> None:
    loans = portfolio.loans
    probability = loans["ID"].map(portfolio.truth)
    assert len(portfolio.truth) == len(portfolio.requests)
    assert 0.04 < loans["target"].mean() < 0.06
    assert abs(_deviation(loans["target"], probability, loans["tbl_loan_id"])) < 3
    for _, tenth in loans.groupby(pd.qcut(probability, 10, labels=False)):
        chosen = probability[tenth.index]
        assert abs(_deviation(tenth["target"], chosen, tenth["tbl_loan_id"])) < 3.5


def test_the_truth_ranks_recent_loans_as_well_as_a_good_scorecard_could(portfolio: Portfolio) -> None:
    recent = portfolio.loans[portfolio.loans["disbursement_date"] >= "2022-10-15"]
    ranks = rankdata(recent["ID"].map(portfolio.truth))
    bads = (recent["target"] == 1).to_numpy()
    positives, negatives = bads.sum(), (~bads).sum()
    auc = (ranks[bads].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    assert positives > 300
    assert 0.82 < auc < 0.90


def test_new_loan_stands_on_the_first_loan_and_on_no_other(portfolio: Portfolio) -> None:
    requests = portfolio.requests
    first = requests.groupby("customer_id")["disbursement_date"].transform("min")
    is_first = requests["disbursement_date"] == first
    assert ((requests["New_versus_Repeat"] == "New Loan") == is_first).all()
    assert 0.05 < is_first.mean() < 0.25
    assert requests["customer_id"].nunique() == portfolio.summary.customers


def test_a_customer_takes_one_loan_a_day_and_a_loan_has_one_customer(portfolio: Portfolio) -> None:
    requests = portfolio.requests
    assert requests["ID"].is_unique
    per_day = requests.groupby(["customer_id", "disbursement_date"])["tbl_loan_id"].nunique()
    assert per_day.max() == 1
    assert requests.groupby("tbl_loan_id")["customer_id"].nunique().max() == 1


def test_a_shared_loan_has_two_lenders_one_outcome_and_at_most_the_whole_amount(portfolio: Portfolio) -> None:
    shared = portfolio.loans[portfolio.loans.duplicated("tbl_loan_id", keep=False)]
    by_loan = shared.groupby("tbl_loan_id")
    assert 0.02 < len(by_loan) / len(portfolio.loans) < 0.04
    assert (by_loan["lender_id"].nunique() == 2).all()
    assert (by_loan.size() == 2).all()
    assert (by_loan["target"].nunique() == 1).all()
    assert (by_loan["Lender_portion_Funded"].sum() <= 1).all()


def test_customers_come_back_to_several_lenders_in_two_countries(portfolio: Portfolio) -> None:
    requests = portfolio.requests
    assert len(requests) / requests["customer_id"].nunique() > 6
    assert (requests.groupby("customer_id")["lender_id"].nunique() > 1).mean() > 0.3
    assert requests.groupby("customer_id")["country_id"].nunique().max() == 1
    assert 0.02 < (requests["country_id"] == "Ghana").mean() < 0.12
    assert set(requests["duration"]) == {7, 14, 30, 60, 90}


def test_charges_follow_from_product_and_term_whatever_the_outcome(portfolio: Portfolio) -> None:
    loans = portfolio.loans.assign(
        charge=portfolio.loans["Total_Amount_to_Repay"] - portfolio.loans["Total_Amount"],
    )
    for _, offer in loans.groupby(["loan_type", "duration"]):
        goods, bads = offer[offer["target"] == 0], offer[offer["target"] == 1]
        fee = goods["charge"].sum() / goods["Total_Amount"].sum()
        assert len(bads) > 0
        for group in (goods, bads):
            # Charges are whole units of currency; a fee estimated from rounded charges is a little off.
            assert ((group["charge"] - fee * group["Total_Amount"]).abs() <= 0.51 + 1e-4 * group["Total_Amount"]).all()


def test_a_customer_who_defaulted_comes_back_less_often(portfolio: Portfolio) -> None:
    loans = portfolio.loans.drop_duplicates("tbl_loan_id").sort_values("disbursement_date")
    recent = loans[(loans["disbursement_date"] >= "2022-07-01") & (loans["due_date"] < "2022-10-25")]
    final = recent["due_date"] + pd.Timedelta(days=1)
    last_loan = recent["customer_id"].map(loans.groupby("customer_id")["disbursement_date"].max())
    came_back = last_loan >= final + pd.Timedelta(days=14)
    bad = recent["target"] == 1
    assert came_back[bad].mean() < came_back[~bad].mean() - 0.1


def test_past_defaults_and_thin_experience_raise_the_true_pd(portfolio: Portfolio) -> None:
    loans = portfolio.loans.drop_duplicates("tbl_loan_id").sort_values(["disbursement_date", "tbl_loan_id"])
    probability = loans["ID"].map(portfolio.truth)
    earlier = loans.groupby("customer_id").cumcount()
    defaults = loans.groupby("customer_id")["target"].cumsum() - loans["target"]
    assert probability[(defaults > 0)].mean() > 1.5 * probability[(defaults == 0) & (earlier > 0)].mean()
    assert probability[earlier == 0].mean() > 1.3 * probability[(earlier >= 10) & (defaults == 0)].mean()


def test_most_of_the_book_is_recent_and_sundays_are_quiet(portfolio: Portfolio) -> None:
    days = portfolio.loans["disbursement_date"]
    assert days.min() == pd.Timestamp("2021-01-01")
    assert days.max() == pd.Timestamp("2022-11-30")
    assert 0.7 < (days > pd.Timestamp("2022-06-30")).mean() < 0.9
    by_weekday = days[days >= "2022-09-01"].dt.dayofweek.value_counts()
    assert by_weekday.idxmax() == 0
    assert by_weekday.idxmin() == 6
