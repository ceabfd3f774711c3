"""The smallest change of a request that would have been accepted: searched on request fields, decided by the release.

The fields are what an applicant can change, never the features made from them: every candidate goes through the
feature program and the forest like any request, so features stay consistent and no answer is given that was not
decided. Distance is in quantiles (Ustun, Spangher and Liu 2019, section 2.3): the share of observed values that a
change passes.

Of one field every observed value is tried, nearest first, so no smaller change to a value that occurs is accepted. Two
fields would be their product: a grid of quantiles is tried, and what it finds is brought nearer one field at a time,
until neither change can be made smaller by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from credit_platform.contracts.score import Actionable
from credit_platform.engine.canonical import probabilities
from credit_platform.engine.columns import build_table, typed
from credit_platform.engine.decisions import decide
from credit_platform.engine.errors import InputError
from credit_platform.engine.releases import LoadedRelease
from credit_platform.engine.vectors import Table, Vector

MOST_VALUES = 10_000
"""Distinct values of one field; of more, as many quantiles: then a change may be .01% further than it need be."""
_PAIR = 25
"""Quantiles tried of each of two together."""
_AT_ONCE = 64
"""Decided together at first, then twice as many each time: most ways back are near."""


@dataclass(frozen=True)
class Step:
    """One field's change and the share of observed values that it passes."""

    field: str
    before: float
    after: float
    distance: float


@dataclass(frozen=True)
class Counterfactual:
    """A request that is accepted, as changes of one that was declined: at most two fields, the nearest tried."""

    steps: tuple[Step, ...]
    before: float
    after: float
    """Probability of bad."""

    @property
    def distance(self) -> float:
        return _distance(self.steps)


@dataclass(frozen=True)
class _Asked:
    """A declined unit, by input, with what can change of it and the values that occur (n,), ascending."""

    loaded: LoadedRelease
    inputs: Mapping[str, object]
    actionable: tuple[Actionable, ...]
    observed: Mapping[str, np.ndarray]
    probability: float

    @cached_property
    def columns(self) -> Mapping[str, Vector]:
        """What the features read of it, one row each."""
        one = {name: [value] for name, value in self.inputs.items()}
        return build_table(one, types=self.loaded.program.inputs, size=1).columns

    def is_declined(self, changed: Sequence[Mapping[str, object]]) -> np.ndarray:
        """Whether the release declines the unit with each of these changes of the same inputs, (n,) of bool.

        As ``decide`` does, with columns that stay the same read once: that is 34 of 36.
        """
        program, size = self.loaded.program, len(changed)
        columns = {
            name: typed([row[name] for row in changed], kind=program.inputs[name], name=name)
            if name in changed[0]
            else Vector(np.repeat(kept.values, size), np.repeat(kept.null, size))
            for name, kept in self.columns.items()
        }
        margin = self.loaded.forest.margin(program.encoded(Table(columns, size)).matrix)
        return probabilities(margin) >= self.loaded.release.cut_off


def counterfactual(
    loaded: LoadedRelease,
    inputs: Mapping[str, object],
    *,
    actionable: Sequence[Actionable],
    observed: Mapping[str, np.ndarray],
) -> Counterfactual | None:
    """The accepted request nearest to a declined one (one value per input), or None if none of those tried is.

    ``observed`` gives the values of each actionable field that occur, (n,) ascending without missing ones: nothing
    outside them, and nothing but them, is proposed. Raises InputError if the unit is not declined.
    """
    present = decide(loaded, {name: [value] for name, value in inputs.items()}, reasons="none")[0]
    if not present.prediction:
        raise InputError(f"a unit of probability {present.probability} is accepted; only a declined one has a way back")
    usable = tuple(each for each in actionable if inputs.get(each.field) is not None)
    asked = _Asked(loaded, inputs, usable, observed, present.probability)
    single = [_nearest_accepted(asked, [(step,) for step in _steps(asked, each)]) for each in usable]
    best = min((found for found in single if found is not None), key=lambda each: each.distance, default=None)
    for pair in combinations(usable, 2):
        within = np.inf if best is None else best.distance
        best = _nearest_pair(asked, pair, within=within) or best
    return best


