"""When a release may come into force, and the ways back: compared with this champion, by gates, or by two names."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from credit_platform.contracts.release import Release
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.ledger import champion_at
from credit_platform.engine.releases import DECIDES
from credit_platform.resources.ledger import actor
from credit_platform.resources.ledger_store import LedgerError
from credit_platform.resources.promotion import RefusedError
from credit_platform.resources.releases import ReleaseStore
from credit_platform.resources.warehouse import WarehouseError
from credit_platform_tests.engine import tiny
from credit_platform_tests.resources.governed import FIRST_DAY, problems, promote, promoted, publish, rows_of, store_at

NEXT_DAY = dt.date(2022, 12, 9)
"""The first business day that nothing was scored for, as the warehouse would tell it."""


@pytest.fixture
def local(tmp_path: Path) -> ReleaseStore:
    """The ledger in a file."""
    return store_at(tmp_path)


def test_a_candidate_compared_with_another_champion_is_not_promoted(local: ReleaseStore) -> None:
    shas = [publish(local, f"r{number}", seed=number) for number in (1, 2, 3)]
    assert promote(local, "r1").refused is None
    assert promote(local, "r2", replaces=shas[0]).refused is None
    late = promote(local, "r3", replaces=shas[0])
    assert late.refused is not None and "compared with another champion than r2" in late.refused
    assert late.pointer is not None and late.pointer.release_id == "r2"
    assert "compared with another champion" in str(promote(local, "r3", replaces=None).refused)


def test_the_same_model_again_adds_no_entry_whatever_it_is_called(local: ReleaseStore) -> None:
    promoted(local, 1)
    publish(local, "again", seed=1)
    found = promote(local, "again")
    assert (found.refused, found.pointer) == (None, local.pointer("tiny"))
    assert len(rows_of(local)) == 1
    assert local.champion("tiny").release.release_id == "r1"


def test_unmet_gates_promote_nothing(local: ReleaseStore) -> None:
    publish(local, "r1", seed=1, unmet=("auc is 0.5",))
    found = promote(local, "r1")
    assert (found.pointer, found.refused) == (None, "r1: unmet gates: auc is 0.5")
    assert rows_of(local) == []


def test_a_rollback_returns_to_the_release_before_and_is_not_undone_by_the_next_training(local: ReleaseStore) -> None:
    promoted(local, 3)
    found = local.rollback("tiny", to=None, reason="declines too many", next_day=NEXT_DAY)
    assert found is not None and (found.release_id, found.sequence) == ("r2", 4)
    assert local.champion("tiny").release.release_id == "r2"
    again = promote(local, "r3")
    assert again.refused is not None and "rolled back by tester" in again.refused
    assert "(declines too many)" in again.refused
    twice = local.rollback("tiny", to=None, reason="more", next_day=NEXT_DAY)
    assert twice is not None and twice.release_id == "r1"
    with pytest.raises(RefusedError, match="nothing was in force before the present model"):
        local.rollback("tiny", to=None, reason="more", next_day=NEXT_DAY)
    back = local.rollback("tiny", to="r3", reason="it was the data", next_day=NEXT_DAY)
    assert back is not None and (back.release_id, back.sequence) == ("r3", 6)
    for to, told in (("r3", "is the model in force"), ("r9", "was never in force .* found .'r1', 'r2', 'r3'.")):
        with pytest.raises(RefusedError, match=told):
            local.rollback("tiny", to=to, reason="x", next_day=NEXT_DAY)
    assert problems(local) == []


def test_an_upgrade_does_not_bring_back_what_was_rolled_back(local: ReleaseStore) -> None:
    """The same forest under other versions, days and words is the same model; another cut-off is another one."""
    promoted(local, 2)
    local.rollback("tiny", to=None, reason="declines too many", next_day=NEXT_DAY)
    made = tiny.release(release_id="upgraded")
    other = made.model_copy(
        update={
            "package_versions": {**made.package_versions, "dagster": "9.9"},
            "as_of": NEXT_DAY,
            "notes": ("another word",),
            "training_fingerprint": "f" * 64,
            "reasons": tuple(reason.model_copy(update={"wording": "said otherwise"}) for reason in made.reasons),
        }
    )
    local.publish("tiny", "upgraded", tiny.files_of(other, forest=tiny.forest_bytes(2)))
    assert "rolled back by tester" in str(promote(local, "upgraded").refused)
    local.publish(
        "tiny", "stricter", tiny.files_of(tiny.release(release_id="stricter", cut_off=0.1), forest=tiny.forest_bytes(2))
    )
    assert promote(local, "stricter").refused is None


def test_every_field_of_a_release_is_known_to_decide_or_not_to() -> None:
    told = {
        "release_id", "as_of", "algorithm", "members", "feature_set", "population", "notes", "training_fingerprint",
        "package_versions", "entity",
    }  # fmt: skip
    assert (set(Release.model_fields), told & set(DECIDES)) == (told | set(DECIDES), set())


def test_a_rollback_over_several_releases_withdraws_them_all(local: ReleaseStore) -> None:
    promoted(local, 3)
    local.rollback("tiny", to="r1", reason="both were wrong", next_day=NEXT_DAY)
    for name in ("r2", "r3"):
        assert "rolled back by tester" in str(promote(local, name).refused)
    assert [each.entry.release_id for each in local.ledger.entries("tiny")] == ["r1", "r2", "r3", "r1"]


def test_an_override_needs_two_names_a_reason_and_an_expiry_and_every_reader_sees_it(local: ReleaseStore) -> None:
    promoted(local, 1)
    publish(local, "r2", seed=2, unmet=("auc is 0.6, at least 0.7 required",))
    day, last = dt.date(2022, 12, 5), dt.date(2022, 12, 31)
    for names, reason, expires, told in (
        (("Ada",), "new market", last, "two different names"),
        (("Ada", " ada "), "new market", last, "two different names"),
        (("Ada", "Bo"), " ", last, "reason"),
        (("Ada", "  "), "new market", last, "two different names"),
        (("Ada", "Bo"), "new market", dt.date(2022, 12, 4), "a last day that is not before 2022-12-05"),
    ):
        with pytest.raises(ValueError, match=told):
            local.override("tiny", "r2", approvers=names, reason=reason, expires=expires, next_day=day)
    pointer = local.override("tiny", "r2", approvers=("Ada", "Bo"), reason="new market", expires=last, next_day=day)
    assert pointer is not None and pointer.override is not None
    assert (pointer.release_id, pointer.override.approvers, pointer.override.expires) == ("r2", ("Ada", "Bo"), last)
    assert pointer.override.unmet == ("auc is 0.6, at least 0.7 required",)
    assert local.champion("tiny").used.override == pointer.override
    with pytest.raises(RefusedError, match="r2' was never in force by its own merits"):
        local.rollback("tiny", to="r2", reason="x", next_day=NEXT_DAY)
    local.rollback("tiny", to="r1", reason="enough", next_day=NEXT_DAY)
    with pytest.raises(RefusedError, match="r1 is in force by its own merits"):
        local.override("tiny", "r1", approvers=("Ada", "Bo"), reason="x", expires=last, next_day=day)


def test_champion_at_answers_by_business_day_and_by_what_was_known(local: ReleaseStore) -> None:
    promoted(local, 2)
    local.rollback("tiny", to="r1", reason="wrong from its second day on", next_day=dt.date(2022, 12, 3))
    entries = local.ledger.entries("tiny")

    def at(day: int, known_by: dt.datetime | None = None) -> str | None:
        found = champion_at(entries, dt.date(2022, 12, 1) + dt.timedelta(days=day - 1), known_by=known_by)
        return None if found is None else found.entry.release_id

    assert [at(day) for day in (0, 1, 2, 3, 9)] == [None, "r1", "r2", "r1", "r1"]
    before_the_rollback = entries[1].entry.recorded_at
    assert [at(day, before_the_rollback) for day in (1, 2, 3, 9)] == ["r1", "r2", "r2", "r2"]
    assert at(9, entries[0].entry.recorded_at - dt.timedelta(seconds=1)) is None
    assert entries[0].entry.effective_from == FIRST_DAY


def test_who_is_put_in_force_now_counts_from_the_next_business_day_and_never_from_a_later_one(
    local: ReleaseStore,
) -> None:
    """The clock of this machine has no say: a pointer that moves now is followed by the next day that is scored."""
    promoted(local, 2)
    back = local.rollback("tiny", to=None, reason="x", next_day=NEXT_DAY)
    assert back is not None and back.effective_from == NEXT_DAY
    later = NEXT_DAY + dt.timedelta(days=1)
    with pytest.raises(RefusedError, match="from the next business day on, 2022-12-09, or .* found 2022-12-10"):
        local.rollback("tiny", to="r2", reason="x", next_day=NEXT_DAY, effective_from=later)
    again = local.rollback("tiny", to="r2", reason="x", next_day=NEXT_DAY, effective_from=dt.date(2022, 12, 3))
    assert again is not None and again.effective_from == dt.date(2022, 12, 3)
    publish(local, "r3", seed=3)
    third = promote(local, "r3", day=FIRST_DAY).pointer
    assert third is not None and third.effective_from == dt.date(2022, 12, 3)


def test_each_day_is_scored_by_the_release_in_force_for_it_and_earlier_ones_by_the_first(local: ReleaseStore) -> None:
    promoted(local, 2)
    publish(local, "r3", seed=3, unmet=("auc",))
    expires = dt.date(2022, 12, 9)
    local.override("tiny", "r3", approvers=("Ada", "Bo"), reason="x", expires=expires, next_day=dt.date(2022, 12, 4))
    local.rollback("tiny", to="r1", reason="x", next_day=dt.date(2022, 12, 6))
    days = [dt.date(2022, 11, 30) + dt.timedelta(days=n) for n in range(8)]
    found = local.champions("tiny", days)
    assert [found[day].release.release_id for day in days] == ["r1", "r1", "r2", "r2", "r3", "r3", "r1", "r1"]
    overridden = [day for day in days if found[day].override is not None]
    assert overridden == [dt.date(2022, 12, 4), dt.date(2022, 12, 5)]
    entries = local.ledger.entries("tiny")
    in_force = {day: champion_at(entries, day) for day in days[1:]}
    assert all(each and each.entry.release_id == found[day].release.release_id for day, each in in_force.items())


def test_a_damaged_target_is_not_rolled_back_to(local: ReleaseStore) -> None:
    promoted(local, 2)
    folder = Path(local.settings.releases.removeprefix("file://")) / "tiny" / "r1"
    (folder / "forest.ubj").write_bytes(tiny.forest_bytes(9))
    with pytest.raises(ReleaseError, match="forest.ubj has SHA-256"):
        local.rollback("tiny", to=None, reason="x", next_day=NEXT_DAY)
    assert len(rows_of(local)) == 2


def test_a_release_published_under_another_grade_is_told_as_that_and_not_as_damaged(
    local: ReleaseStore, tmp_path: Path
) -> None:
    promoted(local, 1)
    (tmp_path / "real.pem").write_bytes(
        tiny.SIGNER.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "real.pem").chmod(0o600)
    (local.settings.trusted / "real.pem").write_bytes(tiny.SIGNER.public_pem)
    real = ReleaseStore(Settings(home=tmp_path, actor="tester", signing_key_file=tmp_path / "real.pem"))
    with pytest.raises(ReleaseError, match="r1 was published as dev, the present key would make it production"):
        publish(real, "r1", seed=1)
    publish(real, "r2", seed=2)
    assert (real.load("tiny", "r2").grade, real.load("tiny", "r1").grade) == ("production", "dev")


def test_who_acts_is_a_setting_or_the_user_and_never_nobody(tmp_path: Path) -> None:
    def nameless() -> str:
        raise KeyError("uid 4711")

    assert actor(Settings(home=tmp_path, actor="risk office")) == "risk office"
    assert actor(Settings(home=tmp_path), user=lambda: "ada") == "ada"
    with pytest.raises(LedgerError, match="CREDIT_PLATFORM_ACTOR"):
        actor(Settings(home=tmp_path), user=nameless)


@pytest.mark.parametrize("url", ["mysql://user:hush@host/db", "sqlite://relative", "postgresql://user:hush@host:port/"])
def test_a_wrong_address_of_the_ledger_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises((LedgerError, WarehouseError), match="CREDIT_PLATFORM_LEDGER_URL is n") as caught:
        store_at(tmp_path, ledger_url=url).pointer("tiny")
    assert "hush" not in str(caught.value)
