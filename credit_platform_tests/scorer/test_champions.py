"""Champions are swapped without a restart, and a new one that cannot be used leaves the old one serving."""

import datetime as dt
import time
from collections.abc import Callable

import pytest

from credit_platform.contracts.release import Override
from credit_platform.scorer import descriptions
from credit_platform.scorer.champions import Champions
from credit_platform_tests.engine import tiny
from credit_platform_tests.scorer.conftest import Running, run


def publish(running: Running, release_id: str, *, sequence: int, use_case: str = "tiny", seed: int = 8) -> None:
    made = tiny.files_of(tiny.release(use_case, release_id), forest=tiny.forest_bytes(seed))
    sha = tiny.write(running.releases, made, use_case=use_case, release_id=release_id)
    tiny.promote(running.releases, sha, use_case=use_case, release_id=release_id, sequence=sequence)


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.05)
    return False


def test_a_new_champion_is_served_within_seconds_without_a_restart(running: Running) -> None:
    before = running.one()
    publish(running, "r2", sequence=2)
    assert within(15, lambda: running.one()["model"]["release_id"] == "r2")
    assert running.one()["probability"] != before["probability"]
    assert 'scorer_champion{release_id="r2",use_case="tiny"} 1.0' in running.client.get("/metrics").text


@pytest.mark.parametrize("damage", ["byte", "missing", "pointer", "gone", "older"])
def test_a_champion_that_cannot_be_used_leaves_the_old_one_and_is_told(running: Running, damage: str) -> None:
    expected = running.one()["probability"]
    publish(running, "r2", sequence=0 if damage == "older" else 2)
    folder = running.releases / "tiny"
    if damage == "byte":
        data = bytearray((folder / "r2" / "forest.ubj").read_bytes())
        data[500] ^= 1
        (folder / "r2" / "forest.ubj").write_bytes(bytes(data))
    if damage == "missing":
        (folder / "r2" / "release.json").unlink()
    if damage == "pointer":
        (folder / "champion.json").write_bytes(b'{"use_case":')
    if damage == "gone":
        (folder / "champion.json").unlink()
    running.champions.refresh()
    result = running.one()
    assert (result["model"]["release_id"], result["probability"]) == ("r1", expected)
    ready = running.client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["problems"]["tiny"]
    assert 'scorer_champion_refused{use_case="tiny"} 1.0' in running.client.get("/metrics").text


@pytest.mark.parametrize("put_back", ["an older one", "none"])
def test_a_pointer_turned_back_before_a_start_brings_no_older_model_into_service(
    running: Running, put_back: str
) -> None:
    path = running.releases / "tiny" / "champion.json"
    older = path.read_bytes()
    publish(running, "r2", sequence=2)
    running.champions.refresh()
    path.unlink()
    if put_back == "an older one":
        path.write_bytes(older)
    started = Champions(running.champions.settings)
    started.refresh()
    assert started.snapshot.served["tiny"].pointer.release_id == "r2"
    started.refresh()
    assert "champion pointer" in started.snapshot.problems["tiny"]
    started.stop()


def test_a_repaired_champion_ends_the_trouble(running: Running) -> None:
    (running.releases / "tiny" / "champion.json").write_bytes(b"{")
    running.champions.refresh()
    assert running.client.get("/health/ready").json()["status"] == "degraded"
    publish(running, "r2", sequence=2)
    running.champions.refresh()
    assert running.client.get("/health/ready").json() == {
        "status": "ready", "is_following_pointers": True, "is_recorded": True, "use_cases": {"tiny": "r2"},
        "without_champion": [], "problems": {},
    }  # fmt: skip
    assert 'scorer_champion_refused{use_case="tiny"} 0.0' in running.client.get("/metrics").text


