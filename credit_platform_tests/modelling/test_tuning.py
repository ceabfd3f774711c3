"""The search itself, on losses that are cheap to know."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from credit_platform.contracts.tuning import Tuning
from credit_platform.modelling.algorithms.base import Parameter
from credit_platform.modelling.algorithms.space import Choice, Range, Space
from credit_platform.modelling.tuning import Params, Tuned, tune

SPACE: Space = {
    "rate": Range(low=0.01, high=1.0, log=True),
    "depth": Range(low=2, high=9, whole=True),
    "kind": Choice(("plain", "fine")),
}
START: dict[str, Parameter] = {"rate": 0.5, "depth": 3, "kind": "plain"}
FOLDS = 3


class Killed(Exception):
    """Stands for a process that ends in the middle of a trial."""


class Valley:
    """Least at rate .1, depth 6, kind fine; counts the folds that were asked for and may die at one of them."""

    def __init__(self, *, dies_at: int | None = None) -> None:
        self.folds, self.dies_at, self.asked = 0, dies_at, []  # type: tuple[int, int | None, list[Params]]

    def __call__(self, params: Params) -> Iterator[float]:
        self.asked.append(dict(params))
        point = START | dict(params)
        rate, depth = point["rate"], point["depth"]
        assert isinstance(rate, float) and isinstance(depth, int)
        loss = abs(rate - 0.1) + abs(depth - 6) / 10 + 0.2 * (point["kind"] == "plain")
        for _ in range(FOLDS):
            if self.folds == self.dies_at:
                raise Killed
            self.folds += 1
            yield loss


def search(
    losses: Valley, *, trials: int = 20, seconds: float | None = None, seed: int = 5, journal: Path | None = None
) -> Tuned:
    budget = Tuning(trials=trials, seconds=seconds)
    place = None if journal is None else str(journal)
    return tune(losses, start=START, space=SPACE, budget=budget, seed=seed, study="valley", journal=place)


def test_the_first_trial_is_what_is_declared_and_the_choice_is_never_worse() -> None:
    losses = Valley()
    found = search(losses)
    assert losses.asked[0] == {} and found.trials[0].params == {}
    assert found.trials[0].value == pytest.approx(0.9)
    assert found.gain > 0.4 and found.best.value == pytest.approx(0.9 - found.gain)
    assert len(found.trials) == 20


def test_declared_parameters_that_nothing_beats_are_kept() -> None:
    def flat(params: Params) -> Iterator[float]:
        yield from [1.0 if params else 0.5] * FOLDS

    found = tune(flat, start=START, space=SPACE, budget=Tuning(trials=8), seed=1, study="flat", journal=None)
    assert found.best.params == {} and found.gain == 0.0


def test_every_tried_value_lies_in_its_range() -> None:
    tried = search(Valley()).trials[1:]
    assert len(tried) == 19
    assert all(row.params[name] in dimension for row in tried for name, dimension in SPACE.items())


def test_the_same_seed_gives_the_same_trials_and_another_seed_gives_others() -> None:
    first, again, other = (search(Valley(), seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first.trials[1:] != other.trials[1:]


@pytest.mark.parametrize("fold", [1, 10, 31])
def test_a_killed_search_goes_on_and_ends_where_it_would_have_ended(tmp_path: Path, fold: int) -> None:
    journal = tmp_path / "journal.log"
    with pytest.raises(Killed):
        search(Valley(dies_at=fold), journal=journal)
    rest = Valley()
    resumed = search(rest, journal=journal)
    whole = Valley()
    assert resumed == search(whole)
    # At most the trial that was killed is run a second time.
    assert fold - FOLDS < whole.folds - rest.folds <= fold


def test_a_search_that_is_complete_runs_nothing_again(tmp_path: Path) -> None:
    journal = tmp_path / "journal.log"
    first = search(Valley(), journal=journal)
    idle = Valley()
    assert search(idle, journal=journal) == first and idle.asked == []


def test_a_bad_trial_is_pruned_between_folds_and_never_chosen() -> None:
    losses = Valley()
    found = search(losses, trials=30)
    pruned = [row for row in found.trials if row.is_pruned]
    assert pruned and all(row.folds < FOLDS for row in pruned)
    assert losses.folds == sum(row.folds for row in found.trials) < 30 * FOLDS
    assert not found.best.is_pruned


def test_a_budget_of_no_time_still_tries_what_is_declared() -> None:
    assert [row.params for row in search(Valley(), seconds=1e-9).trials] == [{}]


def test_one_trial_searches_nothing() -> None:
    losses = Valley()
    assert len(search(losses, trials=1).trials) == 1 and losses.folds == FOLDS


def test_a_start_outside_the_space_is_refused() -> None:
    with pytest.raises(ValueError, match=r"declared \{'depth': 40\} lie outside the search space"):
        tune(
            Valley(), start=START | {"depth": 40}, space=SPACE, budget=Tuning(trials=3), seed=1, study="v", journal=None
        )


@pytest.mark.parametrize("block", [{"outer_folds": 3}, {"trials": 5, "outer_folds": 1}])
def test_outer_folds_without_a_search_are_refused(block: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected 0, or at least 2 beside at least 2 trials"):
        Tuning.model_validate(block)
