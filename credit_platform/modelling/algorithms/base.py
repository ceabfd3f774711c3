"""What every algorithm is given and what it is: a name, its parameters, and a function to a forest."""

from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

import numpy as np

from credit_platform.modelling.algorithms.space import Space
from credit_platform.modelling.forest import Forest
from credit_platform.modelling.rows import Rows

Parameter = float | int | str | bool | None
Sign = Literal[-1, 0, 1]


R = TypeVar("R", bound=Rows)


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


@dataclass(frozen=True)
class Algorithm(Generic[R]):
    """One algorithm of one task, which fits rows of type ``R``. ``defaults`` holds every parameter that may be set.

    ``sized`` gives what follows from the sample's size, for a parameter that is None. ``space`` is what tuning may
    search: what moves the fit, not what costs time at every answer (the number of trees), which is declared.
    """

    name: str
    defaults: Mapping[str, Parameter]
    fit: Callable[[R, Recipe], Forest]
    space: Space = field(default_factory=dict)
    sized: Mapping[str, Callable[[Sized], int]] = field(default_factory=dict)

    def resolved(self, params: Mapping[str, Parameter], rows: Sized) -> dict[str, Parameter]:
        """Defaults, then ``params``; what is still None is taken from the rows where their number decides."""
        given = {**self.defaults, **params}
        return given | {name: of(rows) for name, of in self.sized.items() if given[name] is None}


def leaf_rows(sample: Sized) -> int:
    """Fewest rows of a leaf: 0.25% of the sample, between 8 (400 rows) and 60 (24,000 rows and more).

    At a 2% bad rate 60 rows expect 1.2 bads: enough, after smoothing, for a leaf to say something.
    """
    return int(np.clip(len(sample) // 400, 8, 60))
