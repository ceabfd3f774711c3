"""What the scorer tells about itself: OpenAPI by use case, model, features and metrics."""

from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running
from credit_platform_tests.scorer.test_champions import publish


def test_openapi_has_one_concrete_path_per_loaded_use_case_with_its_record(running: Running) -> None:
    page = running.client.get("/openapi.json").json()
    assert sorted(page["paths"]) == [
        "/health/live", "/health/ready", "/metrics", "/predict",
        "/v1/tiny/features", "/v1/tiny/model", "/v1/tiny/predict",
    ]  # fmt: skip
    record = page["components"]["schemas"]["tiny_record"]
    assert record["required"] == ["customer", "Amount", "days", "lender", "opened", "is_new"]
    assert record["additionalProperties"] is False
    assert record["properties"]["Amount"] == {
        "description": "A number above 0 and of at most 1000000.", "type": "number", "exclusiveMinimum": 0.0,
        "maximum": 1e6,
    }  # fmt: skip
    assert record["properties"]["opened"]["format"] == "date"
    assert "{use_case}" not in str(page["paths"].keys())


def test_every_reference_of_the_openapi_page_resolves(running: Running) -> None:
    page = running.client.get("/openapi.json").json()
    names = set(page["components"]["schemas"])
    references = {part.split('"')[0].split("'")[0] for part in str(page).split("#/components/schemas/")[1:]}
    assert references <= names
    assert "tiny_request" in references


def test_every_operation_tells_every_status_and_how_callers_are_recognised(running: Running) -> None:
    page = running.client.get("/openapi.json").json()
    told = {
        (path, method): sorted(o["responses"]) for path, item in page["paths"].items() for method, o in item.items()
    }
    scoring = ["200", "400", "401", "403", "404", "408", "410", "413", "422", "429", "431", "500", "503", "504"]
    assert told["/predict", "post"] == told["/v1/tiny/predict", "post"] == scoring
    assert told["/v1/tiny/model", "get"] == [s for s in scoring if s not in ("408", "410", "413", "422")]
    assert told["/metrics", "get"] == [s for s in scoring if s not in ("404", "408", "410", "413", "422")]
    assert told["/health/ready", "get"] == ["200", "431", "500", "503"]
    assert page["paths"]["/predict"]["post"]["security"] == [{"bearer": []}, {"key": []}]
    assert page["paths"]["/health/live"]["get"]["security"] == []


def test_the_documented_example_is_accepted(running: Running) -> None:
    page = running.client.get("/openapi.json").json()
    for path in ("/predict", "/v1/tiny/predict"):
        example = page["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
        answer = running.client.post(path, json=example)
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"][0]["warnings"] == ["customers: no history of this entity"]


def test_the_openapi_page_is_written_anew_after_a_swap(running: Running) -> None:
    publish(running, "r1", sequence=1, use_case="another")
    fields = (*tiny.FIELDS, tiny.request_field("Brand New", "text", used=False))
    sha = tiny.write(
        running.releases, tiny.files_of(tiny.release("tiny", "r2", request_fields=fields)), release_id="r2"
    )
    tiny.promote(running.releases, sha, release_id="r2", sequence=2)
    running.champions.refresh()
    page = running.client.get("/openapi.json").json()
    assert "/v1/another/predict" in page["paths"]
    assert "Brand New" in page["components"]["schemas"]["tiny_record"]["properties"]
    assert "Brand New" not in page["components"]["schemas"]["another_record"]["properties"]
    assert running.client.get("/docs").status_code == 200


def test_the_model_and_its_features_are_described(running: Running) -> None:
    model = running.client.get("/v1/tiny/model").json()
    assert (model["release_id"], model["sequence"], model["metrics"]) == ("r1", 1, {"auc": 0.8})
    assert len(model["manifest_sha256"]) == 64
    features = running.client.get("/v1/tiny/features").json()
    assert [feature["name"] for feature in features["features"]] == [feature.name for feature in tiny.FEATURES]
    read = {field["name"]: (field["is_read"], field["is_required"]) for field in features["request_fields"]}
    assert read["customer"] == (True, True)
    assert read["Loan Key"] == (True, False)
    assert read["due"] == (True, False)
    assert read["channel"] == (False, False)


def test_metrics_count_requests_by_route_and_decisions_by_band(running: Running) -> None:
    running.score(tiny.RECORD, {**tiny.RECORD, "lender": "Atlantis"})
    running.score({})
    running.client.get("/secret-path")
    text = running.client.get("/metrics").text
    assert 'scorer_requests_total{route="/v1/{use_case}/predict",status="200"} 1.0' in text
    assert 'scorer_requests_total{route="/v1/{use_case}/predict",status="422"} 1.0' in text
    assert 'scorer_warned_decisions_total{use_case="tiny"} 1.0' in text
    counted = [line for line in text.splitlines() if line.startswith("scorer_decisions_total")]
    assert sum(float(line.split()[-1]) for line in counted) == 2
    assert "secret-path" not in text
