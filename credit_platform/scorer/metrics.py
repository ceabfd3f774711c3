"""Prometheus metrics of one scorer; labels are names of use cases, releases and bands, never values of a request."""

import threading
from collections import Counter as Counts
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from credit_platform.scorer.champions import Champions
from credit_platform.scorer.descriptions import expired_overrides
from credit_platform.scorer.security.limits import Room
from credit_platform.scorer.traffic import Part

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_POINTS = tuple(range(300, 901, 25))


class Metrics:
    """A registry per scorer, so that two of them in one process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # Gauges of champions are taken back and set anew: one telling at a time.
        self._telling = threading.Lock()
        self._series = dict[tuple[int | str, ...], Any]()
        self.requests = Counter("scorer_requests", "Requests answered.", ["route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "scorer_request_seconds", "Seconds to answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.decisions = Counter(
            "scorer_decisions", "Decisions by band.", ["use_case", "release_id", "band"], registry=self.registry
        )
        self.warned = Counter(
            "scorer_warned_decisions", "Decisions that carry a warning.", ["use_case"], registry=self.registry
        )
        self.champion = Gauge(
            "scorer_champion", "1 for the release in service.", ["use_case", "release_id"], registry=self.registry
        )
        self.refused = Gauge(
            "scorer_champion_refused",
            "1 while the newest champion cannot be served.",
            ["use_case"],
            registry=self.registry,
        )
        self.expired = Gauge(
            "scorer_override_expired",
            "1 while a champion is in force by an override whose last day has passed.",
            ["use_case"],
            registry=self.registry,
        )
        self.swaps = Gauge("scorer_champion_swaps", "Champions loaded since start.", registry=self.registry)

        self.refusals = Counter(
            "scorer_refused_requests",
            "Requests refused, by error code; of callers by reason.",
            ["code", "reason"],
            registry=self.registry,
        )
        self.scores = Histogram("scorer_score", "Points.", ["use_case"], buckets=_POINTS, registry=self.registry)
        self.in_flight = Gauge("scorer_requests_in_flight", "Requests being answered.", registry=self.registry)
        self.dropped_lines = Counter(
            "scorer_dropped_access_lines",
            "Lines of the access log that were dropped, since their stream did not take them.",
            registry=self.registry,
        )
        self.held = Gauge("scorer_body_bytes_held", "Bytes of bodies being held.", registry=self.registry)

    def watch(self, room: Room) -> None:
        """What is being answered is read when it is asked for."""
        self.in_flight.set_function(lambda: room.requests)
        self.held.set_function(lambda: room.bytes)

    def answered(self, route: str, status: int, *, seconds: float) -> None:
        """Counts one request."""
        self._of(self.seconds, route).observe(seconds)
        self._of(self.requests, route, str(status)).inc()

    def _of(self, metric: Any, *labels: str) -> Any:
        """A series, found once: to look one up takes longer than to count. Routes, statuses, bands: a handful."""
        key: tuple[int | str, ...] = (id(metric), *labels)
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = metric.labels(*labels)
        return found

    def count_refusal(self, code: str, reason: str) -> None:
        """Counts one refusal; codes and reasons are the handfuls of words in this package."""
        self.refusals.labels(code, reason).inc()

    def count(self, part: Part) -> None:
        """Counts decisions of one release."""
        use_case, release_id = part.served.pointer.use_case, part.served.loaded.release.release_id
        for band, count in Counts(each.band for each in part.decisions).items():
            self._of(self.decisions, use_case, release_id, band).inc(count)
        scores = self._of(self.scores, use_case)
        for each in part.decisions:
            scores.observe(each.score)
        warned = sum(bool(told or each.warnings) for told, each in zip(part.looked.told, part.decisions, strict=True))
        if warned:
            self._of(self.warned, use_case).inc(warned)

    def exposition(self, champions: Champions) -> bytes:
        """Everything in Prometheus' text format, with the champions as they are now."""
        with self._telling:
            return self._told(champions)

    def _told(self, champions: Champions) -> bytes:
        snapshot = champions.snapshot
        self.champion.clear()
        self.refused.clear()
        self.expired.clear()
        for use_case, served in snapshot.served.items():
            self.champion.labels(use_case, served.pointer.release_id).set(1)
            self.refused.labels(use_case).set(0)
        expired = expired_overrides(champions)
        for use_case in snapshot.served:
            self.expired.labels(use_case).set(use_case in expired)
        for use_case in snapshot.problems:
            self.refused.labels(use_case).set(1)
        self.swaps.set(snapshot.swaps)
        return generate_latest(self.registry)
