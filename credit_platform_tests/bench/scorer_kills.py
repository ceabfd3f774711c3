"""Scorers killed under load: of the decisions that were answered, how many the journal lost; and of those that were
written and not answered, how many a caller who sends the request again is not told."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from credit_platform.engine.journal.verifying import verify
from credit_platform_tests.bench.records import Goal, Record
from credit_platform_tests.engine.journals import opened
from credit_platform_tests.scorer.killing import home_with_release, killed_under_load, lost, nursery

KILLS, AT_ONCE = 200, 4


def benchmarks() -> Iterator[Record]:
    """Kills that lost nothing, of 200, four scorers on one journal at a time; and what the journal says at the end."""
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        settings = home_with_release(Path(folder))
        told, without_loss = 0, 0
        with nursery(Path(folder)) as mother:
            for turn in range(KILLS // AT_ONCE):
                decisions = killed_under_load(mother, settings, workers=AT_ONCE, seed=turn)
                told += len(decisions)
                without_loss += 0 if lost(settings, decisions) else AT_ONCE
        verdict = verify(*opened(settings))
        yield Record(
            name="scorer_kills/kills_that_lost_no_answered_decision",
            value=without_loss,
            unit=f"of {KILLS} kills -9, {told} answers",
            goal=Goal(of="value", at_least=KILLS),
        )
        yield Record(
            name="scorer_kills/decisions_that_no_caller_was_told",
            value=verdict.decisions - told,
            unit=f"of {verdict.decisions}, unanswered requests sent again under their keys",
            goal=Goal(of="value", at_most=0),
        )
        yield Record(
            name="scorer_kills/broken_links_of_the_journal",
            value=len(verdict.problems),
            unit=f"of {verdict.groups} groups",
            goal=Goal(of="value", at_most=0),
        )
