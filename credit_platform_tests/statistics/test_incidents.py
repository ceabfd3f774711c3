"""The life of an incident, over every order in which its days may be judged."""

import datetime as dt
import itertools

import pytest

from credit_platform.statistics.incidents import WatchedDay, incidents_of


def days(pattern: str) -> list[WatchedDay]:
    """One judged day a letter from the 1st on: ``.`` calm, ``x`` alarming, a space where nothing was judged."""
    return [
        WatchedDay(dt.date(2022, 12, number), ("amount",) if letter == "x" else ())
        for number, letter in enumerate(pattern, start=1)
        if letter != " "
    ]


def lives(pattern: str, *, calm_days: int = 2) -> list[tuple[int, int | None, int]]:
    """Opening day, closing day and alarmed days of every incident."""
    found = incidents_of(days(pattern), calm_days=calm_days)
    return [(i.opened.day, i.closed.day if i.closed else None, i.alarmed_days) for i in found]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("....", []),
        ("x", [(1, None, 1)]),
        (".xxx", [(2, None, 3)]),
        ("x.", [(1, None, 1)]),
        ("x..", [(1, 3, 1)]),
        ("x.x..", [(1, 5, 2)]),
        ("x..x", [(1, 3, 1), (4, None, 1)]),
        ("x. .x", [(1, 4, 1), (5, None, 1)]),
        ("x   .", [(1, None, 1)]),
        ("x..x....x", [(1, 3, 1), (4, 6, 1), (9, None, 1)]),
    ],
)
def test_an_alarm_opens_repeats_belong_to_it_and_calm_days_close_it(
    pattern: str, expected: list[tuple[int, int | None, int]]
) -> None:
    assert lives(pattern) == expected


def test_one_calm_day_is_enough_where_one_is_declared() -> None:
    assert lives("x.x", calm_days=1) == [(1, 2, 1), (3, None, 1)]


def test_the_order_in_which_days_were_judged_changes_nothing() -> None:
    watched = days("x..x.x")
    expected = incidents_of(watched, calm_days=2)
    for order in itertools.permutations(watched):
        assert incidents_of(order, calm_days=2) == expected


def test_what_alarmed_meanwhile_is_gathered() -> None:
    first, second = dt.date(2022, 12, 1), dt.date(2022, 12, 2)
    found = incidents_of([WatchedDay(first, ("b",)), WatchedDay(second, ("a", "b"))], calm_days=2)
    assert found[0].alarmed == ("a", "b")
    assert (found[0].opened, found[0].last_alarm) == (first, second)


def test_two_verdicts_of_one_day_are_refused() -> None:
    with pytest.raises(ValueError, match="several verdicts of"):
        incidents_of([*days("x"), *days(".")], calm_days=2)
