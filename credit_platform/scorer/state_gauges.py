"""Metrics that are read where they are known when they are asked for: look-ups of states, challengers refused."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from credit_platform.scorer.challengers import Challengers
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


class ChallengerGauges(Collector):
    """A challenger that is not tried answers nobody, so that only this and /health/ready tell."""

    def __init__(self, champions: Champions, challengers: Challengers) -> None:
        self._champions, self._challengers = champions, challengers

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge by use case."""
        found = GaugeMetricFamily(
            "scorer_challenger_refused", "1 while a challenger cannot be tried.", labels=["use_case"]
        )
        problems = self._challengers.problems
        for use_case in sorted({*self._champions.snapshot.served, *problems}):
            found.add_metric([use_case], use_case in problems)
        yield found


def register(registry: CollectorRegistry, champions: Champions, challengers: Challengers) -> None:
    """Adds what these champions' stores and these challengers tell to a registry."""
    registry.register(StateGauges(champions))
    registry.register(ChallengerGauges(champions, challengers))
