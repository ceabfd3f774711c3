"""One day at the counter: who comes, what they take, from whom, and whether it will be repaid."""

from dataclasses import dataclass

import numpy as np

from credit_platform.simulation.credit_default.catalogue import (
    COUNTRY_LOG_AMOUNT,
    LENDER_CUMULATIVE,
    PRODUCT_CUMULATIVE,
    PRODUCT_LOG_AMOUNT,
    PRODUCT_REPAID_BEFORE,
    SHORTEST_PRODUCT,
    UNSEEN_LENDER,
    Flags,
    Floats,
    Indices,
    draw_by_country,
    draw_longer,
)
from credit_platform.simulation.credit_default.customers import Customers
from credit_platform.simulation.credit_default.policy import declined_by
from credit_platform.simulation.credit_default.risk import QUALITY_LOG_ODDS, true_pd
from credit_platform.simulation.drift import Effects
from credit_platform.simulation.request import Policy

LOYALTY = 0.75
"""Share of loans that a customer takes in the usual product and from the usual lender."""


@dataclass(frozen=True)
class Loans:
    """One day's loans, one entry per loan; amounts in local currency."""

    customer: Indices
    country: Indices
    product: Indices
    lender: Indices
    amount: Floats
    is_new: Flags
    true_pd: Floats
    is_bad: Flags
    is_declined: Flags
    is_explored: Flags


def _usual_or(usual: Indices, cumulative: Floats, *, country: Indices, rng: np.random.Generator) -> Indices:
    other = draw_by_country(cumulative, country=country, rng=rng)
    return np.where(rng.random(len(usual)) < LOYALTY, usual, other)


def _products(
    customers: Customers, numbers: Indices, *, effects: Effects, rng: np.random.Generator, drift: np.random.Generator
) -> Indices:
    country = customers.country[numbers]
    product = _usual_or(customers.home_product[numbers], PRODUCT_CUMULATIVE, country=country, rng=rng)
    eligible = customers.repaid[numbers] >= PRODUCT_REPAID_BEFORE[product]
    product = np.where(eligible, product, SHORTEST_PRODUCT[country])
    moved = drift.random(len(numbers)) < effects.longer_term_share
    return np.where(moved, draw_longer(country, rng=drift), product)


def _lenders(
    customers: Customers, numbers: Indices, *, effects: Effects, rng: np.random.Generator, drift: np.random.Generator
) -> Indices:
    country = customers.country[numbers]
    lender = _usual_or(customers.home_lender[numbers], LENDER_CUMULATIVE, country=country, rng=rng)
    return np.where(drift.random(len(numbers)) < effects.unseen_lender_share, UNSEEN_LENDER, lender)


def _amounts(customers: Customers, numbers: Indices, *, product: Indices, rng: np.random.Generator) -> Floats:
    """Log-normal around the customer's own size, which grows with good history; one loan in thirty is far larger."""
    far_larger = np.where(rng.random(len(numbers)) < 1 / 30, np.minimum(rng.exponential(1.2, len(numbers)), 5.0), 0.0)
    log_amount: Floats = (
        COUNTRY_LOG_AMOUNT[customers.country[numbers]]
        + PRODUCT_LOG_AMOUNT[product]
        + customers.log_size[numbers]
        + 0.20 * np.log1p(customers.repaid[numbers])
        - 0.30 * np.minimum(customers.defaults[numbers], 4)
        + rng.normal(0.0, 0.45, len(numbers))
        + far_larger
    )
    return np.exp(log_amount)


def lend(
    customers: Customers,
    *,
    day: int,
    loans: int,
    new_share: float,
    inflation: Floats,
    effects: Effects,
    policy: Policy,
    streams: tuple[np.random.Generator, np.random.Generator, np.random.Generator],
) -> Loans:
    """Draw a day's applications and book the loans. The second stream serves drift and the third the policy only, so
    the first is untouched by them."""
    rng, drift, deciding = streams
    returning = customers.returning(loans - int(rng.binomial(loans, new_share)), day=day, rng=rng)
    numbers = np.concatenate([returning, customers.arrive(loans - len(returning), rng=rng)])
    rng.shuffle(numbers)
    product = _products(customers, numbers, effects=effects, rng=rng, drift=drift)
    lender = _lenders(customers, numbers, effects=effects, rng=rng, drift=drift)
    amount = np.maximum(np.round(_amounts(customers, numbers, product=product, rng=rng) * effects.amount_factor), 20.0)
    log_amount = np.log(amount)
    is_new = customers.loans[numbers] == 0
    probability = true_pd(
        customers,
        numbers=numbers,
        product=product,
        lender=lender,
        log_amount=log_amount,
        inflation=inflation,
        extra_log_odds=effects.log_odds,
    )
    is_bad = rng.random(len(numbers)) < probability
    seen = np.log(probability / (1 - probability)) + QUALITY_LOG_ODDS * customers.quality[numbers]
    declined, explored = declined_by(policy, seen_risk=seen, rng=deciding)
    customers.borrow(numbers[~declined], log_amount=log_amount[~declined], day=day)
    country = customers.country[numbers]
    return Loans(numbers, country, product, lender, amount, is_new, probability, is_bad, declined, explored)
