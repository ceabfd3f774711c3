"""A way back is a request that the release accepts, the nearest of those tried, and never one that cannot occur."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from credit_platform.contracts.score import Actionable
from credit_platform.engine.counterfactual import Counterfactual, Step, counterfactual
from credit_platform.engine.decisions import decide
from credit_platform.engine.errors import InputError
from credit_platform.engine.releases import LoadedRelease, load_release
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.test_decisions import many

AMOUNT = Actionable(field="amount", direction="lower")
DAYS = Actionable(field="days", direction="either")
OBSERVED = {"amount": np.linspace(1, 1_000, 400), "days": np.arange(1.0, 61.0)}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedRelease:
    root: Path = tmp_path_factory.mktemp("releases")
    tiny.write(root, tiny.files_of(tiny.release(cut_off=0.4)))
    return load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)


def declined(loaded: LoadedRelease) -> list[dict[str, Any]]:
    inputs = many(200)
    rows = [{name: values[row] for name, values in inputs.items()} for row in range(200)]
    decisions = decide(loaded, inputs, reasons="none")
    return [row for row, each in zip(rows, decisions, strict=True) if each.prediction and row["amount"] and row["days"]]


def ways(loaded: LoadedRelease, *actionable: Actionable) -> list[tuple[dict[str, Any], Counterfactual | None]]:
    return [(u, counterfactual(loaded, u, actionable=actionable, observed=OBSERVED)) for u in declined(loaded)[:30]]


def test_every_way_back_is_accepted_by_the_release_and_goes_the_allowed_way(loaded: LoadedRelease) -> None:
    found = ways(loaded, AMOUNT, DAYS)
    assert sum(way is not None for _, way in found) >= 5
    for unit, way in found:
        if way is None:
            continue
        changed = unit | {step.field: type(unit[step.field])(step.after) for step in way.steps}
        decision = decide(loaded, {name: [value] for name, value in changed.items()})[0]
        assert (decision.prediction, decision.probability) == (0, way.after)
        assert way.before >= 0.4 > way.after
        assert 1 <= len(way.steps) <= 2
        for step in way.steps:
            assert step.before == unit[step.field]
            assert step.after in OBSERVED[step.field]
            assert step.field == "days" or step.after < step.before


def test_the_nearest_of_one_field_is_the_first_accepted_on_the_way_down(loaded: LoadedRelease) -> None:
    """Walked by hand over every observed value: nothing nearer is accepted."""
    compared = 0
    for unit, way in ways(loaded, AMOUNT):
        below = sorted((float(v) for v in OBSERVED["amount"] if v < unit["amount"]), reverse=True)
        inputs = {name: [value] * len(below) for name, value in unit.items()} | {"amount": below}
        accepted = [v for v, d in zip(below, decide(loaded, inputs), strict=True) if not d.prediction]
        assert (way is None) == (not accepted)
        if way is not None:
            compared += 1
            assert [step.after for step in way.steps] == accepted[:1]
            passed = np.mean(OBSERVED["amount"] < unit["amount"]) - np.mean(OBSERVED["amount"] < accepted[0])
            assert way.distance == pytest.approx(passed, abs=0.01)
    assert compared >= 3


def test_two_fields_are_never_further_than_one_and_neither_change_can_be_smaller(loaded: LoadedRelease) -> None:
    loaded = replace(loaded, release=loaded.release.model_copy(update={"cut_off": 0.3}))
    both, single = ways(loaded, AMOUNT, DAYS), ways(loaded, AMOUNT)
    pairs = 0
    for (unit, two), (_, one) in zip(both, single, strict=True):
        assert one is None or (two is not None and two.distance <= one.distance)
        steps = () if two is None or len(two.steps) < 2 else two.steps
        for step in steps:
            pairs += 1
            (kept,) = [each for each in steps if each is not step]
            nearer = [v for v in OBSERVED[step.field] if _is_between(v, step)]
            changed = unit | {kept.field: type(unit[kept.field])(kept.after)}
            inputs = {name: [value] * len(nearer) for name, value in changed.items()}
            inputs[step.field] = [type(unit[step.field])(value) for value in nearer]
            assert all(each.prediction for each in decide(loaded, inputs))
    assert pairs


def _is_between(value: float, step: Step) -> bool:
    return min(step.before, step.after) < value < max(step.before, step.after)


def test_what_goes_together_keeps_its_share(loaded: LoadedRelease) -> None:
    """``days`` follows the amount here: half of it takes half of the days, in whole ones."""
    joined = AMOUNT.model_copy(update={"together": ("days",)})
    seen = 0
    for unit, way in ways(loaded, joined):
        if way is not None:
            seen += 1
            (step,) = way.steps
            days = int(unit["days"] * step.after / step.before)
            changed = unit | {"amount": step.after, "days": days}
            assert decide(loaded, {n: [v] for n, v in changed.items()})[0].probability == way.after
    assert seen >= 3


def test_an_accepted_unit_is_refused_and_a_missing_field_is_left_alone(loaded: LoadedRelease) -> None:
    unit = declined(loaded)[0]
    assert counterfactual(loaded, unit | {"amount": None}, actionable=[AMOUNT], observed=OBSERVED) is None
    way = next(way for _, way in ways(loaded, AMOUNT) if way is not None)
    kept = next(u for u, w in ways(loaded, AMOUNT) if w is way or (w is not None and w == way))
    with pytest.raises(InputError, match="is accepted; only a declined one"):
        counterfactual(loaded, kept | {"amount": way.steps[0].after}, actionable=[AMOUNT], observed=OBSERVED)
