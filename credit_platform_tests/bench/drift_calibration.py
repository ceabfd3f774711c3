"""Drift alarms: how often they are false, by row and by whole customers, and what they catch."""

from collections.abc import Iterator

import numpy as np

from credit_platform.statistics.references import Reference, column_drift, reference_of
from credit_platform.statistics.stability import drift_test
from credit_platform_tests.bench.calm_windows import COLUMNS, REFERENCE_ROWS, SIZES, drawn, windows
from credit_platform_tests.bench.records import Goal, Record

WINDOWS, REFERENCES = 1_000, 10
FIXED = 0.10
"""The rule of thumb that knows no sample size."""


def benchmarks() -> Iterator[Record]:
    """False alarms of calm windows, then what a move, a gap and one absurd value do."""
    for name, of_reference, of_window in (
        ("rows", False, False),
        ("customers", True, True),
        ("customers_beside_a_reference_of_rows", False, True),
    ):
        yield false_alarms(name, of_reference=of_reference, of_window=of_window)
    yield from without_what_they_know()
    yield from caught()
    yield absurd_values()


def false_alarms(name: str, *, of_reference: bool, of_window: bool) -> Record:
    """The worst of five columns; ten references each, so that no one reference's luck decides."""
    rates = {
        column: float(
            np.mean(
                [
                    column_drift(reference, window.values, entity=window.customer).is_alarm
                    for seed, reference in enumerate(references(column, by_customer=of_reference))
                    for window in windows(column, count=WINDOWS // REFERENCES, by_customer=of_window, seed=seed)
                ]
            )
        )
        for column in COLUMNS
    }
    worst = max(rates, key=lambda column: rates[column])
    return Record(
        name=f"statistics/false_alarms_by_{name}",
        value=rates[worst],
        unit=f"of {WINDOWS:,} calm windows at the 1% level, worst of {len(COLUMNS)} columns ({worst})",
        goal=Goal(of="value", at_most=0.025),
    )


def references(column: str, *, by_customer: bool) -> Iterator[Reference]:
    generator = np.random.default_rng(1)
    for seed in range(REFERENCES):
        sample = drawn(column, generator, rows=REFERENCE_ROWS, by_customer=by_customer)
        yield reference_of(sample.values, entity=sample.customer, seed=seed)


def without_what_they_know() -> Iterator[Record]:
    """The same windows judged by a fixed threshold, and by one that knows the rows but not the customers."""
    histogram = next(references("lognormal amounts", by_customer=True)).histogram
    small = [
        w.values
        for w in windows("lognormal amounts", count=WINDOWS, by_customer=False, seed=5)
        if w.values.size == SIZES[0]
    ]
    yield Record(
        name="statistics/false_alarms_of_a_fixed_threshold",
        value=float(np.mean([drift_test(histogram, values).psi > FIXED for values in small])),
        unit=f"of calm windows of {SIZES[0]} rows have PSI > {FIXED:.2f}: why a threshold needs the sample size",
        goal=Goal(of="value", at_least=0.1),
    )
    whole = windows("lognormal amounts", count=WINDOWS // 5, by_customer=True, seed=6)
    yield Record(
        name="statistics/false_alarms_without_design_effect",
        value=float(np.mean([drift_test(histogram, window.values).p_value < 0.01 for window in whole])),
        unit="of calm windows of whole customers: why it needs their clusters",
        goal=Goal(of="value", at_least=0.25),
    )


def caught() -> Iterator[Record]:
    """A move of the median by 22% in 1,000 rows, and 25% missing where 5% were, in 100."""
    generator = np.random.default_rng(7)
    amounts = reference_of(generator.lognormal(9, 1, REFERENCE_ROWS))
    moved = [column_drift(amounts, 1.22 * generator.lognormal(9, 1, 1_000)) for _ in range(WINDOWS)]
    yield Record(
        name="statistics/median_22_percent_higher",
        value=float(np.mean([found.is_alarm for found in moved])),
        unit=f"caught at 1,000 rows, {np.mean([r.psi > FIXED for r in moved]):.1%} by PSI > {FIXED:.2f}",
        goal=Goal(of="value", at_least=0.99),
    )
    gaps = reference_of(_with_gaps(generator, 0.05, REFERENCE_ROWS))
    yield Record(
        name="statistics/missing_5_to_25_percent",
        value=float(
            np.mean([column_drift(gaps, _with_gaps(generator, 0.25, 100)).is_missing_alarm for _ in range(WINDOWS)])
        ),
        unit="caught at 100 rows",
        goal=Goal(of="value", at_least=0.99),
    )


def _with_gaps(generator: np.random.Generator, rate: float, rows: int) -> np.ndarray:
    return np.where(generator.random(rows) < rate, np.nan, generator.normal(size=rows))


def absurd_values() -> Record:
    """Calm and moved windows with and without one more row of 1e9."""
    generator = np.random.default_rng(8)
    reference = reference_of(generator.lognormal(9, 1, REFERENCE_ROWS))
    changed = 0
    for number, window in enumerate(windows("lognormal amounts", count=WINDOWS, by_customer=False, seed=9)):
        values = window.values * (1 + 0.05 * (number % 5))
        poisoned = np.append(values, 1e9)
        changed += column_drift(reference, values).is_alarm != column_drift(reference, poisoned).is_alarm
    return Record(
        name="statistics/verdicts_changed_by_one_absurd_value",
        value=changed,
        unit=f"of {WINDOWS:,} windows, calm and moved",
        goal=Goal(of="value", at_most=0),
    )
