"""Search spaces as data: parameter name -> the values that tuning may try."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; ``log`` tries each order of magnitude equally often."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError(f"range from {self.low} to {self.high}: expected low < high, and low > 0 where log is set")

    def __contains__(self, value: object) -> bool:
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
            return False
        return self.low <= value <= self.high and (not self.whole or float(value).is_integer())

    def __str__(self) -> str:
        words = [f"{self.low:g} to {self.high:g}", "whole" if self.whole else "", "log" if self.log else ""]
        return ", ".join(word for word in words if word)


@dataclass(frozen=True)
class Choice:
    """One of a few values without an order."""

    options: tuple[float | int | str | bool, ...]

    def __contains__(self, value: object) -> bool:
        return value in self.options

    def __str__(self) -> str:
        return "one of " + ", ".join(map(str, self.options))


Dimension: TypeAlias = Range | Choice
Space: TypeAlias = Mapping[str, Dimension]
