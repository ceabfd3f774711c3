"""What is on offer: countries, products and lenders, as columns of numbers that whole days index into.

Codes are those of the public contest data, so that one use-case file serves both; every figure here is invented.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

COUNTRIES = ("Kenya", "Ghana")
COUNTRY_SHARES = np.array([0.94, 0.06])
COUNTRY_LOG_AMOUNT = np.log([3200.0, 300.0])
"""Log of a typical first loan in local currency."""
COUNTRY_LOG_ODDS = np.array([0.0, 0.40])


@dataclass(frozen=True)
class Product:
    """A loan type at one term. ``fee`` is the whole contractual charge as a share of the amount."""

    country: int
    loan_type: str
    days: int
    share: float
    fee: float
    log_odds: float
    log_amount: float
    repaid_before: int = 0
    """Loans that a customer must have repaid before this product is offered."""


PRODUCTS = (
    Product(0, "Type_1", 7, 0.62, 0.012, -0.50, 0.0),
    Product(0, "Type_7", 7, 0.09, 0.035, 0.70, 0.2),
    Product(0, "Type_6", 7, 0.03, 0.030, 0.60, -0.2),
    Product(0, "Type_5", 14, 0.12, 0.055, 0.50, 0.7),
    Product(0, "Type_4", 30, 0.07, 0.090, 1.00, 0.5, 1),
    Product(0, "Type_9", 30, 0.02, 0.110, 1.40, 0.3, 1),
    Product(0, "Type_14", 60, 0.02, 0.160, 1.50, 0.8, 3),
    Product(0, "Type_2", 90, 0.03, 0.210, 1.70, 1.2, 3),
    Product(1, "Type_3", 7, 0.60, 0.025, 0.0, 0.0),
    Product(1, "Type_3", 14, 0.25, 0.045, 0.2, 0.4),
    Product(1, "Type_3", 30, 0.15, 0.085, 0.5, 0.7, 1),
)
PRODUCT_COUNTRY = np.array([p.country for p in PRODUCTS])
PRODUCT_TYPE = np.array([p.loan_type for p in PRODUCTS])
PRODUCT_DAYS = np.array([p.days for p in PRODUCTS])
PRODUCT_FEE = np.array([p.fee for p in PRODUCTS])
PRODUCT_LOG_ODDS = np.array([p.log_odds for p in PRODUCTS])
PRODUCT_LOG_AMOUNT = np.array([p.log_amount for p in PRODUCTS])
PRODUCT_REPAID_BEFORE = np.array([p.repaid_before for p in PRODUCTS])
SHORTEST_PRODUCT = np.array([0, 8])
"""Per country: what a customer gets who is not yet eligible for more."""
LONGEST_TERM = int(PRODUCT_DAYS.max())


@dataclass(frozen=True)
class Lender:
    """A funding partner. ``funded_share`` is what it usually puts into a loan; the platform funds the rest."""

    country: int
    code: int
    share: float
    funded_share: float
    log_odds: float


LENDERS = (
    Lender(0, 267278, 0.70, 0.30, 0.0),
    Lender(0, 251804, 0.17, 0.20, 0.50),
    Lender(0, 245684, 0.08, 0.35, 1.20),
    Lender(0, 267277, 0.05, 0.15, 0.80),
    Lender(1, 296542, 0.55, 0.20, 0.10),
    Lender(1, 297183, 0.45, 0.25, 0.30),
)
UNSEEN_LENDER = len(LENDERS)
"""Index of the lender that appears only under the ``new_lender`` drift."""
LENDER_CODE = np.array([lender.code for lender in LENDERS] + [301466])
LENDER_FUNDED_SHARE = np.array([lender.funded_share for lender in LENDERS] + [0.25])
LENDER_LOG_ODDS = np.array([lender.log_odds for lender in LENDERS] + [1.00])


NEXT_LENDER = np.array([1, 2, 3, 0, 5, 4])
"""Another lender of the same country."""


def _shares(offers: tuple[Product, ...] | tuple[Lender, ...]) -> Floats:
    shares = np.array([[o.share if o.country == c else 0.0 for o in offers] for c in range(len(COUNTRIES))])
    cumulative: Floats = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    return cumulative


PRODUCT_CUMULATIVE = _shares(PRODUCTS)
LENDER_CUMULATIVE = _shares(LENDERS)


def draw_by_country(cumulative: Floats, *, country: Indices, rng: np.random.Generator) -> Indices:
    """One product or lender per customer, by the shares of the customer's country."""
    uniform = rng.random(len(country))[:, None]
    # The comparison stays below the last bound, so rounding of the cumulative sum cannot leave the table.
    drawn: Indices = (uniform >= np.minimum(cumulative[country], 1.0)).sum(axis=1)
    return drawn


def draw_longer(country: Indices, *, rng: np.random.Generator) -> Indices:
    """One product of 30 days or more per customer, evenly among those of its country."""
    drawn = np.zeros(len(country), dtype=np.int64)
    for number in range(len(COUNTRIES)):
        longer = np.flatnonzero((PRODUCT_COUNTRY == number) & (PRODUCT_DAYS >= 30))
        here = country == number
        drawn[here] = rng.choice(longer, size=int(here.sum()))
    return drawn
