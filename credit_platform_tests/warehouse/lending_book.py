"""A small random lending book with every trap of the real one: shared loans, late labels, loans of a day, no label."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

FIRST_DAY = pd.Timestamp("2022-12-01")
LAST_DAY = pd.Timestamp("2022-12-09")
LENDERS = np.array(["267278", "251804", "245684"])
INDICATORS = (
    "Inflation, consumer prices (annual %)",
    "Official exchange rate (LCU per US$, period average)",
    "Lending interest rate (%)",
    "Unemployment rate",
)
HIDDEN = ["role", "target"]


def fundings(loans: int, *, customers: int, seed: int, days: int = 253) -> pd.DataFrame:
    """One row per funding of the ``days`` up to LAST_DAY, with its role (loans, applications or applications_history)
    and label."""
    rng = np.random.default_rng(seed)
    amount = np.round(rng.lognormal(8, 1, loans), 2)
    term = rng.choice([7, 14, 30], loans)
    start = LAST_DAY - pd.to_timedelta(days - 1 - rng.integers(0, days, loans), unit="D")
    book = pd.DataFrame(
        {
            "customer_id": rng.integers(0, customers, loans).astype(str),
            "country_id": rng.choice(["Kenya", "Ghana"], loans, p=[0.8, 0.2]),
            "loan_id": [f"loan{number:05d}" for number in range(loans)],
            "loan_type": rng.choice(["Type_1", "Type_7"], loans),
            "new_versus_repeat": rng.choice(["New Loan", "Repeat Loan"], loans),
            "total_amount": amount,
            "total_amount_to_repay": np.round(amount * rng.uniform(1, 1.6, loans), 2),
            "duration_days": term,
            "disbursement_date": start,
            "due_date": start + pd.to_timedelta(term, unit="D"),
            "lenders": rng.choice([1, 2], loans, p=[0.9, 0.1]),
        }
    )
    rows = book.loc[book.index.repeat(book["lenders"])].drop(columns="lenders").reset_index(drop=True)
    second = rows.duplicated("loan_id").to_numpy()
    first_lender = rng.integers(0, 3, len(rows))
    first_lender[second] = (first_lender[np.flatnonzero(second) - 1] + 1) % 3
    rows["lender_id"] = LENDERS[first_lender]
    rows["funding_id"] = "ID_" + rows["loan_id"] + rows["lender_id"]
    rows["lender_portion_funded"] = np.round(rng.uniform(0, 1, len(rows)), 4)
    rows["amount_funded_by_lender"] = np.round(rows["total_amount"] * rows["lender_portion_funded"], 2)
    rows["lender_portion_to_be_repaid"] = np.round(rows["amount_funded_by_lender"] * 1.1, 2)
    rows["target"] = (rng.uniform(size=len(rows)) < 0.25).astype(int)
    past = np.where(rng.uniform(size=len(rows)) < 0.15, "applications_history", "loans")
    rows["role"] = np.where(rows["disbursement_date"] >= FIRST_DAY, "applications", past)
    return rows


def raw_frames(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The raw tables of a book; outcomes come the day after the due date, of every third request five days late."""
    frames: dict[str, pd.DataFrame] = {}
    for role in ("loans", "applications", "applications_history"):
        chosen = rows[rows["role"] == role]
        frames[role] = chosen.drop(columns=["role"] if role == "loans" else HIDDEN)
    frames["applications"] = frames["applications"].assign(source_day=lambda frame: frame["disbursement_date"])
    requests = rows[rows["role"] == "applications"].sort_values("funding_id")
    outcomes = requests[["funding_id", "target"]].assign(source_day=requests["due_date"] + pd.Timedelta(days=1))
    outcomes["source_line"] = np.arange(len(outcomes)) + 2
    outcomes.loc[outcomes["source_line"] % 3 == 0, "source_day"] += pd.Timedelta(days=5)
    frames["outcomes"] = outcomes
    frames["economic_indicators"] = indicators()
    return frames


def indicators() -> pd.DataFrame:
    """Two countries, four indicators, figures for 2020 to 2022; Ghana has no unemployment figure for 2021."""
    rows: list[dict[str, object]] = []
    for country in ("Kenya", "Ghana"):
        for number, indicator in enumerate(INDICATORS):
            years = {f"yr{year}": 5.0 + number + (year - 2020) * 0.25 for year in (2020, 2021, 2022)}
            rows.append({"country_id": country, "indicator_name": indicator, **years})
    rows[-1]["yr2021"] = None
    return pd.DataFrame(rows)


def events(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every funding with the day on which its label is final (missing while it has none), as the facts define it."""
    parts = [frames["loans"], frames["applications_history"]]
    reported = frames["outcomes"].rename(columns={"source_day": "reported"})[["funding_id", "target", "reported"]]
    parts.append(frames["applications"].merge(reported, on="funding_id", how="left"))
    rows = pd.concat(parts, ignore_index=True)
    after_due = rows["due_date"] + pd.Timedelta(days=1)
    final = rows["reported"].where(rows["reported"] > after_due, after_due)
    return rows.assign(final=final.where(rows["target"].notna()))
