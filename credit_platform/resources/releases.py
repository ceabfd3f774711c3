"""Writing releases and moving the champion pointer: stage, hash, then one atomic rename."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import fsspec
from fsspec import AbstractFileSystem

from credit_platform.contracts.release import ChampionPointer
from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.manifest import MANIFEST_FILE, build_manifest, digest, manifest_bytes
from credit_platform.engine.releases import POINTER_FILE, LoadedRelease, load_champion, load_release, read_pointer
from credit_platform.engine.signing import signer_of
from credit_platform.engine.trust import trust_of


class NoChampionError(RuntimeError):
    """Nothing was promoted yet, so nothing can be scored."""


@dataclass(frozen=True)
class ReleaseStore:
    """Releases of every use case below one fsspec URL."""

    settings: Settings

    def publish(self, use_case: str, release_id: str, files: Mapping[str, bytes]) -> str:
        """Write an immutable, signed release folder; returns its manifest's SHA-256. The same again is no change."""
        signer = signer_of(self.settings)
        manifest = manifest_bytes(build_manifest(files, use_case=use_case, release_id=release_id, grade=signer.grade))
        fs, root = self._opened()
        folder, staging = f"{root}/{use_case}/{release_id}", f"{root}/{use_case}/.staging-{release_id}"
        if fs.exists(f"{folder}/{MANIFEST_FILE}"):
            self.load(use_case, release_id, manifest_sha256=digest(manifest))
            return digest(manifest)
        if fs.exists(staging):
            fs.rm(staging, recursive=True)
        fs.makedirs(staging)
        signed = signer.sealed(manifest, "manifest").data
        for name, content in {**files, MANIFEST_FILE: signed}.items():
            fs.pipe_file(f"{staging}/{name}", content)
        fs.mv(staging, folder, recursive=True)
        return digest(manifest)

    def promote(
        self, use_case: str, release_id: str, *, manifest_sha256: str, effective_from: dt.date
    ) -> ChampionPointer:
        """Point at a release that verifies; the sequence grows by one, and only if the champion changes."""
        self.load(use_case, release_id, manifest_sha256=manifest_sha256)
        current = self.pointer(use_case)
        if current is not None and current.manifest_sha256 == manifest_sha256:
            return current
        pointer = ChampionPointer(
            use_case=use_case,
            release_id=release_id,
            sequence=1 if current is None else current.sequence + 1,
            effective_from=effective_from,
            manifest_sha256=manifest_sha256,
        )
        fs, root = self._opened()
        path = f"{root}/{use_case}/{POINTER_FILE}"
        fs.pipe_file(f"{path}.new", signer_of(self.settings).sealed(json_bytes(pointer), "champion").data)
        fs.mv(f"{path}.new", path)
        return pointer

    def load(self, use_case: str, release_id: str, *, manifest_sha256: str | None = None) -> LoadedRelease:
        """A release by name, verified."""
        return load_release(
            self.settings.releases,
            use_case,
            release_id,
            trust=trust_of(self.settings),
            manifest_sha256=manifest_sha256,
            threads=self.settings.threads,
        )

    def pointer(self, use_case: str) -> ChampionPointer | None:
        return read_pointer(self.settings.releases, use_case, trust=trust_of(self.settings))

    def champion_fingerprint(self, use_case: str) -> str | None:
        """Training fingerprint of the release in force, None before the first."""
        return None if self.pointer(use_case) is None else self.champion(use_case).release.training_fingerprint

    def champion(self, use_case: str) -> LoadedRelease:
        """The verified release in force; NoChampionError says how to get one."""
        pointer = self.pointer(use_case)
        if pointer is None:
            raise NoChampionError(
                f"use case {use_case!r} has no champion: no release has passed its gates yet. "
                f"Train one with: credit-platform run {use_case}"
            )
        trust, threads = trust_of(self.settings), self.settings.threads
        return load_champion(self.settings.releases, pointer, trust=trust, threads=threads)

    def _opened(self) -> tuple[AbstractFileSystem, str]:
        fs, root = fsspec.url_to_fs(self.settings.releases)
        fs.makedirs(root, exist_ok=True)
        return fs, str(root).rstrip("/")
