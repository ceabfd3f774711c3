"""A release is data: verified byte by byte, refused whole, readable from any fsspec URL."""

from pathlib import Path

import fsspec
import pytest

from credit_platform.contracts.release import RELEASE_FILES
from credit_platform.engine.errors import EngineError, ProgramError, ReleaseError
from credit_platform.engine.manifest import build_manifest, manifest_bytes
from credit_platform.engine.releases import list_use_cases, load_release, read_pointer
from credit_platform.engine.trust import unsealed
from credit_platform_tests.engine import tiny


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tiny.write(tmp_path, tiny.files_of(tiny.release()))
    return tmp_path


def test_a_release_loads_with_its_manifest_hash(root: Path) -> None:
    sha = tiny.write(root, tiny.files_of(tiny.release()))
    loaded = load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST, manifest_sha256=sha)
    assert loaded.release == tiny.release()
    assert loaded.manifest_sha256 == sha
    assert loaded.metrics == {"auc": 0.8}
    assert loaded.reference_histograms == {"amount": {"edges": [1.0]}}
    assert loaded.forest.feature_count == 6


def test_a_release_loads_from_an_object_store() -> None:
    fs = fsspec.filesystem("memory")
    made = tiny.files_of(tiny.release())
    manifest = manifest_bytes(build_manifest(made, use_case="tiny", release_id="r1", grade="dev"))
    for name, data in {**made, "manifest.json": tiny.SIGNER.sealed(manifest, "manifest").data}.items():
        fs.pipe_file(f"/engine-test/tiny/r1/{name}", data)
    assert load_release("memory://engine-test", "tiny", "r1", trust=tiny.TRUST).release.release_id == "r1"
    assert list_use_cases("memory://engine-test") == ("tiny",)
    fs.rm("/engine-test", recursive=True)


@pytest.mark.parametrize("name", [*RELEASE_FILES, "manifest.json"])
def test_one_changed_byte_in_any_file_is_refused(root: Path, name: str) -> None:
    sha = tiny.write(root, tiny.files_of(tiny.release()))
    path = root / "tiny" / "r1" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ReleaseError, match=f"{name} has SHA-256"):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST, manifest_sha256=sha)


def test_a_missing_file_an_extra_file_and_a_missing_release_are_refused(root: Path) -> None:
    folder = root / "tiny" / "r1"
    (folder / "model.pkl").write_bytes(b"")
    with pytest.raises(ReleaseError, match=r"files not expected \['model.pkl'\]"):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)
    (folder / "model.pkl").unlink()
    (folder / "gates.json").unlink()
    with pytest.raises(ReleaseError, match=r"files missing \['gates.json'\]"):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)
    with pytest.raises(ReleaseError, match="manifest.json: not found"):
        load_release(f"file://{root}", "tiny", "r2", trust=tiny.TRUST)


def test_a_manifest_that_leads_out_of_its_folder_is_refused(root: Path) -> None:
    path = root / "tiny" / "r1" / "manifest.json"
    payload = unsealed(path.read_bytes(), where="here").payload.replace(b'"gates.json"', b'"../../secret"')
    path.write_bytes(tiny.SIGNER.sealed(payload, "manifest").data)
    with pytest.raises(ReleaseError, match="files not expected"):
        load_release(f"file://{root}", "tiny", "r1", trust=tiny.TRUST)


@pytest.mark.parametrize("name", ["../tiny", "a/b", "", ".hidden", "a..b", "a\x00", "..", "r1/"])
def test_a_name_that_is_no_plain_name_is_refused(root: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match="not a plain name"):
        load_release(f"file://{root}", "tiny", name, trust=tiny.TRUST)
    with pytest.raises(ReleaseError, match="not a plain name"):
        read_pointer(f"file://{root}", name, trust=tiny.TRUST)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cut_off": 1.5}, "cut-off"),
        ({"key": "nothing"}, "keys that are no input"),
        ({"decision_date": "amount"}, "decision date"),
        ({"features": (*tiny.FEATURES, tiny.FEATURES[0])}, "features declared twice"),
        ({"release_id": "r2"}, "release.json is that of tiny/r2"),
        ({"features": tiny.FEATURES[:5], "reasons": tiny.REASONS[:4]}, "'features': 6"),
        ({"feature_program": "select sum(amount) as amount from t"}, "an aggregate"),
        ({"request_fields": (*tiny.FIELDS, tiny.FIELDS[2])}, "declared twice"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    tiny.write(tmp_path, tiny.files_of(tiny.release().model_copy(update=changes)))
    with pytest.raises((ReleaseError, ProgramError), match=told):
        load_release(f"file://{tmp_path}", "tiny", "r1", trust=tiny.TRUST)


@pytest.mark.parametrize(
    ("forest", "told"),
    [
        (b"no forest", "XGBoost cannot read it"),
        (tiny.forest_bytes(objective="binary:logistic", base_score=0.5), "binary:logistic"),
        (tiny.forest_bytes(base_score=0.25), r"'base score': \[0.25\]"),
    ],
)
def test_a_forest_with_another_margin_is_refused(tmp_path: Path, forest: bytes, told: str) -> None:
    tiny.write(tmp_path, tiny.files_of(tiny.release(), forest=forest))
    with pytest.raises(ReleaseError, match=told):
        load_release(f"file://{tmp_path}", "tiny", "r1", trust=tiny.TRUST)


def test_the_pointer_is_absent_until_promotion_and_checked_after(root: Path) -> None:
    assert read_pointer(f"file://{root}", "tiny", trust=tiny.TRUST) is None
    tiny.promote(root, "0" * 64)
    pointer = read_pointer(f"file://{root}", "tiny", trust=tiny.TRUST)
    assert pointer is not None
    assert (pointer.release_id, pointer.sequence) == ("r1", 1)
    (root / "other").mkdir()
    (root / "tiny" / "champion.json").rename(root / "other" / "champion.json")
    with pytest.raises(EngineError, match="points at use case 'tiny'"):
        read_pointer(f"file://{root}", "other", trust=tiny.TRUST)
    (root / "other" / "champion.json").write_bytes(tiny.SIGNER.sealed(b'{"a":1}', "champion").data)
    with pytest.raises(ReleaseError, match="not a champion pointer"):
        read_pointer(f"file://{root}", "other", trust=tiny.TRUST)
    assert list_use_cases(f"file://{root}") == ("other", "tiny")
    assert list_use_cases(f"file://{root}/nowhere") == ()
