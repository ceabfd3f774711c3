"""Intervals of experiments read at many looks: how often they leave out a truth, beside fixed-time ones."""

from collections.abc import Iterator

import numpy as np

from credit_platform.statistics.experiments.means import compare_means
from credit_platform.statistics.experiments.sequential import always_valid_difference, betting_interval
from credit_platform_tests.bench.records import Goal, Record

EXPERIMENTS, ROWS, RATE = 1_000, 5_000, 0.08
LOOKS = np.unique(np.geomspace(100, ROWS, 30).astype(int))
PEER = "Welch's interval at every look"


def benchmarks() -> Iterator[Record]:
    """A/A tests: both arms have the same rate, and somebody looks thirty times."""
    wrong = np.array([_wrong(np.random.default_rng(seed)) for seed in range(EXPERIMENTS)]).mean(axis=0)
    fixed, sequence, betting = (float(rate) for rate in wrong)
    yield Record(
        name="statistics/false_winners_at_30_looks",
        value=sequence,
        unit=f"of {EXPERIMENTS:,} A/A tests at 5%, confidence sequence of the difference",
        peer=PEER,
        ratio=fixed / max(sequence, 1 / EXPERIMENTS),
        goal=Goal(of="value", at_most=0.05),
    )
    yield Record(
        name="statistics/false_rates_at_every_row",
        value=betting,
        unit=f"of {EXPERIMENTS:,} rates left out at any of {ROWS:,} rows at 5%, betting interval",
        goal=Goal(of="value", at_most=0.05),
    )


def _wrong(generator: np.random.Generator) -> tuple[bool, bool, bool]:
    bad, treated = (generator.random(ROWS) < RATE).astype(float), generator.random(ROWS) < 0.5
    fixed = any(compare_means(bad[:n], treated[:n]).is_significant for n in LOOKS)
    sequence = any(always_valid_difference(bad[:n], treated[:n], tightest_at=2_000).is_significant for n in LOOKS)
    # Capital won once stays won: the last interval leaves out what any earlier one did.
    held = betting_interval(bad)
    return fixed, sequence, not held.low <= RATE <= held.high
