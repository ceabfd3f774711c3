"""A scorer over a folder of releases that a test may change."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from credit_platform.contracts.settings import Settings
from credit_platform.scorer.app import create_app
from credit_platform.scorer.champions import Champions
from credit_platform_tests.engine import tiny


@dataclass(frozen=True)
class Running:
    """A scorer in this process: its client, its settings and the champions it follows."""

    client: TestClient
    settings: Settings
    champions: Champions

    @property
    def releases(self) -> Path:
        return Path(self.settings.releases.removeprefix("file://"))

    def score(self, *records: dict[str, Any], use_case: str = "tiny", **options: object) -> httpx.Response:
        body = {"records": list(records), **({"options": options} if options else {})}
        found: httpx.Response = self.client.post(f"/v1/{use_case}/predict", json=body)
        return found

    def one(self, **changes: object) -> dict[str, Any]:
        """The result of the tiny record with some fields changed."""
        answer = self.score({**tiny.RECORD, **changes})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["results"][0]
        return found

    def problem(self, record: dict[str, Any]) -> tuple[str, str]:
        """Path and rule of the only problem of a record."""
        answer = self.score(record)
        assert answer.status_code == 422, answer.text
        details = answer.json()["error"]["details"]
        assert len(details) == 1, details
        return details[0]["path"], details[0]["rule"]


def loopback(app: FastAPI) -> TestClient:
    """A client whose both ends are loopback, as open mode asks for."""
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))


def opened(settings: Settings) -> TestClient:
    """A client of a scorer in open mode."""
    return loopback(create_app(settings.model_copy(update={"scorer_open": True})))


def run(settings: Settings) -> Iterator[Running]:
    """A scorer from start to stop."""
    app = create_app(settings.model_copy(update={"scorer_open": True}))
    with loopback(app) as client:
        yield Running(client=client, settings=settings, champions=app.state.champions)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Running]:
    """A scorer before any release exists."""
    tiny.trusted_in(tmp_path)
    yield from run(Settings(home=tmp_path))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A scorer of the tiny release with states of customers C-7 and C-8 as of 2022-12-01."""
    settings = Settings(home=tmp_path)
    tiny.trusted_in(tmp_path)
    root = Path(settings.releases.removeprefix("file://"))
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    tiny.publish_states(settings)
    yield from run(settings)
