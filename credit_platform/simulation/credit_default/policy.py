"""Whom the lender declines: with declined applicants, what history shows is no longer everybody who asked."""

import numpy as np

from credit_platform.simulation.credit_default.catalogue import Flags, Floats
from credit_platform.simulation.request import Policy


def declined_by(policy: Policy, *, seen_risk: Floats, rng: np.random.Generator) -> tuple[Flags, Flags]:
    """Which of a day's applications are declined, and which are approved only to learn from, each (n,).

    The riskiest ``declined_share`` of the day by what the lender sees; of those, each with probability
    ``explored_share`` is approved all the same: a random sample of the declined, whose outcomes become known.
    """
    riskiest = np.zeros(len(seen_risk), dtype=np.bool_)
    count = round(policy.declined_share * len(seen_risk))
    riskiest[np.argsort(-seen_risk, kind="stable")[:count]] = True
    explored = riskiest & (rng.random(len(seen_risk)) < policy.explored_share)
    return riskiest & ~explored, explored
