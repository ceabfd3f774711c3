"""Each kind of drift moves what it says, from its date on, and nothing before."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from credit_platform.simulation import DRIFT_KINDS, Drift, SimulationError, parse_drift, simulate
from credit_platform_tests.simulation.portfolios import FIRST_DAY, Portfolio, read_portfolio

ROWS, DAYS, SEED = 2_000, 6, 5
FROM = dt.date(2022, 12, 3)


def _with(folder: Path, *drift: Drift) -> Portfolio:
    return read_portfolio(
        simulate("credit_default", rows=ROWS, first_day=FIRST_DAY, days=DAYS, seed=SEED, folder=folder, drift=drift)
    )


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    return _with(tmp_path_factory.mktemp("calm"))


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Portfolio]:
    return {kind: _with(tmp_path_factory.mktemp(kind), Drift(kind, FROM)) for kind in DRIFT_KINDS}


def _first_day_pairs(calm: Portfolio, drifted: Portfolio) -> pd.DataFrame:
    """The same loans with and without drift: on its first day the same customers come."""
    before, after = (
        each.daily.assign(true_pd=each.daily["ID"].map(each.truth)).query("disbursement_date == @FROM")
        for each in (calm, drifted)
    )
    assert before["customer_id"].tolist() == after["customer_id"].tolist()
    return before.reset_index(drop=True).join(after.reset_index(drop=True), rsuffix="_after")


@pytest.mark.parametrize("kind", DRIFT_KINDS)
def test_nothing_changes_before_the_date(calm: Portfolio, drifted: dict[str, Portfolio], kind: str) -> None:
    for name in ("loans.csv", "new_data_20221201.csv", "new_data_20221202.csv", "economic_indicators.csv"):
        assert (calm.summary.folder / name).read_bytes() == (drifted[kind].summary.folder / name).read_bytes()
    assert calm.summary.mean_true_pd != drifted[kind].summary.mean_true_pd


def test_amount_shift_adds_forty_percent(calm: Portfolio, drifted: dict[str, Portfolio]) -> None:
    pairs = _first_day_pairs(calm, drifted["amount_shift"])
    assert len(pairs) > 10
    ratio = pairs["Total_Amount_after"] / pairs["Total_Amount"]
    assert np.median(ratio) == pytest.approx(1.4, abs=0.005)
    assert (pairs["loan_type_after"] == pairs["loan_type"]).all()


def test_risk_up_adds_one_to_the_log_odds_and_leaves_the_request(
    calm: Portfolio, drifted: dict[str, Portfolio]
) -> None:
    pairs = _first_day_pairs(calm, drifted["risk_up"])
    log_odds, after = (np.log(p / (1 - p)) for p in (pairs["true_pd"], pairs["true_pd_after"]))
    assert (after - log_odds - 1).abs().max() < 0.005
    assert (pairs["Total_Amount_after"] == pairs["Total_Amount"]).all()
    assert (pairs["ID_after"] == pairs["ID"]).all()


def test_new_lender_brings_a_lender_that_history_does_not_know(calm: Portfolio, drifted: dict[str, Portfolio]) -> None:
    portfolio = drifted["new_lender"]
    after = portfolio.daily[portfolio.daily["disbursement_date"] >= pd.Timestamp(FROM)]
    unseen = ~after["lender_id"].isin(portfolio.loans["lender_id"])
    assert 0.07 < unseen.mean() < 0.25
    assert after.loc[unseen, "lender_id"].nunique() == 1
    assert calm.daily["lender_id"].isin(calm.loans["lender_id"]).all()


def test_mix_shift_moves_loans_to_longer_terms(calm: Portfolio, drifted: dict[str, Portfolio]) -> None:
    def long_share(portfolio: Portfolio) -> float:
        return float((portfolio.daily.query("disbursement_date >= @FROM")["duration"] >= 30).mean())

    assert long_share(calm) < 0.15
    assert long_share(drifted["mix_shift"]) > long_share(calm) + 0.2


def test_a_drift_is_read_from_its_text() -> None:
    assert parse_drift("risk_up@2022-12-03") == Drift("risk_up", FROM)
    assert str(Drift("risk_up", FROM)) == "risk_up@2022-12-03"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flood@2022-12-03", "unknown kind 'flood', expected one of amount_shift, risk_up, new_lender, mix_shift"),
        ("risk_up", "'' is not a date; write risk_up@YYYY-MM-DD"),
        ("risk_up@3.12.2022", "'3.12.2022' is not a date"),
    ],
)
def test_a_drift_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(SimulationError) as refused:
        parse_drift(text)
    assert said in str(refused.value)


def test_a_drift_outside_the_daily_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="risk_up@2022-11-30 starts outside the daily files 2022-12-01 to"):
        _with(tmp_path, Drift("risk_up", dt.date(2022, 11, 30)))
