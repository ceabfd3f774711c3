"""Values far from the rest of their column, counted, never listed."""

from dataclasses import dataclass

import numpy as np

from credit_platform.statistics.arrays import Floats

FENCE = 1.5
ROBUST_Z = 3.5


@dataclass(frozen=True)
class Outliers:
    """Counts beyond Tukey's fences on either side, and with a robust z above 3.5 (None where half are one value)."""

    below: int
    above: int
    robust: int | None
    rows: int

    @property
    def share(self) -> float:
        """Share of the values present that lie beyond the fences."""
        return (self.below + self.above) / self.rows


def outliers(numbers: Floats) -> Outliers:
    """Of the values present (n,), n > 0.

    Fences: 1.5 interquartile ranges outside the quartiles (Tukey 1977, Exploratory Data Analysis). Robust z:
    |x - median| / (1.4826 MAD) > 3.5 (Iglewicz and Hoaglin 1993), the constant making MAD a standard deviation under
    normality.
    """
    first, middle, third = (float(q) for q in np.quantile(numbers, [0.25, 0.5, 0.75]))
    reach = FENCE * (third - first)
    deviation = np.abs(numbers - middle)
    scale = 1.4826 * float(np.median(deviation))
    return Outliers(
        below=int((numbers < first - reach).sum()),
        above=int((numbers > third + reach).sum()),
        robust=int((deviation > ROBUST_Z * scale).sum()) if scale > 0 else None,
        rows=int(numbers.size),
    )
