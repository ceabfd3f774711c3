"""Of requests under one idempotency key the first to be written counts; the others leave nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from credit_platform.contracts.journal import REPEATS_KEPT_SECONDS, Claim, Group
from credit_platform.contracts.settings import Settings
from credit_platform.engine.journal.reading import JournalReader, Repeated
from credit_platform.engine.journal.repeats import claim_of
from credit_platform.engine.journal.rows import JournalError
from credit_platform.engine.journal.verifying import verify
from credit_platform.engine.journal.writing import JournalWriter
from credit_platform_tests import postgres
from credit_platform_tests.engine.journals import OCCASION, group, opened, settings_in, writer


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    with postgres.running() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """An empty journal on each database."""
    if request.param == "sqlite":
        return settings_in(tmp_path)
    server: postgres.Postgres = request.getfixturevalue("server")
    return settings_in(tmp_path, server.database(f"claims_{abs(hash(request.node.name))}"))


def claim(settings: Settings, key: str = "k1", body: bytes = b"body") -> Claim:
    return claim_of(opened(settings)[1], caller="key:1", use_case="tiny", key=key, body=body)


def under(found: Claim, *decisions: str, subject: str = "s1") -> Group:
    return Group(OCCASION, group(*decisions, subject=subject).entries, found)


def repeated(settings: Settings, found: Claim) -> Repeated | None:
    return JournalReader(*opened(settings)).repeated(found)


def test_one_commit_keeps_all_but_those_that_came_too_late(settings: Settings) -> None:
    first, late, other = claim(settings), claim(settings), claim(settings, "k2")
    groups = [under(first, "d1", "d2"), group("d3"), under(late, "d4", subject="s4"), under(other, "d5")]
    assert writer(settings).append(groups) == {late}
    later = claim(settings, "k2")
    assert writer(settings).append([under(later, "d6"), group("d7", subject="s4")]) == {later}
    verdict = verify(*opened(settings))
    assert (verdict.groups, verdict.decisions, verdict.problems) == (4, 5, ())
    assert repeated(settings, claim(settings)) == Repeated(True, (b"of d1", b"of d2"))
    assert repeated(settings, later) == Repeated(True, (b"of d5",))
    assert repeated(settings, claim(settings, body=b"other")) == Repeated(False, None)
    assert repeated(settings, claim(settings, "k3")) is None
    # No key was made for an entity of which nothing was written but by the last.
    with opened(settings)[0].reading() as tables:
        assert sorted(key.subject for key in tables.all_keys()) == ["s1", "s4"]


def test_decisions_of_several_releases_come_in_the_order_of_the_records(settings: Settings) -> None:
    name = claim(settings)
    split = Claim(name.name, name.body, places=(1, 3, 0, 2))
    assert writer(settings).append([under(split, "d1", "d3"), under(split, "d0", "d2")]) == frozenset()
    assert repeated(settings, name) == Repeated(True, (b"of d0", b"of d1", b"of d2", b"of d3"))


def test_a_key_is_free_again_after_its_time_and_its_row_goes(settings: Settings) -> None:
    now = [1e9]
    journal = JournalWriter(*opened(settings), clock=lambda: now[0])
    journal.append([under(claim(settings, f"k{n}"), f"d{n}") for n in range(5)])
    now[0] += REPEATS_KEPT_SECONDS
    late = claim(settings, "k0")
    assert journal.append([under(late, "e0")]) == {late}
    now[0] += 1
    assert journal.append([under(claim(settings, "k0"), "f0")]) == frozenset()
    assert repeated(settings, late) == Repeated(True, (b"of f0",))
    with opened(settings)[0].reading() as tables:
        assert tables.driver.rows("select count(*) from journal_repeats") == [(1,)]
    assert verify(*opened(settings)).decisions == 6


def test_a_journal_of_before_gets_its_table_when_it_is_opened(settings: Settings) -> None:
    writer(settings).append([group("d1")])
    with opened(settings)[0].writing() as tables:
        tables.driver.run("drop table journal_repeats")
    assert writer(settings).append([under(claim(settings), "d2")]) == frozenset()
    assert repeated(settings, claim(settings)) == Repeated(True, (b"of d2",))
    assert verify(*opened(settings)).problems == ()


def test_a_row_that_was_made_to_point_elsewhere_is_told(settings: Settings) -> None:
    writer(settings).append([under(claim(settings), "d1"), under(claim(settings, "k2"), "d2", subject="s2")])
    with opened(settings)[0].writing() as tables:
        tables.driver.run("update journal_repeats set first = 2, last = 2 where first = 1")
    with pytest.raises(JournalError, match="groups 2 to 2 was altered"):
        repeated(settings, claim(settings))
    assert repeated(settings, claim(settings, "k2")) == Repeated(True, (b"of d2",))
