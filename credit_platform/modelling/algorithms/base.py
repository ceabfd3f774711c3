"""What every algorithm is given and what it is: a name, its parameters, and a function to a forest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from credit_platform.modelling.forest import Forest
from credit_platform.modelling.sample import Sample

Parameter = float | int | str | bool | None
Sign = Literal[-1, 0, 1]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to fit: every parameter of the algorithm resolved, and the sign of each feature's effect (0: free)."""

    params: Mapping[str, Parameter]
    signs: tuple[Sign, ...]
    seed: int
    threads: int

    def number(self, name: str) -> float:
        """A parameter that must be a number; ValueError says what was found."""
        value = self.params[name]
        if value is None or isinstance(value, str):
            raise ValueError(f"parameter {name!r} is {value!r}, expected a number; correct it under algorithms:")
        return float(value)

    def integer(self, name: str) -> int:
        """A parameter that must be a whole number; ValueError says what was found."""
        value = self.number(name)
        if not value.is_integer():
            raise ValueError(f"parameter {name!r} is {value}, expected a whole number; correct it under algorithms:")
        return int(value)

    def count_or(self, name: str, default: int) -> int:
        """A whole number, or ``default`` where the parameter is None."""
        return default if self.params[name] is None else self.integer(name)


@dataclass(frozen=True)
class Algorithm:
    """``defaults`` holds every parameter that may be set; None there means chosen from the sample's size."""

    name: str
    defaults: Mapping[str, Parameter]
    fit: Callable[[Sample, Recipe], Forest]


def leaf_rows(sample: Sample) -> int:
    """Fewest rows of a leaf: 0.25% of the sample, between 8 (400 rows) and 60 (24,000 rows and more).

    At a 2% bad rate 60 rows expect 1.2 bads: enough, after smoothing, for a leaf to say something.
    """
    return int(np.clip(len(sample) // 400, 8, 60))
