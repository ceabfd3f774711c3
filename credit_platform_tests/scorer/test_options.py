"""What a caller may leave out of an answer, and that what is left is the same to the byte."""

import pytest

from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running

RECORDS = [{**tiny.RECORD, "Amount": 45.0 * n, "lender": "North", "days": n} for n in range(1, 21)]


def test_reasons_are_given_to_the_declined_unless_all_or_none_are_wanted(running: Running) -> None:
    everybody = running.score(*RECORDS, reasons="all").json()["results"]
    adverse = running.score(*RECORDS, reasons="adverse").json()["results"]
    nobody = running.score(*RECORDS, reasons="none").json()["results"]
    declined = [number for number, result in enumerate(everybody) if result["prediction"]]
    assert 0 < len(declined) < len(RECORDS)
    assert all(result["reasons"] for result in everybody)
    for number, result in enumerate(adverse):
        assert result["reasons"] == (everybody[number]["reasons"] if number in declined else [])
    assert [result["reasons"] for result in nobody] == [[]] * len(RECORDS)
    assert [r["probability"] for r in everybody] == [r["probability"] for r in adverse]
    by_default = running.score(*RECORDS).json()["results"]
    assert [result["reasons"] for result in by_default] == [result["reasons"] for result in adverse]


def test_a_record_is_sent_back_unless_that_is_not_wanted(running: Running) -> None:
    assert running.score(tiny.RECORD).json()["results"][0]["input"] == tiny.RECORD
    assert "input" not in running.score(tiny.RECORD, input=False).json()["results"][0]


@pytest.mark.parametrize(
    ("options", "path", "rule"),
    [
        ({"reasons": "some"}, "options.reasons", "allowed"),
        ({"input": 1}, "options.input", "allowed"),
        ({"reason": "all"}, "options.reason", "unknown_option"),
        ([], "options", "type"),
        (None, "options", "type"),
    ],
)
def test_an_option_that_there_is_not_is_refused(running: Running, options: object, path: str, rule: str) -> None:
    answer = running.client.post("/v1/tiny/predict", json={"records": [tiny.RECORD], "options": options})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_options")
    problem = answer.json()["error"]["details"][0]
    assert (problem["path"], problem["rule"]) == (path, rule)
