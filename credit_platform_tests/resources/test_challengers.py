"""Challengers: who may be one, what the ledger says of them, and that no champion moves by it."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from credit_platform.contracts.challenger import CHAIN, Trial
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.releases import read_challenger
from credit_platform.engine.trust import trust_of
from credit_platform.resources.challengers import Challengers
from credit_platform.resources.model_registry import GATES_TAG, MODEL_TAG, _waiting
from credit_platform.resources.promotion import RefusedError
from credit_platform.resources.releases import ReleaseStore
from credit_platform_tests.resources.governed import FIRST_DAY, promote, promoted, publish, store_at

SHADOW, CANARY = Trial(mode="shadow", share=100), Trial(mode="canary", share=10)


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    """r1 in force; r2 published, and r3 with an unmet gate."""
    found = store_at(tmp_path)
    publish(found, "r1", seed=1)
    promote(found, "r1")
    publish(found, "r2", seed=2)
    publish(found, "r3", seed=3, unmet=("auc is 0.6",))
    return found


def test_a_challenge_and_its_withdrawal_are_entries_and_a_signed_pointer(store: ReleaseStore) -> None:
    challengers = Challengers(store.settings)
    first = challengers.challenge("tiny", "r2", trial=CANARY, reason="looks better")
    last = challengers.withdraw("tiny", reason="enough seen")
    assert first is not None and (first.release_id, first.sequence, first.trial) == ("r2", 1, CANARY)
    assert last is not None and (last.release_id, last.sequence, last.trial) == ("r2", 2, None)
    assert read_challenger(store.settings.releases, "tiny", trust=trust_of(store.settings)) == last
    entries, problems = store.ledger.examined("tiny" + CHAIN)
    assert [(each.entry.kind, each.entry.recorded_by) for each in entries] == [
        ("challenge", "tester"),
        ("withdrawal", "tester"),
    ]
    assert problems == []
    # The champion's own chain knows nothing of it.
    assert len(store.ledger.entries("tiny")) == 1
    champion = store.pointer("tiny")
    assert champion is not None and champion.release_id == "r1"
    with pytest.raises(RefusedError, match="no challenger to withdraw"):
        challengers.withdraw("tiny", reason="again")


def test_only_a_release_whose_gates_passed_may_answer_and_any_other_is_tried_in_shadow(store: ReleaseStore) -> None:
    challengers = Challengers(store.settings)
    with pytest.raises(ValidationError, match="unmet gates .*; try it in shadow"):
        challengers.challenge("tiny", "r3", trial=CANARY, reason="hope")
    found = challengers.challenge("tiny", "r3", trial=SHADOW, reason="hope")
    assert found is not None and found.trial == SHADOW
    with pytest.raises(RefusedError, match="r1 is the model in force"):
        challengers.challenge("tiny", "r1", trial=SHADOW, reason="itself")
    with pytest.raises(ReleaseError, match="not found"):
        challengers.challenge("tiny", "r9", trial=SHADOW, reason="nobody")


def test_a_pointer_that_a_kill_left_behind_is_put_right(store: ReleaseStore) -> None:
    challengers = Challengers(store.settings)
    challengers.challenge("tiny", "r2", trial=SHADOW, reason="looks better")
    file = Path(store.settings.releases.removeprefix("file://")) / "tiny" / "challenger.json"
    old = file.read_bytes()
    last = challengers.withdraw("tiny", reason="enough seen")
    file.write_bytes(old)
    assert challengers.pointer("tiny") == last
    assert file.read_bytes() != old


def test_what_was_rolled_back_waits_for_nobody_under_whatever_name(tmp_path: Path) -> None:
    """The alias of MLflow goes to the newest version that met its gates, but for a model that somebody took back."""
    store = store_at(tmp_path)
    promoted(store, 2)

    def waiting(*models: str) -> str | None:
        versions = {
            f"r{n}": SimpleNamespace(version=str(n), tags={GATES_TAG: "True", MODEL_TAG: model})
            for n, model in enumerate(models, 1)
        }
        return _waiting(store.settings, "tiny", versions, "r1")  # type: ignore[arg-type]

    first, second = (store.load("tiny", name).model_sha256 for name in ("r1", "r2"))
    assert waiting(first, second) == "r2"
    store.rollback("tiny", to=None, reason="declines too many", next_day=FIRST_DAY)
    assert waiting(first, second) is None
    assert waiting(first, "of an earlier version, without its hash") is None
    assert waiting(first, second, second) is None
    assert waiting(first, second, "another") == "r3"
