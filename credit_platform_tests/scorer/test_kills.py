"""What a caller was told is in the journal, however the scorer ends."""

from pathlib import Path

import pytest

from credit_platform.engine.journal.verifying import verify
from credit_platform_tests.engine.journals import opened
from credit_platform_tests.scorer.killing import home_with_release, killed_under_load, lost, nursery


@pytest.mark.slow
def test_five_scorers_killed_under_load_lose_no_answer(tmp_path: Path) -> None:
    """Two and three on one journal at once, so that one dies while the other writes."""
    settings = home_with_release(tmp_path)
    with nursery(settings) as mother:
        told = [one for workers in (2, 3) for one in killed_under_load(mother, workers=workers, seed=workers)]
    assert len(told) >= 5 and len(set(told)) == len(told)
    assert lost(settings, told) == []
    verdict = verify(*opened(settings))
    assert verdict.problems == ()
    # What was committed and not yet told may be there too: at most one request of each client.
    assert len(told) <= verdict.decisions <= len(told) + 5 * 4
