"""Batch and online are one: the rows of a scored day, sent to the scorer with that day's entity states."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from credit_platform.builders.online import state_rows
from credit_platform.contracts.settings import Settings
from credit_platform.contracts.source import Column
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.entity_state import open_state_store
from credit_platform_tests.graph.conftest import Ran
from credit_platform_tests.graph.projects import Project
from credit_platform_tests.scorer.conftest import opened

DAYS = [dt.date(2022, 12, day) for day in range(1, 6)]
_TYPED = {"text": str, "integer": int, "decimal": float, "date": str}


def _records(path: Path, columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    """The rows of a request file as a caller would send them."""
    types = {column.name: _TYPED[column.type] for column in columns}
    with path.open(newline="") as stream:
        return [{n: types[n](v) if v else None for n, v in row.items()} for row in csv.DictReader(stream)]


def _with_states(project: Project, day: dt.date, online: Path) -> Settings:
    """The project's settings with an online store that holds the states as of a day."""
    settings = project.settings.model_copy(update={"online_url": f"file://{online}"})
    store = open_state_store(settings, project.name)
    for state in project.use_case.states:
        rows = state_rows(project.use_case, project.warehouse, state, day)
        store.replace(state.name, as_of=day, key=state.key, rows=rows)
    return settings


def _sent(client: TestClient, name: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = client.post(f"/v1/{name}/predict", json={"records": records, "options": {"reasons": "all"}})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_scorer_gives_the_score_table_to_the_byte(
    demo: Ran, committed_files: Path, tmp_path: Path, day: dt.date
) -> None:
    project = demo.project
    records = _records(committed_files / f"new_data_{day:%Y%m%d}.csv", project.use_case.requests.expanded_columns)
    with opened(_with_states(project, day, tmp_path)) as client:
        results = _sent(client, project.name, records)
    table = f"credit_default_output.scores where scoring_day = date '{day}' order by row_number"
    scores = project.warehouse.columns(project.name, f"select * from {table}")
    assert len(results) == len(scores["unit_key"]) > 100
    assert [result["input"]["ID"] for result in results] == scores["unit_key"]
    for name in ("prediction", "probability", "score", "band"):
        assert [repr(result[name]) for result in results] == [repr(value) for value in scores[name]]
    assert [json_bytes(result["reasons"]).decode() for result in results] == scores["reasons"]
    assert {result["model"]["release_id"] for result in results} == set(scores["release_id"])
    for result, told in zip(results, scores["warnings"], strict=True):
        wanted = json.loads(told)
        assert result["warnings"][len(result["warnings"]) - len(wanted) :] == wanted


@pytest.fixture
def published(demo: Ran) -> Iterator[TestClient]:
    """The scorer on the states that the run itself published."""
    with opened(demo.project.settings) as client:
        yield client


def test_the_run_published_the_state_for_the_day_after_the_last(
    demo: Ran, published: TestClient, committed_files: Path
) -> None:
    records = _records(committed_files / "new_data_20221205.csv", demo.project.use_case.requests.expanded_columns)
    later = {**records[0], "disbursement_date": "2022-12-06", "due_date": "2022-12-13"}
    result = _sent(published, "credit_default", [later])[0]
    assert set(result["state_as_of"].values()) == {"2022-12-06"}
    assert not [text for text in result["warnings"] if "later than the decision" in text]


def test_an_unseen_country_and_lender_are_a_warning_and_a_score(
    demo: Ran, published: TestClient, committed_files: Path
) -> None:
    records = _records(committed_files / "new_data_20221205.csv", demo.project.use_case.requests.expanded_columns)
    result = _sent(published, "credit_default", [{**records[0], "country_id": "Atlantis", "lender_id": "nobody"}])[0]
    assert "lender_id: 'nobody' was not seen in training" in result["warnings"]
    assert "country_id: 'Atlantis' was not seen in training" in result["warnings"]
    assert 0 < result["probability"] < 1
    assert len(result["reasons"]) <= 4


def test_the_scorer_answers_for_a_portfolio_without_entities(classifier: Ran) -> None:
    project = classifier.project
    records = _records(project.landing / "new_data_20221202.csv", project.use_case.requests.expanded_columns)
    with opened(project.settings) as client:
        results = _sent(client, "risk_classifier", records)
        by_default = client.post("/predict", json={"records": records[:1]}).json()["results"]
    scores = project.read(
        "select * from risk_classifier_output.scores where scoring_day = '2022-12-02' order by row_number"
    )
    assert [r["probability"] for r in results] == scores["probability"].tolist()
    assert [json_bytes(r["reasons"]).decode() for r in results] == scores["reasons"].tolist()
    assert by_default[0]["score"] == results[0]["score"]
