"""SHA-256 of every file of a release under one signature, checked before any parser sees a byte (design 6.8)."""

import hashlib
from collections.abc import Iterable, Mapping

from credit_platform.contracts.release import RELEASE_FILES, Grade, Manifest
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.trust import Trust, unsealed

MANIFEST_FILE = "manifest.json"


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def build_manifest(files: Mapping[str, bytes], *, use_case: str, release_id: str, grade: Grade) -> Manifest:
    """The manifest of a release about to be written. Raises ReleaseError unless ``files`` are exactly RELEASE_FILES."""
    refuse_other_files(files.keys(), where=f"release {use_case}/{release_id}")
    hashes = {name: digest(files[name]) for name in RELEASE_FILES}
    return Manifest(use_case=use_case, release_id=release_id, grade=grade, files=hashes)


def manifest_bytes(manifest: Manifest) -> bytes:
    """What is signed as ``manifest.json``; the digest of these bytes is what a champion pointer names."""
    return json_bytes(manifest)


def read_manifest(
    data: bytes, *, use_case: str, release_id: str, trust: Trust, sha256: str | None
) -> tuple[Manifest, str]:
    """The manifest in a stored ``manifest.json`` and its SHA-256, parsed after hash and signature agreed.

    ``sha256`` None: no pointer vouches for it, the signature alone does. Raises ReleaseError for another hash, a
    signature that does not count, another shape, another release or another set of files.
    """
    where = f"release {use_case}/{release_id}"
    sealed = unsealed(data, where=f"{where}: {MANIFEST_FILE}")
    found = digest(sealed.payload)
    if sha256 is not None and found != sha256:
        raise ReleaseError(
            f"{where}: {MANIFEST_FILE} has SHA-256 {found}, the champion pointer expects {sha256}; "
            "restore the release folder or promote another release"
        )
    payload = trust.verified(sealed, "manifest", where=f"{where}: {MANIFEST_FILE}")
    try:
        manifest = Manifest.model_validate_json(payload)
    except ValueError as error:
        raise ReleaseError(f"{where}: {MANIFEST_FILE} is not a manifest: {error}; write the release again") from error
    if (manifest.use_case, manifest.release_id) != (use_case, release_id):
        raise ReleaseError(
            f"{where}: {MANIFEST_FILE} is that of {manifest.use_case}/{manifest.release_id}; "
            "a release folder must not be copied under another name"
        )
    if manifest.grade != "dev" and sealed.key_id in trust.development:
        raise ReleaseError(
            f"{where}: says that it is of grade {manifest.grade}, but a development key signed it; "
            "release it again with the key that CREDIT_PLATFORM_SIGNING_KEY_FILE names"
        )
    refuse_other_files(manifest.files.keys(), where=f"{where}: {MANIFEST_FILE}")
    return manifest, found


def refuse_other_files(names: Iterable[str], *, where: str) -> None:
    """Raises ReleaseError unless ``names`` are exactly RELEASE_FILES, so no name can lead out of the folder."""
    found = set(names)
    missing, extra = sorted(set(RELEASE_FILES) - found), sorted(found - set(RELEASE_FILES))
    if missing or extra:
        raise ReleaseError(
            f"{where}: files missing {missing}, files not expected {extra}; a release holds exactly "
            f"{list(RELEASE_FILES)} and {MANIFEST_FILE}; write it again"
        )


def verify(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Raises ReleaseError unless every file's bytes have the hash that the manifest lists."""
    where = f"release {manifest.use_case}/{manifest.release_id}"
    refuse_other_files(files.keys(), where=where)
    for name, expected in manifest.files.items():
        found = digest(files[name])
        if found != expected:
            raise ReleaseError(
                f"{where}: {name} has SHA-256 {found}, the manifest lists {expected}; the file was altered or cut "
                "short: restore the release folder or promote another release"
            )
