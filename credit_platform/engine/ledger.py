"""The chain of ledger entries: each signed, each naming the hash of the one before it; and what can be asked of it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from credit_platform.contracts.challenger import CHAIN, ChallengerPointer
from credit_platform.contracts.ledger import FIRST, LedgerEntry
from credit_platform.contracts.release import ChampionPointer
from credit_platform.engine.errors import ReleaseError
from credit_platform.engine.manifest import digest
from credit_platform.engine.trust import Trust, unsealed


@dataclass(frozen=True)
class StoredEntry:
    """An entry as the database keeps it: a signed JSON document, and the columns that its constraints are on."""

    use_case: str
    sequence: int
    previous_sha256: str
    sha256: str
    body: str


@dataclass(frozen=True)
class Recorded:
    """An entry of a verified chain with the SHA-256 that the next one names."""

    entry: LedgerEntry
    sha256: str

    @property
    def pointer(self) -> ChampionPointer:
        """What is written beside the releases while this is the last entry."""
        entry = self.entry
        return ChampionPointer(
            use_case=entry.use_case,
            release_id=entry.release_id,
            sequence=entry.sequence,
            effective_from=entry.effective_from,
            manifest_sha256=entry.manifest_sha256,
            entry_sha256=self.sha256,
            override=entry.override,
        )

    @property
    def challenger(self) -> ChallengerPointer:
        """The same for the last entry of a chain of challengers."""
        entry = self.entry
        return ChallengerPointer(
            use_case=entry.use_case.removesuffix(CHAIN),
            release_id=entry.release_id,
            sequence=entry.sequence,
            manifest_sha256=entry.manifest_sha256,
            entry_sha256=self.sha256,
            trial=entry.trial,
        )


def chain(rows: Sequence[StoredEntry], trust: Trust, *, use_case: str) -> tuple[Recorded, ...]:
    """The entries of a use case, first to last. Raises ReleaseError with everything that is wrong with them."""
    found, problems = examined(rows, trust, use_case=use_case)
    if problems:
        raise ReleaseError(
            f"the ledger of {use_case} does not verify: {'; '.join(problems)}. Restore it from a backup; nothing is "
            "promoted on a broken chain"
        )
    return found


def examined(rows: Sequence[StoredEntry], trust: Trust, *, use_case: str) -> tuple[tuple[Recorded, ...], list[str]]:
    """The entries that can be read, and a sentence for every one that was edited, dropped, swapped or forged."""
    found, problems, previous = list[Recorded](), list[str](), FIRST
    for place, row in enumerate(rows, start=1):
        where = f"ledger entry {place} of {use_case}"
        try:
            sealed = unsealed(row.body.encode(), where=where)
            payload = trust.verified(sealed, "ledger", where=where)
            entry = LedgerEntry.model_validate_json(payload)
        except (ReleaseError, ValueError) as error:
            problems.append(str(error))
            previous = row.sha256
            continue
        sha256 = digest(payload)
        columns = StoredEntry(entry.use_case, entry.sequence, entry.previous_sha256, sha256, row.body)
        if columns != row or (entry.use_case, entry.sequence) != (use_case, place):
            problems.append(f"{where}: its columns or its place are not those of entry {entry.sequence} that it holds")
        if entry.previous_sha256 != previous:
            problems.append(f"{where}: does not follow the entry before it: one was dropped, edited or moved")
        found.append(Recorded(entry, sha256))
        previous = sha256
    return tuple(found), problems


def beyond(
    found: Sequence[Recorded],
    pointer: ChampionPointer | ChallengerPointer | None,
    *,
    witness: str = "the champion pointer",
) -> list[str]:
    """What a signed pointer knows and the chain does not: entries that were cut off its end, or exchanged."""
    if pointer is None:
        return []
    if pointer.sequence > len(found):
        return [f"the ledger ends with entry {len(found)}, {witness} was made of entry {pointer.sequence}"]
    entry = found[pointer.sequence - 1]
    if pointer != (entry.pointer if isinstance(pointer, ChampionPointer) else entry.challenger):
        return [f"{witness} is not the one of entry {pointer.sequence}"]
    return []


def champion_at(found: Sequence[Recorded], day: dt.date, *, known_by: dt.datetime | None = None) -> Recorded | None:
    """The last entry in force for a business day, of those recorded by ``known_by`` (default: of all)."""
    in_force = [
        each
        for each in found
        if each.entry.effective_from <= day and (known_by is None or each.entry.recorded_at <= known_by)
    ]
    return in_force[-1] if in_force else None


def withdrawn(found: Sequence[Recorded]) -> dict[str, LedgerEntry]:
    """Models (their SHA-256) that a rollback took out of force, by that rollback, unless somebody put them back.

    A rollback to an earlier release takes back everything since that one was in force by its own merits, not only the
    last: who returns from v3 to v1 does not want v2 again.
    """
    out = dict[str, LedgerEntry]()
    for n, entry in enumerate(each.entry for each in found):
        if entry.kind == "rollback":
            earlier = [m for m, each in enumerate(found[:n]) if _is_return_to(entry, each.entry)]
            since = earlier[-1] + 1 if earlier else 0
            out |= {each.entry.model_sha256: entry for each in found[since:n]}
        out.pop(entry.model_sha256, None)
    return out


def _is_return_to(rollback: LedgerEntry, entry: LedgerEntry) -> bool:
    return entry.kind != "override" and entry.model_sha256 == rollback.model_sha256


def before_the_last(found: Sequence[Recorded]) -> LedgerEntry | None:
    """The entry that was in force before the present model first was: where a rollback leads by itself."""
    if not found:
        return None
    first = next(n for n, each in enumerate(found) if each.entry.model_sha256 == found[-1].entry.model_sha256)
    return next((each.entry for each in _regular(found[:first])), None)


def approved(found: Sequence[Recorded], release_id: str) -> LedgerEntry | None:
    """The last entry by which a release was in force on its own merits, not by an override, or None."""
    return next((each.entry for each in _regular(found) if each.entry.release_id == release_id), None)


def last_approved(found: Sequence[Recorded]) -> Recorded | None:
    """The last entry that needed no override: what an override's successor has to beat, too."""
    return next(_regular(found), None)


def _regular(found: Sequence[Recorded]) -> Iterator[Recorded]:
    """Entries that needed no override, last first."""
    return (each for each in reversed(found) if each.entry.kind != "override")
