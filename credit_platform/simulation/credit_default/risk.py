"""The truth: the probability that a loan goes bad, as a logistic function of customer, history, terms and economy."""

import numpy as np

from credit_platform.simulation.credit_default.catalogue import (
    COUNTRY_LOG_AMOUNT,
    COUNTRY_LOG_ODDS,
    LENDER_LOG_ODDS,
    PRODUCT_LOG_AMOUNT,
    PRODUCT_LOG_ODDS,
    Floats,
    Indices,
)
from credit_platform.simulation.credit_default.customers import Customers

INTERCEPT = -3.45
"""Set so that about one row in twenty goes bad; portfolios of every size have the same mix, so one value does."""
NORMAL_INFLATION = 8.0
QUALITY_LOG_ODDS = 0.90
"""How much safer one standard deviation of a customer's quality is, which no lender sees."""


def true_pd(
    customers: Customers,
    *,
    numbers: Indices,
    product: Indices,
    lender: Indices,
    log_amount: Floats,
    inflation: Floats,
    extra_log_odds: float,
) -> Floats:
    """Probability of bad per loan, shape (loans,), from state before the loan is booked; six decimals."""
    country = customers.country[numbers]
    is_new = customers.loans[numbers] == 0
    ordinary = COUNTRY_LOG_AMOUNT[country] + PRODUCT_LOG_AMOUNT[product]
    usual = np.where(is_new, ordinary, customers.mean_log_amount(numbers))
    stretch = np.clip(log_amount - usual, -2.0, 3.0)
    log_odds = (
        INTERCEPT
        + extra_log_odds
        - QUALITY_LOG_ODDS * customers.quality[numbers]
        + 1.10 * np.minimum(customers.defaults[numbers], 4)
        - 0.60 * np.log1p(customers.repaid[numbers])
        + 0.45 * np.minimum(customers.open[numbers], 3)
        + np.where(is_new, 0.60, 1.00) * stretch
        + PRODUCT_LOG_ODDS[product]
        + LENDER_LOG_ODDS[lender]
        + COUNTRY_LOG_ODDS[country]
        + 0.04 * (inflation[country] - NORMAL_INFLATION)
    )
    probability: Floats = np.round(1.0 / (1.0 + np.exp(-log_odds)), 6)
    return probability
