"""Challengers: every challenge and withdrawal is an entry of their chain, then a signed copy beside the releases."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from credit_platform.contracts.challenger import CHAIN, ChallengerPointer, Trial
from credit_platform.contracts.settings import Settings
from credit_platform.engine.canonical import json_bytes
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.ledger import beyond, withdrawn
from credit_platform.engine.releases import CHALLENGER_FILE, read_challenger
from credit_platform.engine.trust import trust_of
from credit_platform.resources.ledger import Ledger, OpenLedger
from credit_platform.resources.pointers import write_signed
from credit_platform.resources.promotion import NAMED, RefusedError, is_in_force, named
from credit_platform.resources.releases import ReleaseStore

WITNESS = "the challenger pointer"


@dataclass(frozen=True)
class Challengers:
    """Who challenges the champion of each use case."""

    settings: Settings

    def challenge(self, use_case: str, release_id: str, *, trial: Trial, reason: str) -> ChallengerPointer | None:
        """Try a release beside the champion, in place of the challenger that there is.

        RefusedError for the model in force and, as a canary, for one that was rolled back; ValueError for a canary with
        unmet gates; ReleaseError if it does not verify.
        """
        loaded = ReleaseStore(self.settings).load(use_case, release_id)
        with Ledger(self.settings).locked(use_case) as champions:
            if is_in_force(champions, loaded):
                raise RefusedError(f"{release_id} is the model in force: there is nothing to compare it with")
            gone = withdrawn(champions.entries).get(loaded.model_sha256)
            if gone is not None and trial.mode == "canary":
                raise RefusedError(f"{release_id} was rolled back ({gone.reason}); it may only be tried in shadow")
        with self._whole(use_case) as (ledger, _):
            today = dt.datetime.now(dt.UTC).date()
            ledger.add(kind="challenge", trial=trial, reason=reason.strip(), effective_from=today, **named(loaded))
        return self.pointer(use_case)

    def withdraw(self, use_case: str, *, reason: str) -> ChallengerPointer | None:
        """No challenger decides any more; scorers follow within a second. RefusedError where none does."""
        with self._whole(use_case) as (ledger, _):
            if ledger.last is None or ledger.last.entry.trial is None:
                raise RefusedError(f"{use_case}: there is no challenger to withdraw")
            kept = ledger.last.entry.model_dump(include=set(NAMED))
            today = dt.datetime.now(dt.UTC).date()
            ledger.add(kind="withdrawal", reason=reason.strip(), effective_from=today, **kept)
        return self.pointer(use_case)

    def pointer(self, use_case: str) -> ChallengerPointer | None:
        """The challenger as the ledger has it; its signed copy is put right first, where a kill left an older one."""
        with self._whole(use_case) as (ledger, copy):
            if ledger.last is None:
                return None
            pointer = ledger.last.challenger
            if copy != pointer:
                name = f"{use_case}/{CHALLENGER_FILE}"
                write_signed(self.settings, name, json_bytes(pointer), "challenger")
            return pointer

    @contextmanager
    def _whole(self, use_case: str) -> Iterator[tuple[OpenLedger, ChallengerPointer | None]]:
        """The chain under its lock and the signed copy as it was found; nothing is written after a gap.

        ReleaseError where that copy knows of entries that the chain has lost.
        """
        with Ledger(self.settings).locked(use_case + CHAIN) as ledger:
            copy = self._copy(use_case)
            if lost := beyond(ledger.entries, copy, witness=WITNESS):
                raise ReleaseError(f"{use_case}: {'; '.join(lost)}; restore the ledger from a backup")
            yield ledger, copy

    def _copy(self, use_case: str) -> ChallengerPointer | None:
        """The copy; one that cannot be read is none, since the ledger replaces it."""
        try:
            return read_challenger(self.settings.releases, use_case, trust=trust_of(self.settings))
        except ReleaseError:
            return None