@pytest.mark.parametrize(("expires", "status"), [(dt.date(2022, 11, 30), "degraded"), (tiny.DAY, "ready")])
def test_an_override_is_in_every_answer_and_serves_on_when_it_has_expired_but_is_told(
    running: Running, expires: dt.date, status: str
) -> None:
    override = Override(approvers=("Ada", "Bo"), reason="new market", unmet=("auc is 0.6",), expires=expires)
    sha = tiny.write(running.releases, tiny.files_of(tiny.release(release_id="r2")), release_id="r2")
    tiny.promote(running.releases, sha, release_id="r2", sequence=2, override=override)
    running.champions.refresh()
    assert running.one()["model"]["override"] == override.model_dump(mode="json")
    assert running.client.get("/v1/tiny/model").json()["override"]["approvers"] == ["Ada", "Bo"]
    ready = running.client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, status)
    told = ready.json()["problems"].get("tiny", "")
    expired = "expired on 2022-11-30, and decisions are made for 2022-12-01; promote a release, roll back, or override"
    assert (expired in told) == (status == "degraded")
    expected = f'scorer_override_expired{{use_case="tiny"}} {float(status == "degraded")}'
    assert expected in running.client.get("/metrics").text


def test_an_override_is_good_through_its_last_business_day_and_without_one_by_the_clock(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """States hold for 2022-12-01: the last day of the override, whatever the clock says."""
    override = Override(approvers=("Ada", "Bo"), reason="new market", unmet=("auc is 0.6",), expires=tiny.DAY)
    sha = tiny.write(running.releases, tiny.files_of(tiny.release(release_id="r2")), release_id="r2")
    tiny.promote(running.releases, sha, release_id="r2", sequence=2, override=override)
    running.champions.refresh()

    def is_expired() -> bool:
        return "tiny" in running.client.get("/health/ready").json()["problems"]

    assert not is_expired()
    tiny.publish_states(running.settings, as_of=tiny.DAY + dt.timedelta(days=1))
    assert is_expired()
    for file in running.settings.home_dir.glob("online/*"):
        file.unlink()
    for today, expected in ((tiny.DAY, False), (tiny.DAY + dt.timedelta(days=1), True)):
        monkeypatch.setattr(descriptions, "today", lambda day=today: day)
        assert is_expired() == expected


def test_before_the_first_champion_nothing_is_ready_and_then_it_appears(empty: Running) -> None:
    assert empty.client.get("/health/live").status_code == 200
    assert empty.client.get("/health/ready").status_code == 503
    assert empty.client.post("/predict", json={"records": [tiny.RECORD]}).status_code == 503
    assert empty.score(tiny.RECORD).status_code == 404
    (empty.releases / "tiny").mkdir(parents=True)
    empty.champions.refresh()
    assert empty.score(tiny.RECORD).status_code == 503
    publish(empty, "r1", sequence=1)
    empty.champions.refresh()
    assert empty.client.get("/health/ready").status_code == 200
    unpublished = empty.score(tiny.RECORD)
    assert (unpublished.status_code, unpublished.json()["error"]["code"]) == (503, "no_states")
    tiny.publish_states(empty.settings)
    assert empty.one()["warnings"] == []


def test_an_unknown_use_case_is_told_which_are_loaded(running: Running) -> None:
    publish(running, "r1", sequence=1, use_case="another")
    running.champions.refresh()
    for path in ("/v1/nothing/model", "/v1/nothing/features", "/v1/../model"):
        answer = running.client.get(path)
        assert answer.status_code == 404
    answer = running.score(tiny.RECORD, use_case="nothing")
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        404,
        "unknown use case; loaded are ['another', 'tiny']",
    )


def test_the_settings_name_the_default_use_case(running: Running) -> None:
    publish(running, "r1", sequence=1, use_case="another")
    tiny.publish_states(running.settings, use_case="another")
    running.champions.refresh()
    body = {"records": [tiny.RECORD]}
    answer = running.client.post("/predict", json=body)
    assert answer.json()["results"][0]["model"]["use_case"] == "another"
    for other in run(running.settings.model_copy(update={"default_use_case": "tiny"})):
        assert other.client.post("/predict", json=body).json()["results"][0]["model"]["use_case"] == "tiny"


def test_a_broken_use_case_leaves_the_other_serving(running: Running) -> None:
    publish(running, "r1", sequence=1, use_case="another")
    (running.releases / "another" / "r1" / "metrics.json").write_bytes(b"{}")
    running.champions.refresh()
    assert running.score(tiny.RECORD, use_case="another").status_code == 503
    assert running.one()["model"]["release_id"] == "r1"


def test_a_champion_removed_from_disk_keeps_serving(running: Running) -> None:
    expected = running.one()["probability"]
    for path in (running.releases / "tiny" / "r1").iterdir():
        path.unlink()
    running.champions.refresh()
    assert running.one()["probability"] == expected
