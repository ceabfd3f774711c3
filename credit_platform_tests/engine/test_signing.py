"""Who may say what is served: signatures of trusted keys over exact bytes, checked before anything is parsed."""

import base64
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr, ValidationError

from credit_platform.contracts.release import ChampionPointer, Grade, Manifest
from credit_platform.contracts.settings import Settings
from credit_platform.engine import releases
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.manifest import build_manifest, manifest_bytes
from credit_platform.engine.releases import load_release, read_pointer
from credit_platform.engine.signing import Signer, signer_of
from credit_platform.engine.trust import Trust, trust_of, unsealed
from credit_platform_tests.engine import tiny

STRANGER = Signer(Ed25519PrivateKey.from_private_bytes(b"\x08" * 32), "production")


def pem_of(signer: Signer) -> bytes:
    return signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sha = tiny.write(tmp_path, tiny.files_of(tiny.release()))
    tiny.promote(tmp_path, sha)
    return tmp_path


def test_a_first_run_makes_a_key_of_its_own_that_only_its_owner_reads_and_marks_it_dev(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    made = signer_of(settings)
    assert made.grade == "dev"
    assert stat.S_IMODE(settings.development_key.stat().st_mode) == 0o600
    assert signer_of(settings).key_id == made.key_id
    assert list(trust_of(settings).keys) == [made.key_id]
    assert [path.name for path in (tmp_path / "keys").iterdir() if path.is_file()] == ["development.pem"]
    os.chmod(settings.development_key, 0o640)
    with pytest.raises(ReleaseError, match="others may read or write it .mode 0640.; chmod 600"):
        signer_of(settings)


def test_a_given_key_signs_for_production_as_a_file_a_text_or_one_line(tmp_path: Path) -> None:
    file, trusted = tmp_path / "signing.pem", tmp_path / "trusted"
    file.write_bytes(pem_of(STRANGER))
    file.chmod(0o640)
    trusted.mkdir()
    (trusted / "1.pem").write_bytes(STRANGER.public_pem)
    line = pem_of(STRANGER).decode().splitlines()[1]
    for given in (
        Settings(home=tmp_path, trusted_keys=trusted, signing_key_file=file),
        Settings(home=tmp_path, trusted_keys=trusted, signing_key=SecretStr(file.read_text())),
        Settings(home=tmp_path, trusted_keys=trusted / "1.pem", signing_key=SecretStr(line)),
    ):
        signer = signer_of(given)
        assert (signer.grade, signer.key_id) == ("production", STRANGER.key_id)
    assert not (tmp_path / "keys").exists()
    with pytest.raises(ValidationError, match="which of them signs"):
        Settings(home=tmp_path, signing_key=SecretStr("x"), signing_key_file=file)


def test_a_given_key_that_others_may_replace_signs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    file.write_bytes(pem_of(STRANGER))
    file.chmod(0o666)
    with pytest.raises(ReleaseError, match="others may write it .mode 0666.; chmod go-w"):
        signer_of(Settings(home=tmp_path, signing_key_file=file))


def test_a_development_key_cannot_say_of_itself_that_it_is_for_production(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    own, url = signer_of(settings), f"file://{tmp_path}"
    grades: tuple[Grade, ...] = ("dev", "production")
    for grade in grades:
        files = tiny.files_of(tiny.release())
        manifest = build_manifest(files, use_case="tiny", release_id="r1", grade=grade)
        files["manifest.json"] = own.sealed(manifest_bytes(manifest), "manifest").data
        for name, content in files.items():
            path = tmp_path / "tiny" / "r1" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if grade == "dev":
            assert load_release(url, "tiny", "r1", trust=trust_of(settings)).grade == "dev"
            continue
        with pytest.raises(ReleaseError, match="grade production, but a development key signed it"):
            load_release(url, "tiny", "r1", trust=trust_of(settings))


def test_a_key_that_nobody_trusts_signs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    file.write_bytes(pem_of(STRANGER))
    file.chmod(0o640)
    with pytest.raises(ReleaseError, match="is not among the trusted keys"):
        signer_of(Settings(home=tmp_path, signing_key_file=file))
    with pytest.raises(ReleaseError, match="the dev key .* is not among the trusted keys"):
        signer_of(Settings(home=tmp_path, trusted_keys=tmp_path / "nowhere"))


def test_what_is_no_ed25519_key_is_told_without_its_text(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    for content, told in (
        (b"c2VjcmV0", "not a private key in PEM form"),
        (generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "Ed25519"),
    ):
        file.write_bytes(content)
        with pytest.raises(ReleaseError, match=told) as caught:
            signer_of(Settings(home=tmp_path, signing_key_file=file))
        assert "c2VjcmV0" not in str(caught.value)
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(
        generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ReleaseError, match="expected an Ed25519 public key"):
        trust_of(Settings(home=tmp_path, trusted_keys=trusted))


@pytest.mark.parametrize("name", ["manifest.json", "champion.json"])
def test_every_changed_byte_of_a_signed_document_is_refused(root: Path, name: str) -> None:
    path = root / "tiny" / ("r1/manifest.json" if name == "manifest.json" else name)
    data, refused = path.read_bytes(), 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ReleaseError):
            if name == "manifest.json":
                load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)
            else:
                read_pointer(f"file://{root}", "tiny", trust=tiny.TRUST)
        refused += 1
    assert refused == len(data) > 300


def test_an_unknown_key_and_a_signature_for_another_purpose_are_refused(root: Path) -> None:
    folder = root / "tiny"
    tiny.write(root, tiny.files_of(tiny.release()), signer=STRANGER)
    with pytest.raises(
        ReleaseError, match=f"unknown key {STRANGER.key_id[:16]}, trusted are .*{tiny.SIGNER.key_id[:16]}"
    ):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)
    with pytest.raises(ReleaseError, match="trusted are none in nowhere"):
        read_pointer(f"file://{root}", "tiny", trust=Trust({}, "nowhere"))
    payload = unsealed((folder / "champion.json").read_bytes(), where="here").payload
    (folder / "champion.json").write_bytes(tiny.SIGNER.sealed(payload, "manifest").data)
    with pytest.raises(ReleaseError, match="is not one of these bytes as a champion"):
        read_pointer(f"file://{root}", "tiny", trust=tiny.TRUST)


