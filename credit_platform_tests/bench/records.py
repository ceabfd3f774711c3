"""What a benchmark reports: a figure, what it is measured against, and whether its goal holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Written = dict[str, Any]
"""A record as bench.json keeps it: name, value, unit, peer, ratio, goal (in words), holds."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A bound on the figure itself or on how many times better it is than the peer's."""

    of: Literal["value", "ratio"]
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, record: "Record") -> bool:
        found = record.value if self.of == "value" else record.ratio
        if found is None:
            raise ValueError(f"benchmark {record.name!r} has a goal on its ratio but no peer")
        above = self.at_least is None or found >= self.at_least
        return above and (self.at_most is None or found <= self.at_most)

    def __str__(self) -> str:
        bounds = {">=": self.at_least, "<=": self.at_most}
        return " and ".join(f"{self.of} {sign} {bound:g}" for sign, bound in bounds.items() if bound is not None)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One line of the table. ``ratio``: times better than the peer, measured in the same run; None without a peer."""

    name: str
    value: float
    unit: str
    goal: Goal
    peer: str | None = None
    ratio: float | None = None

    def as_json(self) -> Written:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "ratio": self.ratio,
            "goal": str(self.goal),
            "holds": self.goal.holds(self),
        }


Benchmark = Callable[[], Iterator[Record]]
