"""Champion and challenger: who meets which model, and that a challenger can make no answer fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from credit_platform.contracts.challenger import ChallengerPointer, Trial
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.journal.reading import JournalReader, Recorded
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.journals import opened
from credit_platform_tests.scorer.conftest import Running
from credit_platform_tests.scorer.test_champions import within
from credit_platform_tests.scorer.test_replay import command


def challenge(running: Running, trial: Trial | None, *, sequence: int, release_id: str = "r2") -> None:
    """r2 challenges r1, as the platform writes it, and the scorer has looked."""
    made = tiny.files_of(tiny.release(release_id=release_id), forest=tiny.forest_bytes(8))
    sha = tiny.write(running.releases, made, release_id=release_id)
    pointer = ChallengerPointer(
        use_case="tiny", release_id=release_id, sequence=sequence, manifest_sha256=sha, entry_sha256="0" * 64,
        trial=trial,
    )  # fmt: skip
    sealed = tiny.SIGNER.sealed(json_bytes(pointer), "challenger")
    (running.releases / "tiny" / "challenger.json").write_bytes(sealed.data)
    running.client.app.state.challengers.refresh()  # type: ignore[attr-defined]


def by_customer(running: Running, count: int = 60) -> dict[str, dict[str, Any]]:
    """The result of each of many customers, of one bulk request."""
    names = [f"C-{n}" for n in range(count)]
    answer = running.score(*({**tiny.RECORD, "customer": name, "Loan Key": f"L-{name}"} for name in names))
    assert answer.status_code == 200, answer.text
    return dict(zip(names, answer.json()["results"], strict=True))


def releases(results: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {customer: result["model"]["release_id"] for customer, result in results.items()}


def recorded(running: Running) -> list[Recorded]:
    return list(JournalReader(*opened(running.settings)).decisions("tiny"))


def test_a_canary_answers_for_its_share_and_an_entity_meets_the_same_model(running: Running) -> None:
    before = by_customer(running)
    challenge(running, Trial(mode="canary", share=30), sequence=1)
    tried_now = running.client.app.state.challengers.of("tiny")  # type: ignore[attr-defined]
    assert tried_now.loaded.forest.is_prepared
    bulk = by_customer(running)
    tried = {customer for customer, release in releases(bulk).items() if release == "r2"}
    # The home's key is random: of 60 at 30%, one run in ten million has fewer than three.
    assert 3 <= len(tried) <= 40
    assert {bulk[customer]["model"]["role"] for customer in tried} == {"challenger"}
    # Those of the champion are what they were, in their places; alone everybody meets the model of the bulk request.
    for customer in ("C-0", "C-1", "C-2", "C-3"):
        assert running.one(customer=customer)["model"]["release_id"] == releases(bulk)[customer]
    for customer in before.keys() - tried:
        assert bulk[customer]["probability"] == before[customer]["probability"]
    # A larger share keeps those that were tried before.
    challenge(running, Trial(mode="canary", share=60), sequence=2)
    assert {customer for customer, release in releases(by_customer(running)).items() if release == "r2"} > tried
    one = bulk[min(tried)]["decision_id"]
    code, found, _ = command(running, "replay", one)
    assert (code, found["role"], found["occasion"]["release_id"]) == (0, "challenger", "r2")


def test_a_challenger_in_shadow_is_recorded_beside_the_answer_that_the_champion_gave(running: Running) -> None:
    challenge(running, Trial(mode="shadow", share=100), sequence=1)
    result = running.one()
    assert (result["model"]["release_id"], result["model"]["role"]) == ("r1", "champion")
    assert within(10, lambda: len(recorded(running)) == 2)
    champion, shadow = recorded(running)
    assert (champion.entry.decision_id, shadow.entry.beside) == (result["decision_id"],) * 2
    assert (shadow.entry.role, shadow.occasion.release_id, shadow.entry.unit) == ("shadow", "r2", champion.entry.unit)
    assert json.loads(shadow.payload or b"")["answer"]["probability"] != result["probability"]
    assert command(running, "replay", shadow.entry.decision_id)[0] == 0


@pytest.mark.parametrize("mode", ["canary", "shadow"])
def test_a_challenger_that_fails_makes_no_answer_fail(
    running: Running, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = running.one()["probability"]
    challenge(running, Trial.model_validate({"mode": mode, "share": 100}), sequence=1)
    found = running.client.app.state.challengers.of("tiny")  # type: ignore[attr-defined]
    # Anything at all goes wrong inside: the forest is gone.
    monkeypatch.setitem(found.loaded.__dict__, "forest", None)
    result = running.one()
    assert (result["model"]["release_id"], result["probability"]) == ("r1", expected)
    told = 'scorer_challenger_failures_total{use_case="tiny"} 1.0'
    assert within(10, lambda: told in running.client.get("/metrics").text)


def test_the_switch_and_a_withdrawal_end_a_trial_at_once(running: Running) -> None:
    challenge(running, Trial(mode="canary", share=100), sequence=1)
    assert running.one()["model"]["release_id"] == "r2"
    switch = running.settings.home_dir / "challengers.off"
    switch.touch()
    assert running.one()["model"]["release_id"] == "r1"
    switch.unlink()
    assert running.one()["model"]["release_id"] == "r2"
    challenge(running, None, sequence=2)
    assert running.one()["model"]["release_id"] == "r1"


def test_a_switch_that_cannot_be_looked_for_counts_as_off(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    challenge(running, Trial(mode="canary", share=100), sequence=1)
    exists = Path.exists

    def unreadable(path: Path) -> bool:
        if path.name == "challengers.off":
            raise PermissionError(path)
        return exists(path)

    monkeypatch.setattr(Path, "exists", unreadable)
    assert running.one()["model"]["release_id"] == "r1"


@pytest.mark.parametrize("damage", ["older", "altered", "unsigned"])
def test_a_challenger_that_does_not_verify_is_not_tried(running: Running, damage: str) -> None:
    challenge(running, Trial(mode="canary", share=100), sequence=2)
    file = running.releases / "tiny" / "challenger.json"
    if damage == "older":
        challenge(running, Trial(mode="canary", share=100), sequence=1)
    if damage == "altered":
        file.write_bytes(file.read_bytes().replace(b'"canary"', b'"shadow"'))
    if damage == "unsigned":
        file.write_bytes(b"{}")
    challengers = running.client.app.state.challengers  # type: ignore[attr-defined]
    challengers.refresh()
    assert running.one()["model"]["release_id"] == "r1"
    assert challengers.problems["tiny"]
    ready = running.client.get("/health/ready").json()
    assert (ready["status"], ready["problems"]) == ("degraded", {"challenger of tiny": challengers.problems["tiny"]})
    assert 'scorer_challenger_refused{use_case="tiny"} 1.0' in running.client.get("/metrics").text