def _nearest_pair(asked: _Asked, pair: tuple[Actionable, Actionable], *, within: float) -> Counterfactual | None:
    """The nearest of the grid that is nearer than ``within``, then nearer in each field while that is accepted."""
    grids = [_steps(asked, each, most=_PAIR) for each in pair]
    tried = [(one, other) for one in grids[0] for other in grids[1] if one.distance + other.distance < within]
    found = _nearest_accepted(asked, tried)
    while found is not None:
        nearer = min(_nearer(asked, pair, found), key=lambda each: each.distance, default=None)
        if nearer is None:
            return found
        found = nearer
    return None


def _nearer(asked: _Asked, pair: tuple[Actionable, Actionable], found: Counterfactual) -> Iterator[Counterfactual]:
    for changed, kept in ((0, 1), (1, 0)):
        smaller = [s for s in _steps(asked, pair[changed]) if s.distance < found.steps[changed].distance]
        both = [tuple(sorted((step, found.steps[kept]), key=lambda s: s.field != pair[0].field)) for step in smaller]
        nearer = _nearest_accepted(asked, both)
        if nearer is not None:
            yield nearer


def _nearest_accepted(asked: _Asked, tried: Sequence[tuple[Step, ...]]) -> Counterfactual | None:
    """The first accepted in the order of the distance; decided in growing parts."""
    ordered = sorted(tried, key=_distance)
    start, size = 0, _AT_ONCE
    while start < len(ordered):
        part = ordered[start : start + size]
        rows = [_together(steps, asked.actionable, asked.inputs) for steps in part]
        accepted = np.flatnonzero(~asked.is_declined(rows))
        if accepted.size:
            unit = dict(asked.inputs) | rows[accepted[0]]
            decision = decide(asked.loaded, {name: [value] for name, value in unit.items()}, reasons="none")[0]
            return Counterfactual(part[accepted[0]], asked.probability, decision.probability)
        start, size = start + size, 2 * size
    return None


def _distance(steps: Sequence[Step]) -> float:
    return sum(step.distance for step in steps)


def _steps(asked: _Asked, each: Actionable, *, most: int = MOST_VALUES) -> list[Step]:
    """Changes to observed values in the allowed direction, of at most so many quantiles."""
    values, before = asked.observed[each.field], float(asked.inputs[each.field])  # type: ignore[arg-type]
    grid = np.unique(values)
    if grid.size > most:
        grid = np.unique(values[np.linspace(0, values.size - 1, most).round().astype(np.int64)])
    grid = grid[_ALLOWED[each.direction](grid, before)]
    distance = np.abs(_level(values, grid) - _level(values, np.array([before])))
    return [Step(each.field, before, *found) for found in zip(grid.tolist(), distance.tolist(), strict=True)]


_ALLOWED = {"lower": np.less, "higher": np.greater, "either": np.not_equal}


def _level(values: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Share of observed values below each, ties counted half."""
    return (np.searchsorted(values, asked, "left") + np.searchsorted(values, asked, "right")) / (2 * len(values))


def _together(
    steps: Sequence[Step], actionable: Sequence[Actionable], inputs: Mapping[str, object]
) -> dict[str, object]:
    """The changed fields, and those that keep their share of them; a whole number stays one."""
    named = {each.field: each for each in actionable}
    changed: dict[str, object] = {}
    for step in steps:
        changed[step.field] = type(inputs[step.field])(step.after)  # type: ignore[call-arg]
        for other in named[step.field].together:
            held = inputs.get(other)
            if held is not None and step.before:
                changed[other] = type(held)(float(held) * step.after / step.before)  # type: ignore[call-arg, arg-type]
    return changed
