"""Look-ups of entity states as metrics: how many were found, were of newcomers, or came from elsewhere."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from credit_platform.scorer.champions import Champions


class StateGauges(Collector):
    """Reads the stores' own counts when the metrics are asked for, so that a look-up costs nothing more."""

    def __init__(self, champions: Champions) -> None:
        self._champions = champions

    def collect(self) -> Iterator[CounterMetricFamily]:
        """One counter by use case and outcome."""
        found = CounterMetricFamily(
            "scorer_state_lookups",
            "Entities looked up: found, no_history, read_through (refilled Redis), degraded (this machine's copy).",
            labels=["use_case", "outcome"],
        )
        for use_case, served in sorted(self._champions.snapshot.served.items()):
            for outcome, count in sorted(served.store.counted().items()):
                found.add_metric([use_case, outcome], count)
        yield found


def register(registry: CollectorRegistry, champions: Champions) -> None:
    """Adds the look-ups of these champions' stores to a registry."""
    registry.register(StateGauges(champions))
