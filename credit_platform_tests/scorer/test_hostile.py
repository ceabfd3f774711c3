"""What comes from outside is answered by what is documented, and what fails is told without whom it was about."""

from pathlib import Path

from credit_platform_tests.scorer.conftest import Running, loopback
from credit_platform_tests.scorer.failing import everything_logged, fail, is_told
from credit_platform_tests.scorer.fuzzing import Fuzz
from credit_platform_tests.scorer.guarded import guarded
from credit_platform_tests.scorer.test_limits import open_settings, served

CASES, CALLS = 500, 112
"""The full counts, 10,000 and 2,000, are in ``make bench``: a case costs 30 ms to make up."""


def test_every_case_made_from_the_documentation_is_answered_as_documented(tmp_path: Path) -> None:
    with served(open_settings(tmp_path)) as port:
        fuzz = Fuzz(f"http://127.0.0.1:{port}")
        fuzz.run(CASES)
    assert fuzz.statuses.total() >= CASES
    assert set(fuzz.statuses) <= {200, 400, 422}
    assert fuzz.statuses[200] > 20
    assert fuzz.statuses[422] > 20


def test_failing_calls_leave_no_personal_data_in_logs_or_answers(running: Running) -> None:
    with everything_logged() as log:
        statuses, told = fail(running.client, calls=CALLS, seed=4)
    assert told == []
    assert not is_told(log.getvalue())
    assert log.getvalue().count('"message": "answered"') == CALLS
    assert set(statuses) == {400, 401, 404, 405, 422}


def test_those_who_are_not_let_in_are_not_told_about_either(tmp_path: Path) -> None:
    made = guarded(tmp_path)
    with everything_logged() as log, loopback(made.app) as client:
        statuses, told = fail(client, calls=32, seed=5)
    assert (told, set(statuses)) == ([], {401})
    assert not is_told(log.getvalue())