def test_what_was_written_before_there_were_signatures_is_told_what_to_do(root: Path) -> None:
    folder = root / "tiny"
    for path in (folder / "champion.json", folder / "r1" / "manifest.json"):
        path.write_bytes(unsealed(path.read_bytes(), where="here").payload)
    told = "carries no signature; it was written before releases were signed.*move the releases of this use case away"
    with pytest.raises(ReleaseError, match=told):
        read_pointer(f"file://{root}", "tiny", trust=tiny.TRUST)
    with pytest.raises(ReleaseError, match=told):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)


def test_nothing_is_parsed_before_it_was_verified(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    monkeypatch.setattr(releases, "_assembled", lambda *_, **__: parsed.append("release"))
    for model in (ChampionPointer, Manifest):
        monkeypatch.setattr(model, "model_validate_json", lambda *_: parsed.append("document"))
    untrusted = Trust({}, "nowhere")
    with pytest.raises(ReleaseError):
        read_pointer(f"file://{root}", "tiny", trust=untrusted)
    with pytest.raises(ReleaseError):
        load_release(f"file://{root}", "tiny", "r1", trust=untrusted)
    assert parsed == []


def test_a_link_in_place_of_a_file_or_of_the_folder_is_refused(root: Path) -> None:
    folder = root / "tiny" / "r1"
    (folder / "metrics.json").rename(root / "metrics.json")
    (folder / "metrics.json").symlink_to(root / "metrics.json")
    with pytest.raises(ReleaseError, match="holds links"):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)
    (folder / "metrics.json").unlink()
    (root / "metrics.json").rename(folder / "metrics.json")
    folder.rename(root / "elsewhere")
    folder.symlink_to(root / "elsewhere")
    with pytest.raises(ReleaseError, match="holds links"):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)


def test_the_scorer_never_imports_what_can_sign(project_root: Path) -> None:
    package = project_root / "credit_platform"
    named = [path for path in (package / "scorer").rglob("*.py") if "signing" in path.read_text()]
    holders = [path for path in (package / "engine").glob("*.py") if "engine.signing" in path.read_text()]
    assert named == holders == []


def test_one_line_of_a_key_is_the_base64_of_its_bytes() -> None:
    """What docker/.env.example asks for."""
    assert len(base64.b64decode(pem_of(STRANGER).decode().splitlines()[1])) == 48
