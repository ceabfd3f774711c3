"""Seeded sequences of what can happen to a daily portfolio: new days, corrections, late outcomes, refused days, removed
rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from credit_platform_tests.warehouse.lending_book import FIRST_DAY, LENDERS, fundings, raw_frames

ONE_DAY = pd.Timedelta(days=1)
AT_ONCE = 3
"""Changes that one delivery brings, and days that come together when several do."""


@dataclass(frozen=True)
class State:
    """What has been delivered so far, the requests' days whose last file was refused, and what is still to come."""

    frames: dict[str, pd.DataFrame]
    later: dict[str, pd.DataFrame]
    refused: frozenset[tuple[str, pd.Timestamp]] = frozenset()


def sequence(seed: int, *, length: int, loans: int = 400) -> Iterator[State]:
    """The start (history and the first two days), then the state after each of ``length`` deliveries.

    Kinds of changes come in random rounds, so that three deliveries have them all.
    """
    rng = np.random.default_rng(seed)
    frames = raw_frames(fundings(loans, customers=loans // 10, seed=seed, days=30))
    known = {name: frame["source_day"] < FIRST_DAY + 2 * ONE_DAY for name, frame in _daily(frames).items()}
    state = State(
        frames | {name: frame[known[name]] for name, frame in _daily(frames).items()},
        {name: frame[~known[name]] for name, frame in _daily(frames).items()},
    )
    yield state
    rounds = -(-length * AT_ONCE // len(CHANGES))
    kinds = [kind for _ in range(rounds) for kind in rng.permutation(len(CHANGES))]
    for number in range(length):
        for kind in kinds[number * AT_ONCE : (number + 1) * AT_ONCE]:
            state = _after(CHANGES[kind], state, rng)
        yield state


def _after(change: "Change", state: State, rng: np.random.Generator) -> State:
    """The state after a change; a refused day whose rows it made others has been accepted by that."""
    found = change(state, rng)
    still = {key for key in found.refused if _rows_of(state, *key).equals(_rows_of(found, *key))}
    return replace(found, refused=frozenset(still))


def _rows_of(state: State, name: str, day: pd.Timestamp) -> pd.DataFrame:
    return state.frames[name][state.frames[name]["source_day"] == day]


def _daily(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frames[name] for name in ("applications", "outcomes")}


def next_day(state: State, rng: np.random.Generator) -> State:
    """The next day that brings requests or outcomes."""
    day = _day_to_come(state)
    due = {name: frame["source_day"] <= day for name, frame in state.later.items()}
    arrived = {name: pd.concat([state.frames[name], frame[due[name]]]) for name, frame in state.later.items()}
    left = {name: frame[~due[name]] for name, frame in state.later.items()}
    return replace(state, frames=state.frames | arrived, later=left)


def _day_to_come(state: State) -> pd.Timestamp:
    return min(frame["source_day"].min() for frame in state.later.values() if len(frame))


def several_days(state: State, rng: np.random.Generator) -> State:
    """Days that come together."""
    for _ in range(AT_ONCE):
        state = next_day(state, rng)
    return state


def refused_day(state: State, rng: np.random.Generator) -> State:
    """A file of requests is refused, of a day whose rows stay or of the next; the one refused before is read now."""
    days = [*state.frames["applications"]["source_day"].unique(), _day_to_come(state)]
    return replace(state, refused=frozenset({("applications", pd.Timestamp(rng.choice(days)))}))


def late_outcomes(state: State, rng: np.random.Generator) -> State:
    """Outcomes of requests that have been delivered, whose own day has not come; none twice, as in a file."""
    here = state.later["outcomes"]["funding_id"].isin(state.frames["applications"]["funding_id"])
    here &= ~state.later["outcomes"]["funding_id"].isin(state.frames["outcomes"]["funding_id"])
    taken = state.later["outcomes"][here].iloc[:4]
    reported = taken.assign(source_day=taken["source_day"].to_numpy() - ONE_DAY)
    return replace(state, frames=state.frames | {"outcomes": pd.concat([state.frames["outcomes"], reported])})


def corrected_requests(state: State, rng: np.random.Generator) -> State:
    """Other amounts, lenders, customers, loans and dates on a delivered day."""
    rows = state.frames["applications"].copy()
    hit = _some_of_a_day(rows, rng)
    rows.loc[hit, "total_amount"] *= 3
    rows.loc[hit, "lender_id"] = rng.choice(LENDERS, int(hit.sum()))
    rows.loc[hit, "customer_id"] = rng.permutation(rows["customer_id"])[: int(hit.sum())]
    rows.loc[hit, "loan_id"] = rng.permutation(rows["loan_id"])[: int(hit.sum())]
    rows.loc[hit, ["disbursement_date", "due_date"]] -= 3 * ONE_DAY
    return replace(state, frames=state.frames | {"applications": rows})


def corrected_outcomes(state: State, rng: np.random.Generator) -> State:
    """Labels that turn out to be the other one."""
    rows = state.frames["outcomes"].copy()
    hit = _some_of_a_day(rows, rng)
    rows.loc[hit, "target"] = 1 - rows.loc[hit, "target"]
    return replace(state, frames=state.frames | {"outcomes": rows})


def removed_requests(state: State, rng: np.random.Generator) -> State:
    return _without(state, "applications", rng)


def removed_outcomes(state: State, rng: np.random.Generator) -> State:
    return _without(state, "outcomes", rng)


def _without(state: State, name: str, rng: np.random.Generator) -> State:
    """Some rows of a day are gone; one time in four the whole day is."""
    rows = state.frames[name]
    hit = _some_of_a_day(rows, rng, share=1.0 if rng.uniform() < 0.25 else 0.5)
    return replace(state, frames=state.frames | {name: rows[~hit]})


def _some_of_a_day(rows: pd.DataFrame, rng: np.random.Generator, *, share: float = 0.5) -> pd.Series:
    days = rows["source_day"].unique()
    day = rng.choice(days) if len(days) else FIRST_DAY
    return (rows["source_day"] == day) & (rng.uniform(size=len(rows)) < share)


Change = Callable[[State, np.random.Generator], State]
CHANGES: tuple[Change, ...] = (
    next_day,
    several_days,
    refused_day,
    corrected_requests,
    late_outcomes,
    removed_requests,
    corrected_outcomes,
    removed_outcomes,
)
