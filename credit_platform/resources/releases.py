"""Writing releases and putting them in force: an entry in the ledger first, then its signed copy beside them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import fsspec
from fsspec import AbstractFileSystem

from credit_platform.contracts.release import ChampionPointer, Grade
from credit_platform.contracts.settings import Settings
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.ledger import approved, before_the_last, champion_at
from credit_platform.engine.manifest import MANIFEST_FILE, build_manifest, digest, manifest_bytes
from credit_platform.engine.releases import LoadedRelease, load_champion, load_release
from credit_platform.engine.signing import signer_of
from credit_platform.engine.trust import trust_of
from credit_platform.resources.ledger import Ledger, OpenLedger
from credit_platform.resources.pointers import Pointers
from credit_platform.resources.promotion import (
    NAMED,
    Promotion,
    RefusedError,
    first_day,
    is_in_force,
    named,
    nothing_to_return_to,
    why_not,
)


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
            return self._published(use_case, release_id, manifest=manifest, grade=signer.grade)
        if fs.exists(staging):
            fs.rm(staging, recursive=True)
        fs.makedirs(staging)
        signed = signer.sealed(manifest, "manifest").data
        for name, content in {**files, MANIFEST_FILE: signed}.items():
            fs.pipe_file(f"{staging}/{name}", content)
        fs.mv(staging, folder, recursive=True)
        return digest(manifest)

    def _published(self, use_case: str, release_id: str, *, manifest: bytes, grade: Grade) -> str:
        """SHA-256 of the manifest of a release that is there already, if it is this very one."""
        there = self.load(use_case, release_id)
        if there.grade != grade:
            raise ReleaseError(
                f"{use_case}/{release_id} was published as {there.grade}, the present key would make it {grade}: the "
                "release is sound and stays as it is; train another one to have it signed by the present key"
            )
        return self.load(use_case, release_id, manifest_sha256=digest(manifest)).manifest_sha256

    def promote(
        self, use_case: str, release_id: str, *, manifest_sha256: str, replaces: str | None, effective_from: dt.date
    ) -> Promotion:
        """Put a release in force whose own gates passed; the ledger grows by one entry, and only if the model changes.

        ``effective_from``: the first business day that nothing was scored for, and that its training did not know;
        it is never before that of the release that it replaces.
        ``replaces``: manifest of the champion that it was compared with (None: there was none). Where another one has
        come into force since, nothing was shown about this pair, and nothing is promoted.
        """
        loaded = self.load(use_case, release_id, manifest_sha256=manifest_sha256)
        refused = None
        with self._whole(use_case) as (ledger, _):
            if not is_in_force(ledger, loaded):
                refused = why_not(ledger, loaded, replaces=replaces)
                if refused is None:
                    reason = "all gates of the use case passed"
                    first = effective_from
                    if ledger.last is not None:
                        first = max(first, ledger.last.entry.effective_from)
                    ledger.add(kind="promotion", reason=reason, effective_from=first, **named(loaded))
        return Promotion(self.pointer(use_case), refused)

    def rollback(
        self, use_case: str, *, to: str | None, reason: str, next_day: dt.date, effective_from: dt.date | None = None
    ) -> ChampionPointer | None:
        """Put an earlier release back in force (default: the one before the present model), as a new entry.

        ``next_day`` is the first business day that nothing was scored for. RefusedError where there is no release that
        was ever in force by its own merits; ReleaseError if it does not verify.
        """
        with self._whole(use_case) as (ledger, _):
            target = before_the_last(ledger.entries) if to is None else approved(ledger.entries, to)
            if target is None or ledger.last is None:
                raise RefusedError(nothing_to_return_to(use_case, ledger.entries, to))
            if target.model_sha256 == ledger.last.entry.model_sha256:
                raise RefusedError(f"{target.release_id} is the model in force: there is nothing to roll back")
            self.load(use_case, target.release_id, manifest_sha256=target.manifest_sha256)
            kept = target.model_dump(include=set(NAMED))
            first = first_day(ledger, effective_from, next_day=next_day)
            ledger.add(kind="rollback", reason=reason.strip(), effective_from=first, **kept)
        return self.pointer(use_case)

    def override(
        self,
        use_case: str,
        release_id: str,
        *,
        approvers: Sequence[str],
        reason: str,
        expires: dt.date,
        next_day: dt.date,
        effective_from: dt.date | None = None,
    ) -> ChampionPointer | None:
        """Put a release in force whatever its gates say, until a day that every answer names.

        Raises ValueError unless two different names and a reason answer for it, RefusedError where it is in force,
        ReleaseError if it does not verify.
        """
        loaded = self.load(use_case, release_id)
        with self._whole(use_case) as (ledger, _):
            if is_in_force(ledger, loaded):
                raise RefusedError(f"{release_id} is in force by its own merits; an override would add nothing")
            ledger.add(
                kind="override",
                reason=reason.strip(),
                approvers=tuple(name.strip() for name in approvers),
                expires=expires,
                effective_from=first_day(ledger, effective_from, next_day=next_day),
                **named(loaded),
            )
        return self.pointer(use_case)

    @property
    def ledger(self) -> Ledger:
        """What was promoted, rolled back and overridden."""
        return Ledger(self.settings)

    @property
    def pointers(self) -> Pointers:
        """The signed copies of the ledger's last entries."""
        return Pointers(self.settings)

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
        """The champion pointer as the ledger has it, None before the first promotion.

        The signed copy beside the releases is put right first, where a killed promotion left an older one or none.
        ReleaseError where that copy knows of entries that the ledger has lost.
        """
        with self._whole(use_case) as (ledger, copy):
            if ledger.last is None:
                return None
            pointer = ledger.last.pointer
            if copy != pointer:
                self.pointers.write(pointer, over=copy)
            self.pointers.remember(pointer)
            return pointer

    @contextmanager
    def _whole(self, use_case: str) -> Iterator[tuple[OpenLedger, ChampionPointer | None]]:
        """The ledger under its lock, and the signed copy of its last entry as it was found.

        ReleaseError where that copy knows of entries that the ledger has lost: nothing may be written after a gap.
        """
        with self.ledger.locked(use_case) as ledger:
            copy = self.pointers.found(use_case, is_needed=ledger.last is None)
            if lost := self.pointers.lost(use_case, ledger.entries, copy):
                raise ReleaseError(f"{use_case}: {'; '.join(lost)}; restore the ledger from a backup")
            yield ledger, copy

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

    def champions(self, use_case: str, days: Sequence[dt.date]) -> dict[dt.date, LoadedRelease]:
        """The verified release to score each of these business days by: the one in force for it, as the ledger says.

        Days before the first entry have none; they get that entry's. NoChampionError before the first promotion.
        """
        newest, entries = self.champion(use_case), self.ledger.entries(use_case)
        of_day = {day: champion_at(entries, day) or entries[0] for day in days}
        trust, threads = trust_of(self.settings), self.settings.threads
        loaded = {newest.manifest_sha256: newest}
        for each in of_day.values():
            if each.entry.manifest_sha256 not in loaded:
                found = load_champion(self.settings.releases, each.pointer, trust=trust, threads=threads)
                loaded[found.manifest_sha256] = found
        return {
            day: replace(loaded[each.entry.manifest_sha256], override=each.entry.override)
            for day, each in of_day.items()
        }

    def _opened(self) -> tuple[AbstractFileSystem, str]:
        fs, root = fsspec.url_to_fs(self.settings.releases)
        fs.makedirs(root, exist_ok=True)
        return fs, str(root).rstrip("/")
