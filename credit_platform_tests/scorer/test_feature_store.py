"""A scorer whose Redis dies: answers from this machine's copy with a warning, or a clear 503, never a wrong score."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr

from credit_platform.contracts.settings import Settings
from credit_platform_tests.engine import tiny
from credit_platform_tests.redis_server import RedisServer, running_redis
from credit_platform_tests.scorer.conftest import run


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with running_redis() as found:
        yield found


@pytest.mark.parametrize("policy", ["answer", "refuse"])
def test_a_scorer_outlives_its_redis(tmp_path: Path, server: RedisServer, policy: Literal["answer", "refuse"]) -> None:
    tiny.trusted_in(tmp_path)
    settings = Settings(home=tmp_path, redis_url=SecretStr(server.url), redis_timeout_seconds=5, redis_down=policy)
    root = Path(settings.releases.removeprefix("file://"))
    tiny.promote(root, tiny.write(root, tiny.files_of(tiny.release())))
    tiny.publish_states(settings)
    for running in run(settings):
        before = running.one()
        assert before["warnings"] == []
        server.kill()
        answer = running.score(tiny.RECORD)
        if policy == "refuse":
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_available")
        else:
            result = answer.json()["results"][0]
            note = "customers: the feature store does not answer; state is this machine's copy as of 2022-12-01"
            assert (result["probability"], result["warnings"]) == (before["probability"], [note])
            degraded = 'scorer_state_lookups_total{outcome="degraded",use_case="tiny"} 1.0'
            assert degraded in running.client.get("/metrics").text
