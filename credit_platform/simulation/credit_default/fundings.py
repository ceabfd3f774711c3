"""From loans to file rows: one row per (customer, loan, lender) funding, in the columns of the contest data."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit_platform.simulation.credit_default.catalogue import (
    COUNTRIES,
    LENDER_CODE,
    LENDER_CUMULATIVE,
    LENDER_FUNDED_SHARE,
    NEXT_LENDER,
    PRODUCT_DAYS,
    PRODUCT_FEE,
    PRODUCT_TYPE,
    Flags,
    Floats,
    Indices,
    draw_by_country,
)
from credit_platform.simulation.credit_default.lending import Loans

TWO_LENDER_SHARE = 0.03
"""Share of rows that are the second lender's part of a loan (2,134 of 68,654 in the contest data)."""


@dataclass(frozen=True)
class Fundings:
    """``columns`` is what is known at disbursement, in file order; the other arrays align with its rows."""

    columns: dict[str, NDArray[Any]]
    target: Indices
    true_pd: Floats
    days_to_final: Indices
    """Days from disbursement until the label is final: the day after the due date."""
    is_declined: Flags
    is_explored: Flags

    def only(self, rows: Flags) -> "Fundings":
        """Those of the rows where ``rows`` (n,) is true."""
        return Fundings(
            {name: values[rows] for name, values in self.columns.items()},
            self.target[rows],
            self.true_pd[rows],
            self.days_to_final[rows],
            self.is_declined[rows],
            self.is_explored[rows],
        )


def request_table(batch: list[Fundings]) -> pd.DataFrame:
    """The rows of several days in the columns of a daily file."""
    return pd.DataFrame({name: np.concatenate([each.columns[name] for each in batch]) for name in batch[0].columns})


def label_table(batch: list[Fundings]) -> pd.DataFrame:
    """``ID, target, true_pd, days_to_final``, one row per row of ``request_table``."""
    return pd.DataFrame(
        {
            "ID": np.concatenate([each.columns["ID"] for each in batch]),
            "target": np.concatenate([each.target for each in batch]),
            "true_pd": np.concatenate([each.true_pd for each in batch]),
            "days_to_final": np.concatenate([each.days_to_final for each in batch]),
        }
    )


def loans_for(rows: int, *, rng: np.random.Generator) -> int:
    """How many loans make up a day's rows, the others being second fundings."""
    return rows - min(int(rng.binomial(rows, TWO_LENDER_SHARE)), rows // 2)


def _second_fundings(loans: Loans, *, rows: int, rng: np.random.Generator) -> tuple[Indices, Indices]:
    """Large loans are shared more often. Gives the shared loans and, for each, another lender of its country."""
    shared = np.argsort(-(np.log(loans.amount) + rng.gumbel(size=len(loans.amount))))[: rows - len(loans.amount)]
    first = loans.lender[shared]
    second = draw_by_country(LENDER_CUMULATIVE, country=loans.country[shared], rng=rng)
    second = np.where(second == first, NEXT_LENDER[second], second)
    return shared, second


def _funded_shares(lender: Indices, *, rng: np.random.Generator) -> Floats:
    """Mostly the lender's usual share, sometimes a part of it, sometimes nothing; never above one half."""
    kind = rng.random(len(lender))
    part = np.where(kind < 0.70, 1.0, np.where(kind < 0.88, rng.random(len(lender)), 0.0))
    shares: Floats = LENDER_FUNDED_SHARE[lender] * part
    return shares


def _shortest(values: Floats) -> Floats:
    """At most 15 significant digits, as the contest file prints its ratios."""
    return np.array([float(f"{value:.15g}") for value in values])


def fundings_of(
    loans: Loans, *, rows: int, day: dt.date, first_loan: int, first_customer: int, rng: np.random.Generator
) -> Fundings:
    """``rows`` fundings of a day's loans. Charges follow from amount and product alone, so they tell nothing of the
    outcome."""
    shared, second = _second_fundings(loans, rows=rows, rng=rng)
    loan = np.concatenate([np.arange(len(loans.amount)), shared])
    order = np.argsort(loan, kind="stable")
    loan, lender = loan[order], np.concatenate([loans.lender, second])[order]
    product, amount = loans.product[loan], loans.amount[loan]
    charge = np.round(loans.amount * PRODUCT_FEE[loans.product])[loan]
    funded = np.round(amount * _funded_shares(lender, rng=rng), 2)
    portion = _shortest(funded / amount)
    customer, loan_number = loans.customer[loan] + first_customer, loan + first_loan
    code = LENDER_CODE[lender]
    columns: dict[str, NDArray[Any]] = {
        "ID": np.array([f"ID_{c}{n}{x}" for c, n, x in zip(customer, loan_number, code, strict=True)]),
        "customer_id": customer,
        "country_id": np.array(COUNTRIES)[loans.country[loan]],
        "tbl_loan_id": loan_number,
        "lender_id": code,
        "loan_type": PRODUCT_TYPE[product],
        "Total_Amount": amount,
        "Total_Amount_to_Repay": amount + charge,
        "disbursement_date": np.full(rows, day.isoformat()),
        # Eleven dates by product: turning each row's date into text took a fifth of a simulation's time.
        "due_date": (np.datetime64(day, "D") + PRODUCT_DAYS).astype(str)[product],
        "duration": PRODUCT_DAYS[product],
        "New_versus_Repeat": np.where(loans.is_new[loan], "New Loan", "Repeat Loan"),
        "Amount_Funded_By_Lender": funded,
        "Lender_portion_Funded": portion,
        "Lender_portion_to_be_repaid": np.round(portion * (amount + charge)),
    }
    return Fundings(
        columns,
        loans.is_bad[loan].astype(np.int64),
        loans.true_pd[loan],
        PRODUCT_DAYS[product] + 1,
        loans.is_declined[loan],
        loans.is_explored[loan],
    )
