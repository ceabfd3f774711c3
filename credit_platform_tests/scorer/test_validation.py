"""Every rule of a request field, with a path to it and never its value."""

import json

import pytest

from credit_platform.scorer.records import MOST_RECORDS
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running

SECRET = "Jane-4711"


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("Amount", "250", "type"), ("Amount", 0, "above"), ("Amount", -1.5, "above"), ("Amount", 1e6 + 1, "maximum"),
        ("Amount", True, "type"), ("Amount", None, "required"), ("Amount", [1], "type"), ("Amount", 10**400, "*"),
        ("days", 30.0, "type"), ("days", 3.5, "type"), ("days", "3", "type"), ("days", -1, "minimum"),
        ("days", 2**63, "maximum"), ("days", True, "type"), ("days", None, "required"),
        ("lender", 1.5, "type"), ("lender", True, "type"), ("lender", "", "length"), ("lender", "x" * 1001, "length"),
        ("lender", None, "required"), ("lender", {"a": 1}, "type"), ("lender", "\ud800", "type"),
        ("opened", "01/12/2022", "date_format"), ("opened", "2022-13-01", "date_format"),
        ("opened", 20221201, "date_format"), ("opened", "2022-12-01T00:00:00", "date_format"),
        ("opened", None, "required"),
        ("due", "2022-12-31", "date_format"), ("due", 5, "date_format"),
        ("is_new", 1, "type"), ("is_new", "true", "type"), ("is_new", None, "required"),
        ("customer", None, "required"), ("customer", 5.5, "type"), ("Loan Key", [1], "type"),
    ],
)  # fmt: skip
def test_a_value_outside_its_rule_is_refused_with_its_path(
    running: Running, field: str, value: object, rule: str
) -> None:
    body = json.dumps({"records": [tiny.RECORD, {**tiny.RECORD, field: value}]})
    answer = running.client.post("/v1/tiny/predict", content=body)
    assert answer.status_code == 422, answer.text
    details = answer.json()["error"]["details"]
    assert [problem["path"] for problem in details] == [f"records[1].{field}"]
    assert rule in (details[0]["rule"], "*")
    assert details[0]["expected"]


@pytest.mark.parametrize("field", ["Amount", "days", "lender", "opened", "is_new", "customer"])
def test_a_missing_field_that_is_read_is_refused(running: Running, field: str) -> None:
    record = {name: value for name, value in tiny.RECORD.items() if name != field}
    assert running.problem(record) == (f"records[0].{field}", "required")


def test_an_integer_is_accepted_where_a_decimal_is_declared(running: Running) -> None:
    assert running.one(Amount=250)["probability"] == running.one(Amount=250.0)["probability"]


def test_an_unknown_field_is_refused_and_the_known_ones_are_named(running: Running) -> None:
    answer = running.score({**tiny.RECORD, "Amonut": 5})
    problem = answer.json()["error"]["details"][0]
    assert (answer.status_code, problem["path"], problem["rule"]) == (422, "records[0].Amonut", "unknown_field")
    assert "'Amount'" in problem["expected"]


def test_an_allowed_list_is_kept(running: Running) -> None:
    fields = (*tiny.FIELDS[:4], tiny.request_field("lender", "text", allowed=["North", "South"]), *tiny.FIELDS[5:])
    made = tiny.release(release_id="r2", request_fields=fields)
    sha = tiny.write(running.releases, tiny.files_of(made), release_id="r2")
    tiny.promote(running.releases, sha, release_id="r2", sequence=2)
    running.champions.refresh()
    assert running.one(lender="North")["warnings"] == []
    assert running.problem({**tiny.RECORD, "lender": "East"}) == ("records[0].lender", "allowed")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1E+999", "9" * 310 + ".0"])
@pytest.mark.parametrize("field", ["Amount", "channel"])
def test_numbers_that_are_not_finite_are_refused_anywhere(running: Running, field: str, number: str) -> None:
    body = json.dumps({"records": [{**tiny.RECORD, field: "@"}]}).replace('"@"', number)
    answer = running.client.post("/v1/tiny/predict", content=body)
    assert (answer.status_code, answer.json()["error"]["details"][0]["rule"]) == (422, "finite")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"nonsense",
        b"1" * 5000,
        '{"records": []}'.encode("utf-16"),
        b'"\xed\xa0\x80"',
    ],
)
def test_what_is_no_json_is_refused(running: Running, body: bytes) -> None:
    answer = running.client.post("/v1/tiny/predict", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")


@pytest.mark.parametrize(
    "body",
    ["[]", "{}", '{"records": {}}', '{"records": [], "more": 1}', '{"records": []}', "null", '{"records": null}'],
)
def test_a_body_of_another_shape_is_refused(running: Running, body: str) -> None:
    answer = running.client.post("/v1/tiny/predict", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_body")


@pytest.mark.parametrize("record", [[], "text", 5, None, True])
def test_a_record_that_is_no_object_is_refused(running: Running, record: object) -> None:
    answer = running.client.post("/v1/tiny/predict", json={"records": [record]})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["path"] == "records[0]"


def test_a_field_named_twice_is_refused(running: Running) -> None:
    body = json.dumps({"records": [tiny.RECORD]}).replace('"days": 30', '"days": 30, "days": 31')
    answer = running.client.post("/v1/tiny/predict", content=body)
    assert (answer.status_code, answer.json()["error"]["details"][0]["rule"]) == (422, "duplicate")


def test_more_records_than_the_limit_are_refused(running: Running) -> None:
    answer = running.score(*[{}] * (MOST_RECORDS + 1))
    assert (answer.status_code, answer.json()["error"]["details"][0]["rule"]) == (422, "length")


def test_at_most_a_hundred_problems_are_listed(running: Running) -> None:
    details = running.score(*[{}] * 500).json()["error"]["details"]
    assert len(details) == 100
    assert details[0] == {
        "path": "records[0].customer", "rule": "required", "expected": "text of 1 to 1000 characters (or an integer)",
    }  # fmt: skip


def test_an_error_never_repeats_a_value(running: Running) -> None:
    bad: dict[str, object] = {name: [SECRET] for name in tiny.RECORD}
    assert SECRET not in running.score(bad).text
    assert SECRET not in running.score({**tiny.RECORD, "opened": SECRET, "due": SECRET}).text
    assert SECRET not in running.client.post("/v1/tiny/predict", content=f'{{"records": "{SECRET}').text


def test_a_body_beyond_the_limit_is_refused(running: Running) -> None:
    answer = running.client.post("/v1/tiny/predict", content=b" " * (running.settings.largest_body + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("field", ["is_new", "days", "opened", "channel", "Loan Key"])
def test_half_a_character_is_refused_with_its_path_whatever_the_field_holds(running: Running, field: str) -> None:
    for changes, path in (
        ({field: "a\ud800"}, f"records[0].{field}"),
        ({"channel": {"a": ["\udc00"]}}, "records[0].channel.a[0]"),
        ({"\ud800": 1}, "records[0]"),
    ):
        body = json.dumps({"records": [{**tiny.RECORD, **changes}]})
        answer = running.client.post("/v1/tiny/predict", content=body)
        assert answer.status_code == 422
        assert [(each["path"], each["rule"]) for each in answer.json()["error"]["details"]] == [(path, "type")]
    assert running.one(customer="\U0001f600")["warnings"]
