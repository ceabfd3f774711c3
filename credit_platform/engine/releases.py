"""Reads champion pointers and releases from any fsspec URL; everything is verified before it is parsed."""

import json
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from credit_platform.contracts.challenger import ChallengerPointer
from credit_platform.contracts.decision import ModelUsed
from credit_platform.contracts.release import RELEASE_FILES, ChampionPointer, Grade, Manifest, Override, Release
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.columns import input_types
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.feature_program import Program, compile_program
from credit_platform.engine.forest import Forest, load_forest
from credit_platform.engine.manifest import MANIFEST_FILE, digest, read_manifest, refuse_other_files, verify
from credit_platform.engine.release_folder import (
    MOST_DOCUMENT,
    MOST_FILE,
    PLAIN_NAME,
    files_in,
    opened,
    plain_name,
    read_file,
    refuse_links,
)
from credit_platform.engine.trust import Trust

POINTER_FILE, CHALLENGER_FILE = "champion.json", "challenger.json"
DECIDES = (
    "use_case", "key", "decision_date", "request_fields", "states", "feature_program", "features", "scale", "cut_off",
    "reasons", "features_without_reason", "baseline",
)  # fmt: skip
"""Fields of a release that change answers; of its reasons, the codes and their features but not the wording."""


@dataclass(frozen=True)
class LoadedRelease:
    """A verified release, ready to decide. ``manifest_sha256`` names its exact content."""

    release: Release
    program: Program
    forest: Forest
    manifest_sha256: str
    model_sha256: str
    """Names what decides, whatever its gates say, whenever it was released and by which versions it was made."""
    grade: Grade
    reference_histograms: dict[str, Any]
    metrics: dict[str, Any]
    gates: dict[str, Any]
    override: Override | None = None
    """What it is in force by, where that is an override."""

    @property
    def used(self) -> ModelUsed:
        """What every answer says of it."""
        release = self.release
        return ModelUsed(
            use_case=release.use_case,
            release_id=release.release_id,
            algorithm=release.algorithm,
            grade=self.grade,
            override=self.override,
        )


def list_use_cases(releases_url: str) -> tuple[str, ...]:
    """Names of the use cases that have a folder of releases, in alphabetical order."""
    fs, root = opened(releases_url)
    if not fs.isdir(root):
        return ()
    folders = [entry["name"] for entry in fs.ls(root, detail=True) if entry["type"] == "directory"]
    names = [str(folder).rstrip("/").rpartition("/")[2] for folder in folders]
    return tuple(sorted(name for name in names if PLAIN_NAME.fullmatch(name)))


@dataclass(frozen=True)
class SignedPointer:
    """A verified champion pointer and the document that says so to whoever has the public key."""

    pointer: ChampionPointer
    data: bytes


def read_pointer(releases_url: str, use_case: str, *, trust: Trust) -> ChampionPointer | None:
    """The champion pointer of a use case, or None before its first promotion. Raises as ``read_signed_pointer``."""
    found = read_signed_pointer(releases_url, use_case, trust=trust)
    return None if found is None else found.pointer


def read_signed_pointer(releases_url: str, use_case: str, *, trust: Trust) -> SignedPointer | None:
    """The champion pointer with its signed document, or None before the first promotion.

    Raises ReleaseError unless a trusted key signed it, before it is parsed, and it is the pointer of this use case.
    """
    found = _document(releases_url, use_case, POINTER_FILE)
    return None if found is None else opened_pointer(found[1], use_case, trust=trust, where=found[0])


def opened_pointer(data: bytes, use_case: str, *, trust: Trust, where: str) -> SignedPointer:
    """A stored champion pointer of a use case, verified before it is parsed. Raises ReleaseError."""
    return SignedPointer(_parsed(trust.opened(data, "champion", where=where), ChampionPointer, use_case, where), data)


def read_challenger(releases_url: str, use_case: str, *, trust: Trust) -> ChallengerPointer | None:
    """The challenger pointer of a use case, or None before its first challenger. Raises ReleaseError as above."""
    found = _document(releases_url, use_case, CHALLENGER_FILE)
    if found is None:
        return None
    where, data = found
    return _parsed(trust.opened(data, "challenger", where=where), ChallengerPointer, use_case, where)


_Pointer = TypeVar("_Pointer", ChampionPointer, ChallengerPointer)


def _document(releases_url: str, use_case: str, file: str) -> tuple[str, bytes] | None:
    """Path and bytes of a pointer's file; None where there is none."""
    fs, root = opened(releases_url)
    path = f"{root}/{plain_name(use_case, what='use case')}/{file}"
    return (path, read_file(fs, path, most=MOST_DOCUMENT)) if fs.exists(path) else None


