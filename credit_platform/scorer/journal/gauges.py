"""What an operator watches of the journal."""

from prometheus_client import CollectorRegistry, Gauge

from credit_platform.scorer.journal.journal import Journal


def register(registry: CollectorRegistry, journal: Journal) -> None:
    """Gauges that are asked when they are read, so that a request pays nothing for them."""
    waiting = Gauge("scorer_journal_waiting_decisions", "Decisions that wait for their commit.", registry=registry)
    failing = Gauge("scorer_journal_failing", "1 while no decision can be recorded.", registry=registry)
    waiting.set_function(lambda: journal.waiting)
    failing.set_function(lambda: journal.problem is not None)
