"""The customers: what they are like, which nobody sees, and what the lender has seen of them so far."""

import numpy as np

from credit_platform.simulation.credit_default.catalogue import (
    COUNTRY_SHARES,
    LENDER_CUMULATIVE,
    PRODUCT_CUMULATIVE,
    Flags,
    Floats,
    Indices,
    draw_by_country,
)


class Customers:
    """One array per attribute, indexed by customer number.

    Arrays are allocated for every row of the simulation at once: zeroed pages cost nothing until a customer
    arrives (about one in eight rows), and indices never move.
    """

    def __init__(self, capacity: int) -> None:
        self.count = 0
        self.country = np.zeros(capacity, dtype=np.int64)
        self.quality = np.zeros(capacity)
        """Latent, standard normal; higher repays better."""
        self.log_activity = np.zeros(capacity)
        self.log_size = np.zeros(capacity)
        self.home_product = np.zeros(capacity, dtype=np.int64)
        self.home_lender = np.zeros(capacity, dtype=np.int64)
        self.loans = np.zeros(capacity, dtype=np.int64)
        self.open = np.zeros(capacity, dtype=np.int64)
        self.repaid = np.zeros(capacity, dtype=np.int64)
        self.defaults = np.zeros(capacity, dtype=np.int64)
        self.last_day = np.zeros(capacity, dtype=np.int64)
        self.log_amounts = np.zeros(capacity)
        """Sum over loans of the log amount."""

    def arrive(self, newcomers: int, *, rng: np.random.Generator) -> Indices:
        """New customers; their size and activity hang a little on their quality."""
        numbers = np.arange(self.count, self.count + newcomers)
        self.count += newcomers
        country = rng.choice(len(COUNTRY_SHARES), size=newcomers, p=COUNTRY_SHARES)
        quality = rng.normal(0.0, 1.0, newcomers)
        self.country[numbers] = country
        self.quality[numbers] = quality
        self.log_activity[numbers] = rng.normal(0.0, 0.8, newcomers) + 0.1 * quality
        self.log_size[numbers] = rng.normal(0.0, 0.7, newcomers) + 0.3 * quality
        self.home_product[numbers] = draw_by_country(PRODUCT_CUMULATIVE, country=country, rng=rng)
        self.home_lender[numbers] = draw_by_country(LENDER_CUMULATIVE, country=country, rng=rng)
        return numbers

    def returning(self, wanted: int, *, day: int, rng: np.random.Generator) -> Indices:
        """Distinct customers who come back today, at most half of them, drawn without replacement by appetite.

        An open loan, a past default and a long absence each make a return less likely. Gumbel top-k: Kool, van Hoof
        and Welling (2019), section 2.
        """
        known = slice(0, self.count)
        appetite = (
            self.log_activity[known]
            - 0.9 * self.open[known]
            - 1.1 * self.defaults[known]
            - (day - self.last_day[known]) / 60.0
        )
        wanted = min(wanted, self.count // 2)
        if wanted == 0:
            return np.zeros(0, dtype=np.int64)
        drawn = np.argpartition(-(appetite + rng.gumbel(size=self.count)), wanted - 1)[:wanted]
        return np.sort(drawn)

    def mean_log_amount(self, numbers: Indices) -> Floats:
        """Mean log amount of earlier loans; undefined (0) for newcomers."""
        mean: Floats = self.log_amounts[numbers] / np.maximum(self.loans[numbers], 1)
        return mean

    def borrow(self, numbers: Indices, *, log_amount: Floats, day: int) -> None:
        """Book today's loans; every customer takes at most one a day."""
        self.loans[numbers] += 1
        self.open[numbers] += 1
        self.last_day[numbers] = day
        self.log_amounts[numbers] += log_amount

    def settle(self, numbers: Indices, *, is_bad: Flags) -> None:
        """Labels that became final: a customer may have several, so counts are added up, not assigned."""
        np.subtract.at(self.open, numbers, 1)
        np.add.at(self.defaults, numbers[is_bad], 1)
        np.add.at(self.repaid, numbers[~is_bad], 1)
