"""No altered byte of a release reaches a parser, whatever was altered; nor does one too many, or one of an old key."""

import datetime as dt
from pathlib import Path

import pytest

from credit_platform.contracts.release import ChampionPointer, Manifest
from credit_platform.contracts.settings import Settings
from credit_platform.engine import releases
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.releases import load_release, read_pointer
from credit_platform.engine.trust import trust_of
from credit_platform_tests.engine import tiny
from credit_platform_tests.engine.tampering import refusals

ROUNDS = 60


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tiny.promote(tmp_path, tiny.write(tmp_path, tiny.files_of(tiny.release())))
    return tmp_path


def test_every_random_alteration_is_refused_before_the_release_is_parsed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[int] = []
    assemble = releases._assembled
    monkeypatch.setattr(releases, "_assembled", lambda *a, **k: parsed.append(1) or assemble(*a, **k))  # type: ignore[func-returns-value]
    assert refusals(root, use_case="tiny", trust=tiny.TRUST, rounds=ROUNDS, seed=3) == ROUNDS
    assert len(parsed) == 1


@pytest.mark.parametrize("name", ["manifest.json", "../champion.json"])
def test_a_document_larger_than_any_is_refused_unread(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for model in (ChampionPointer, Manifest):
        monkeypatch.setattr(model, "model_validate_json", lambda *_: pytest.fail("it was parsed"))
    with (root / "tiny" / "r1" / name).open("ab") as stream:
        # A hole of 10 GB takes no disk, and would take all of the memory.
        stream.truncate(10 * 2**30)
    with pytest.raises(ReleaseError, match="has 10737418240 bytes, expected at most 1048576"):
        if name == "manifest.json":
            load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)
        else:
            read_pointer(f"file://{root}", "tiny", trust=tiny.TRUST)


def test_a_file_larger_than_any_is_refused_unread(root: Path) -> None:
    with (root / "tiny" / "r1" / "forest.ubj").open("ab") as stream:
        stream.truncate(10 * 2**30)
    with pytest.raises(ReleaseError, match="forest.ubj: has 10737418240 bytes"):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)


def test_a_key_counts_until_its_last_day(tmp_path: Path, root: Path) -> None:
    file = tmp_path / "trusted.pem"
    settings = Settings(home=tmp_path, trusted_keys=file)
    today = dt.datetime.now(dt.UTC).date()
    for last, is_good in ((today, True), (today - dt.timedelta(days=1), False)):
        file.write_bytes(f"not-after: {last}\n".encode() + tiny.SIGNER.public_pem)
        if is_good:
            assert read_pointer(f"file://{root}", "tiny", trust=trust_of(settings)) is not None
            continue
        with pytest.raises(ReleaseError, match=f"its signature has expired: key .* was good until {last}"):
            read_pointer(f"file://{root}", "tiny", trust=trust_of(settings))
    file.write_bytes(b"not-after: soon\n" + tiny.SIGNER.public_pem)
    with pytest.raises(ReleaseError, match="expected a day such as 2027-12-31"):
        trust_of(settings)
