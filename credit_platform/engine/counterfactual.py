"""The smallest change of a request that would have been accepted: searched on request fields, decided by the release.

The fields are what an applicant can change, never the features made from them: every candidate goes through the
feature program and the forest like any request, so features stay consistent and no answer is given that was not
decided. Distance is in quantiles (Ustun, Spangher and Liu 2019, section 2.3): the share of observed values that a
change passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from credit_platform.contracts.score import Actionable
from credit_platform.engine.decisions import decide
from credit_platform.engine.errors import InputError
from credit_platform.engine.releases import LoadedRelease

_SINGLE, _PAIR = 101, 25
"""Quantiles tried of one field alone, and of each of two together."""


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
        return sum(step.distance for step in self.steps)


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
    usable = [each for each in actionable if inputs.get(each.field) is not None]
    tried = list(_tried(usable, inputs, observed))
    if not tried:
        return None
    asked = [dict(inputs) | _together(steps, usable, inputs) for steps in tried]
    decided = decide(loaded, {name: [row[name] for row in asked] for name in inputs}, reasons="none")
    found = [
        Counterfactual(steps, present.probability, decision.probability)
        for steps, decision in zip(tried, decided, strict=True)
        if not decision.prediction
    ]
    return min(found, key=lambda each: (each.distance, len(each.steps), each.after)) if found else None


def _tried(
    actionable: Sequence[Actionable], inputs: Mapping[str, object], observed: Mapping[str, np.ndarray]
) -> Iterator[tuple[Step, ...]]:
    for each in actionable:
        yield from ((step,) for step in _steps(each, inputs, observed[each.field], count=_SINGLE))
    for first, second in combinations(actionable, 2):
        others = _steps(second, inputs, observed[second.field], count=_PAIR)
        for step in _steps(first, inputs, observed[first.field], count=_PAIR):
            yield from ((step, other) for other in others)


def _steps(each: Actionable, inputs: Mapping[str, object], values: np.ndarray, *, count: int) -> list[Step]:
    """Changes to observed quantiles in the allowed direction."""
    before = float(inputs[each.field])  # type: ignore[arg-type]
    grid = np.unique(np.quantile(values, np.linspace(0, 1, count), method="nearest")).tolist()
    allowed = {"lower": lambda x: x < before, "higher": lambda x: x > before, "either": lambda x: x != before}
    level = _level(values, before)
    return [
        Step(each.field, before, float(after), abs(_level(values, after) - level))
        for after in grid
        if allowed[each.direction](after)
    ]


def _level(values: np.ndarray, value: float) -> float:
    """Share of observed values below, ties counted half."""
    return float(np.searchsorted(values, value, "left") + np.searchsorted(values, value, "right")) / (2 * len(values))


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