def _parsed(payload: bytes, kind: type[_Pointer], use_case: str, where: str) -> _Pointer:
    """A verified pointer of this use case."""
    try:
        pointer = kind.model_validate_json(payload)
    except ValueError as error:
        what = kind.__name__.removesuffix("Pointer").lower()
        raise ReleaseError(f"{where}: not a {what} pointer: {error}; promote a release again") from error
    if pointer.use_case != use_case:
        raise ReleaseError(f"{where}: points at use case {pointer.use_case!r}, expected {use_case!r}; promote again")
    plain_name(pointer.release_id, what="release id")
    return pointer


def load_release(
    releases_url: str,
    use_case: str,
    release_id: str,
    *,
    trust: Trust,
    manifest_sha256: str | None = None,
    threads: int = 1,
) -> LoadedRelease:
    """A release by name, refused with a ReleaseError unless signature and every hash agree and its parts fit."""
    fs, root = opened(releases_url)
    folder = f"{root}/{plain_name(use_case, what='use case')}/{plain_name(release_id, what='release id')}"
    path = f"{folder}/{MANIFEST_FILE}"
    if not fs.exists(path):
        raise ReleaseError(f"{path}: not found; write the release again or promote another")
    refuse_links(fs, folder)
    data = read_file(fs, path, most=MOST_DOCUMENT)
    manifest, sha256 = read_manifest(
        data, use_case=use_case, release_id=release_id, trust=trust, sha256=manifest_sha256
    )
    refuse_other_files(files_in(fs, folder), where=folder)
    files = {name: read_file(fs, f"{folder}/{name}", most=MOST_FILE) for name in RELEASE_FILES}
    verify(manifest, files)
    return _assembled(files, manifest, sha256=sha256, threads=threads)


def load_champion(releases_url: str, pointer: ChampionPointer, *, trust: Trust, threads: int) -> LoadedRelease:
    """The very release that a pointer names, by its manifest's hash. Raises ReleaseError."""
    sha256 = pointer.manifest_sha256
    loaded = load_release(
        releases_url, pointer.use_case, pointer.release_id, trust=trust, manifest_sha256=sha256, threads=threads
    )
    return replace(loaded, override=pointer.override)


def model_digest(release: Release, forest_sha256: str) -> str:
    """SHA-256 over the forest and all of a release's record that has a say in an answer.

    Where it comes from (names, notes, days, versions of packages) and whom it says a unit is about have none: the same
    forest after an upgrade is the same model, so that one which was rolled back stays so.
    """
    record = release.model_dump(mode="json", include=set(DECIDES))
    record["reasons"] = [{"code": reason.code, "features": reason.features} for reason in release.reasons]
    return digest(json_bytes(record) + forest_sha256.encode("ascii"))


def _assembled(files: dict[str, bytes], manifest: Manifest, *, sha256: str, threads: int) -> LoadedRelease:
    use_case, release_id = manifest.use_case, manifest.release_id
    where = f"release {use_case}/{release_id}"
    try:
        release = Release.model_validate_json(files["release.json"])
    except ValueError as error:
        raise ReleaseError(f"{where}: release.json is not a release: {error}; write it again") from error
    if (release.use_case, release.release_id) != (use_case, release_id):
        raise ReleaseError(f"{where}: release.json is that of {release.use_case}/{release.release_id}; write it again")
    _refuse_inconsistent(release)
    return LoadedRelease(
        release=release,
        program=compile_program(release.feature_program, release.features, inputs=input_types(release)),
        forest=load_forest(files["forest.ubj"], feature_count=len(release.features), threads=threads),
        manifest_sha256=sha256,
        model_sha256=model_digest(release, manifest.files["forest.ubj"]),
        grade=manifest.grade,
        reference_histograms=_json_object(files, "reference_histograms.json", where),
        metrics=_json_object(files, "metrics.json", where),
        gates=_json_object(files, "gates.json", where),
    )


def _refuse_inconsistent(release: Release) -> None:
    names = [feature.name for feature in release.features]
    inputs = input_types(release)
    named = [release.key, *(state.key for state in release.states), *([release.entity] if release.entity else [])]
    problems = {
        "features declared twice": sorted({name for name in names if names.count(name) > 1}),
        "reasons of unknown features": sorted({f for r in release.reasons for f in r.features} - set(names)),
        "keys that are no input": sorted(name for name in named if name not in inputs),
        "cut-off outside (0, 1)": [] if 0 < release.cut_off < 1 else [release.cut_off],
    }
    if release.decision_date is not None and inputs.get(release.decision_date) != "date":
        problems["decision date that is no date input"] = [release.decision_date]
    found = [f"{what}: {values}" for what, values in problems.items() if values]
    if found:
        raise ReleaseError(f"release {release.use_case}/{release.release_id}: " + "; ".join(found) + "; write it again")


def _json_object(files: dict[str, bytes], name: str, where: str) -> dict[str, Any]:
    try:
        parsed = json.loads(files[name])
    except ValueError as error:
        raise ReleaseError(f"{where}: {name} is not JSON: {error}; write the release again") from error
    if not isinstance(parsed, dict):
        raise ReleaseError(f"{where}: {name} holds a {type(parsed).__name__}, expected an object; write it again")
    return parsed
