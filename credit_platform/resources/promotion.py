"""When a release may come into force: rules over the open ledger, asked before an entry is added."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from credit_platform.contracts.release import ChampionPointer
from credit_platform.engine.ledger import Recorded, withdrawn
from credit_platform.engine.releases import LoadedRelease
from credit_platform.resources.ledger import OpenLedger

NAMED = ("release_id", "manifest_sha256", "model_sha256", "is_passed", "unmet")
"""Fields by which an entry names its release."""


class RefusedError(RuntimeError):
    """A rollback or override that may not be; nothing was changed."""


@dataclass(frozen=True)
class Promotion:
    """What is in force after an attempt, and why it is not the candidate, if it is not."""

    pointer: ChampionPointer | None
    refused: str | None


def is_in_force(ledger: OpenLedger, loaded: LoadedRelease) -> bool:
    """Is it this very model that is in force, and by its own merits?"""
    last = None if ledger.last is None else ledger.last.entry
    return last is not None and last.kind != "override" and last.model_sha256 == loaded.model_sha256


def why_not(ledger: OpenLedger, loaded: LoadedRelease, *, replaces: str | None) -> str | None:
    """Why a release may not be promoted now; None where it may."""
    name, present = loaded.release.release_id, None if ledger.last is None else ledger.last.entry
    if not loaded.gates["passed"]:
        return f"{name}: unmet gates: {'; '.join(loaded.gates['unmet'])}"
    gone = withdrawn(ledger.entries).get(loaded.model_sha256)
    if gone is not None:
        return (
            f"{name}: this model was rolled back by {gone.recorded_by} on {gone.recorded_at:%Y-%m-%d} ({gone.reason}); "
            "train another, or put it in force again with: credit-platform override"
        )
    if replaces != (None if present is None else present.manifest_sha256):
        found = "nothing" if present is None else present.release_id
        return (
            f"{name}: it was compared with another champion than {found}, which is in force; materialise release again"
        )
    return None


def named(loaded: LoadedRelease) -> dict[str, Any]:
    """What an entry says of a release."""
    values = (
        loaded.release.release_id,
        loaded.manifest_sha256,
        loaded.model_sha256,
        bool(loaded.gates["passed"]),
        tuple(loaded.gates["unmet"]),
    )
    return dict(zip(NAMED, values, strict=True))


def first_day(ledger: OpenLedger, asked: dt.date | None, *, next_day: dt.date) -> dt.date:
    """The first business day of a person's act: the next one to be scored, never one before what it replaces.

    ``asked`` may be an earlier one, whose scores are then to be made again; RefusedError for a later one.
    """
    present = next_day if ledger.last is None else max(next_day, ledger.last.entry.effective_from)
    if asked is not None and asked > present:
        raise RefusedError(
            f"a champion moves at once, so it is in force from the next business day on, {present}, or from an earlier "
            f"one; found {asked}: do it on that day, or leave --from out"
        )
    return asked or present


def nothing_to_return_to(use_case: str, entries: Sequence[Recorded], to: str | None) -> str:
    known = sorted({each.entry.release_id for each in entries if each.entry.kind != "override"})
    if to is None:
        return f"{use_case}: nothing was in force before the present model; releases in the ledger: {known}"
    return f"{use_case}: release {to!r} was never in force by its own merits; found {known}"
