"""Scoring over HTTP: the numbers of the batch path, entity states joined, warnings instead of crashes."""

import json
import logging

import pytest

from credit_platform.engine.decisions import decide
from credit_platform.engine.releases import load_release
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running


def test_an_answer_holds_the_numbers_of_the_batch_path(running: Running) -> None:
    loaded = load_release(running.settings.releases, "tiny", "r1", trust=tiny.TRUST)
    decision = decide(loaded, tiny.INPUTS)[0]
    result = running.score(tiny.RECORD, reasons="all").json()["results"][0]
    assert result["probability"] == decision.probability
    assert (result["score"], result["band"], result["prediction"]) == (decision.score, decision.band, 0)
    assert result["reasons"] == [reason.model_dump() for reason in decision.reasons]
    assert result["model"] == {
        "use_case": "tiny", "release_id": "r1", "algorithm": "stacked", "grade": "dev", "override": None,
        "role": "champion",
    }  # fmt: skip
    assert result["state_as_of"] == {"customers": "2022-12-01"}
    assert result["warnings"] == []
    assert result["input"] == tiny.RECORD
    assert len(result["decision_id"]) == 32


def test_bulk_and_single_answers_are_equal_but_for_their_id(running: Running) -> None:
    records = [{**tiny.RECORD, "Amount": 10.5 * n, "customer": f"C-{n}", "days": n} for n in range(1, 21)]
    bulk = running.score(*records).json()["results"]
    single = [running.score(record).json()["results"][0] for record in records]
    assert len({result.pop("decision_id") for result in bulk + single}) == 40
    assert json.dumps(bulk) == json.dumps(single)


def test_the_default_path_answers_for_the_first_use_case(running: Running) -> None:
    answer = running.client.post("/predict", json={"records": [tiny.RECORD]})
    assert answer.status_code == 200
    assert answer.json()["results"][0]["model"]["use_case"] == "tiny"


def test_the_state_of_an_entity_changes_its_score(running: Running) -> None:
    known, blank, unknown = (running.one(customer=customer) for customer in ("C-7", "C-8", "C-9"))
    assert known["probability"] > blank["probability"]
    assert blank["probability"] == unknown["probability"]
    assert blank["warnings"] == []
    assert unknown["warnings"] == ["customers: no history of this entity"]


def test_a_state_later_than_the_decision_is_told(running: Running) -> None:
    expected = ["customers: state is as of 2022-12-01, later than the decision date 2022-11-01"]
    assert running.one(opened="2022-11-01", due="30/11/2022")["warnings"] == expected


def test_an_unseen_category_is_a_warning_not_a_crash(running: Running) -> None:
    assert running.one(lender="Atlantis")["warnings"] == ["lender: 'Atlantis' was not seen in training"]


def test_text_identifiers_may_be_sent_as_integers(running: Running) -> None:
    assert running.one(customer=7, lender=12)["warnings"] == [
        "customers: no history of this entity",
        "lender: '12' was not seen in training",
    ]


def test_a_unit_may_be_sent_without_its_key_and_without_ignored_fields(running: Running) -> None:
    record = {name: value for name, value in tiny.RECORD.items() if name not in ("Loan Key", "channel")}
    assert running.score(record).json()["results"][0]["probability"] == running.one()["probability"]
    assert running.one(channel={"any": ["thing", None]})["probability"] == running.one()["probability"]


def test_an_optional_field_may_be_null_or_absent(running: Running) -> None:
    absent = {name: value for name, value in tiny.RECORD.items() if name != "due"}
    assert running.one(due=None)["score"] == running.score(absent).json()["results"][0]["score"]


def test_no_field_is_ever_logged(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="credit_platform")
    running.one(customer="Jane-4711")
    running.score({**tiny.RECORD, "customer": ["Jane-4711"]})
    assert "4711" not in caplog.text


def test_a_broken_store_answers_503_and_is_explained_in_the_log_only(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.settings.online_for("tiny").write_bytes(b"broken" * 1000)
    answer = running.score(tiny.RECORD)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_available")
    assert "tiny.sqlite" not in answer.text
    assert "tiny.sqlite: cannot be read" in caplog.text


def test_states_of_another_shape_are_refused_and_never_read_as_blanks(running: Running) -> None:
    rows: list[dict[str, object]] = [{"customer": "C-7", "bads": 2}]
    running.champions.snapshot.of("tiny").store.replace("customers", as_of=tiny.DAY, key="customer", rows=rows)
    answer = running.score(tiny.RECORD)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_states")
    assert "lack ['earlier_bads']" in answer.json()["error"]["message"]


def test_a_table_that_was_published_empty_makes_everybody_a_newcomer(running: Running) -> None:
    running.champions.snapshot.of("tiny").store.replace("customers", as_of=tiny.DAY, key="customer", rows=[])
    assert running.one()["warnings"] == ["customers: no history of this entity"]


def test_look_ups_are_counted_by_where_the_state_came_from(running: Running) -> None:
    running.score(tiny.RECORD, {**tiny.RECORD, "customer": "C-9"})
    text = running.client.get("/metrics").text
    assert 'scorer_state_lookups_total{outcome="found",use_case="tiny"} 1.0' in text
    assert 'scorer_state_lookups_total{outcome="no_history",use_case="tiny"} 1.0' in text


def test_what_cannot_be_computed_is_the_callers_error(running: Running) -> None:
    sql = tiny.SQL.replace("due - opened as term_days", "days * days as term_days")
    sha = tiny.write(
        running.releases, tiny.files_of(tiny.release(release_id="r2", feature_program=sql)), release_id="r2"
    )
    tiny.promote(running.releases, sha, release_id="r2", sequence=2)
    running.champions.refresh()
    answer = running.score({**tiny.RECORD, "days": 2**62})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "not_computable")
    assert "DAYS * DAYS" in answer.text.upper()
