"""Do two samples scatter alike?"""

import numpy as np
import scipy

from credit_platform.statistics.arrays import Floats
from credit_platform.statistics.two_sample.finding import NOTHING, Finding


def levene(a: Floats, b: Floats) -> Finding:
    """F of the absolute deviations from each sample's own median (Levene 1960 as Brown and Forsythe 1974 robustified).

    Effect: ln of the ratio of the mean absolute deviations, current to reference; .22 is a quarter more.
    """
    spread = [float(np.abs(values - np.median(values)).mean()) for values in (a, b)]
    if min(a.size, b.size) < 2 or max(spread) == 0:
        return NOTHING
    found = scipy.stats.levene(a, b, center="median")
    # A sample of one repeated value has no spread; its ratio is as large as a float can say.
    ratio = float(np.log(max(spread[1], np.finfo(float).tiny) / max(spread[0], np.finfo(float).tiny)))
    return Finding(float(found.statistic), float(found.pvalue), ratio)
