"""What a caller was told is in the journal, however the scorer ends; what the journal has is what a caller is told."""

import http.client
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from credit_platform.engine.journal.verifying import verify
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.journals import opened
from credit_platform_tests.scorer.killing import born, home_with_release, killed_under_load, lost, nursery


@pytest.fixture(scope="module")
def mother(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen]:
    with nursery(tmp_path_factory.mktemp("nursery")) as found:
        yield found


@pytest.mark.slow
def test_five_scorers_killed_under_load_lose_no_answer(tmp_path: Path, mother: subprocess.Popen) -> None:
    """Two and three on one journal at once, so that one dies while the other writes."""
    settings = home_with_release(tmp_path)
    told = [one for workers in (2, 3) for one in killed_under_load(mother, settings, workers=workers, seed=workers)]
    assert len(told) >= 5 and len(set(told)) == len(told)
    assert lost(settings, told) == []
    verdict = verify(*opened(settings))
    # What was committed and not told is what the same request was told when it came again.
    assert (verdict.decisions, verdict.problems) == (len(told), ())


@pytest.mark.slow
def test_a_scorer_killed_between_a_record_and_its_answer_leaves_the_decision_to_the_next(
    tmp_path: Path, mother: subprocess.Popen
) -> None:
    settings, body = home_with_release(tmp_path), json.dumps({"records": [tiny.RECORD]})
    with pytest.raises((OSError, http.client.HTTPException)):
        born(mother, settings, dies=True).ask("k1", body)
    assert verify(*opened(settings)).decisions == 1
    worker = born(mother, settings)
    decisions = {worker.ask("k1", body) for _ in range(2)}
    worker.kill()
    assert lost(settings, [one for one in decisions if one is not None]) == [] and len(decisions - {None}) == 1
    assert verify(*opened(settings)).decisions == 1
