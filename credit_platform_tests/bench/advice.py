"""The split advisor on simulated portfolios with one leak planted in each, and on rows that share nothing."""

from collections.abc import Iterator

from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.modelling.planted import LEAKS, by_time, clean, independent, named

SEEDS = 20


def benchmarks() -> Iterator[Record]:
    """Leaks named, of twenty of each kind; false alarms on twenty samples of independent rows and of honest ones."""
    for kind, plant in LEAKS.items():
        found = sum(kind in named(plant(seed)) for seed in range(SEEDS))
        yield Record(
            name=f"advice/named/{kind}", value=found, unit=f"of {SEEDS}", goal=Goal(of="value", at_least=SEEDS)
        )
    unrelated = sum(bool(named(independent(seed))) for seed in range(SEEDS))
    repeated = sum(bool(named((clean(seed), by_time(clean(seed))))) for seed in range(SEEDS))
    for name, alarms in (("independent_rows", unrelated), ("repeats_of_customers_split_by_time", repeated)):
        yield Record(
            name=f"advice/false_alarms/{name}", value=alarms, unit=f"of {SEEDS}", goal=Goal(of="value", at_most=0)
        )
