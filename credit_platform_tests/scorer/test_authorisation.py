"""Who may ask what: every route by every kind of caller, and nobody by another road."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.app import create_app
from credit_platform.scorer.security.access import need_of
from credit_platform.scorer.security.api_keys import revoke
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import loopback
from credit_platform_tests.scorer.guarded import Guarded, bearer, guarded, key

BODY = {"records": [tiny.RECORD]}
ROUTES = {
    ("POST", "/predict"): "score",
    ("POST", "/v1/tiny/predict"): "score",
    ("GET", "/v1/tiny/model"): "read",
    ("GET", "/v1/tiny/features"): "read",
    ("GET", "/openapi.json"): "read",
    ("GET", "/metrics"): "admin",
    ("GET", "/docs"): "",
    ("GET", "/health/live"): "",
    ("GET", "/health/ready"): "",
}
UNRECOGNISED = {"none", "wrong", "expired", "revoked", "forged token", "expired token"}
OTHERS = {"other use case", "other token"}
OF_A_USE_CASE = ("/predict", "/model", "/features")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Guarded]]:
    made = guarded(tmp_path_factory.mktemp("closed"))
    with TestClient(made.app) as client:
        yield client, made


def expected(caller: str, scope: str, path: str) -> int:
    if not scope:
        return 200
    if caller in UNRECOGNISED:
        return 401
    if caller.startswith("only "):
        return 200 if caller == f"only {scope}" else 403
    return 403 if caller in OTHERS and path.endswith(OF_A_USE_CASE) else 200


def test_every_route_by_every_kind_of_caller(closed: tuple[TestClient, Guarded]) -> None:
    client, made = closed
    found, wanted = {}, {}
    for (method, path), scope in ROUTES.items():
        for caller, headers in made.callers.items():
            answer = client.request(method, path, json=BODY if method == "POST" else None, headers=headers)
            found[method, path, caller] = answer.status_code
            wanted[method, path, caller] = expected(caller, scope, path)
            assert ("WWW-Authenticate" in answer.headers) == (answer.status_code == 401)
    assert found == wanted
    assert len(found) == 9 * 14


def paths_of(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """Every path, those of included routers too, which FastAPI keeps as routers of their own."""
    for route in routes:
        router = getattr(route, "original_router", None)
        yield from paths_of(router.routes) if router is not None else [str(getattr(route, "path", ""))]


def test_the_table_of_paths_knows_every_route(closed: tuple[TestClient, Guarded]) -> None:
    _, made = closed
    paths = {path.replace("{use_case}", "tiny") for path in paths_of(made.app.routes)}
    assert {path for path in paths if (need := need_of(path)) is not None and not need.is_known} == set()
    assert {path for _, path in ROUTES} <= paths


@pytest.mark.parametrize("path", ["/nothing", "/v1/tiny/nothing", "/v1/tiny", "/v1/tiny/predict%0A", "/v1//predict"])
def test_a_path_that_is_no_route_is_refused_like_one(closed: tuple[TestClient, Guarded], path: str) -> None:
    client, made = closed
    assert client.post(path, json=BODY).status_code in (401, 404)
    assert client.post(path, json=BODY, headers=made.callers["right"]).status_code == 404
    assert client.post(path, json=BODY, headers=made.callers["only admin"]).status_code == 404


def test_whoever_may_not_ask_learns_nothing_about_other_use_cases(closed: tuple[TestClient, Guarded]) -> None:
    client, made = closed
    answers = [client.get(f"/v1/{name}/model", headers=made.callers["other use case"]) for name in ("tiny", "nothing")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()
    ready = client.get("/health/ready")
    assert ready.json() == {"status": "ready"}
    assert client.get("/health/ready", headers=made.callers["only admin"]).json()["use_cases"] == {"tiny": "r1"}


def test_two_credentials_or_one_twice_are_refused(closed: tuple[TestClient, Guarded]) -> None:
    client, made = closed
    right = made.callers["right"]["Authorization"]
    both = client.get("/v1/tiny/model", headers={"Authorization": right, "X-API-Key": right.removeprefix("Bearer ")})
    twice = client.get("/v1/tiny/model", headers=[("Authorization", right), ("Authorization", right)])
    basic = client.get("/v1/tiny/model", headers={"Authorization": "Basic YTpi"})
    assert [answer.status_code for answer in (both, twice, basic)] == [401, 400, 401]


def test_a_key_is_issued_and_revoked_without_a_restart(closed: tuple[TestClient, Guarded]) -> None:
    client, made = closed
    file = made.settings.api_keys
    text = key(file)
    assert text not in file.read_text()
    statuses = []
    for change in (lambda: None, lambda: revoke(file, text[3:15])):
        change()
        time.sleep(0.3)
        statuses.append(client.get("/v1/tiny/model", headers=bearer(text)).status_code)
    assert statuses == [200, 401]
    told = client.get("/v1/tiny/model", headers=bearer(text)).json()["error"]["message"]
    assert told == f"API key {text[3:15]} is revoked; ask the operator for another"
    wrong = client.get("/v1/tiny/model", headers=bearer(text[:-1] + ("a" if text[-1] != "a" else "b")))
    assert "revoked" not in wrong.text


@pytest.mark.parametrize("damage", ["not json", "writable"])
def test_a_file_of_keys_that_cannot_be_used_lets_nobody_in(tmp_path: Path, damage: str) -> None:
    made = guarded(tmp_path)
    file = made.settings.api_keys
    with TestClient(made.app) as client:
        assert client.get("/v1/tiny/model", headers=made.callers["right"]).status_code == 200
        if damage == "writable":
            file.chmod(0o666)
        else:
            file.write_text("{")
        time.sleep(0.3)
        answer = client.get("/v1/tiny/model", headers=made.callers["right"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "keys_unavailable")
        assert client.get("/v1/tiny/model", headers=made.callers["token"]).status_code == 200
        assert client.get("/health/live", headers=made.callers["right"]).status_code == 200


def test_open_mode_answers_on_loopback_only(tmp_path: Path) -> None:
    tiny.trusted_in(tmp_path)
    app = create_app(Settings(home=tmp_path, scorer_open=True))
    with loopback(app) as client:
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={"Origin": "http://localhost:8000"}).status_code == 200
        for headers in ({"Host": "attacker.example.org"}, {"Origin": "https://attacker.example.org"}):
            assert client.get("/metrics", headers=headers).status_code == 403
    for base, peer in (("http://127.0.0.1", "10.0.0.5"), ("http://10.0.0.4", "127.0.0.1")):
        answer = TestClient(app, base_url=base, client=(peer, 50_000)).get("/metrics")
        assert answer.status_code == 403
        assert "open mode answers on loopback only" in answer.json()["error"]["message"]


def test_without_a_setting_and_without_a_key_nobody_is_let_in(tmp_path: Path) -> None:
    tiny.trusted_in(tmp_path)
    with loopback(create_app(Settings(home=tmp_path))) as client:
        assert client.get("/metrics").status_code == 401
        assert client.get("/health/live").status_code == 200
